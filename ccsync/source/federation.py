"""The login by workload identity federation: one token for all threads, renewed in time.

A token is used until it expires. Shortly before that the next one is fetched beside the requests
that go on with the old one; when there is hardly any time left, requests wait for it. Whoever needs
a token while somebody fetches it waits for that one, so there is one login at a time.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import TypeAlias

from ccsync import logs
from ccsync.errors import SourceError
from ccsync.runtime import Runtime
from ccsync.settings.model import FederationSettings
from ccsync.source.answers import NoAnswerError
from ccsync.source.exchange import SCOPE, DeniedError, Login, log_in
from ccsync.source.sender import Sender

log = logs.get()

EARLY = 120.0
"""Seconds before the end from which the next token is fetched in the background."""

LATE = 30.0
"""Seconds before the end from which nothing is sent with the old token any more."""

_AGAIN = 10.0
"""Seconds between two tries in the background."""

_ROTATION = 30.0
"""Seconds until a denied login is tried once more: keys that a cluster changed are known to the
API within a minute."""

_MAYBE_ROTATED = (
    "the API answered 401; if the cluster has just changed its keys, it learns them soon"
)

_REFUSED_AGAIN = 60.0
"""A token that the API refuses is replaced once within so many seconds."""

_GLANCE = 0.1
"""Seconds between looks at whether to go on waiting."""

_GOODBYE = 1.0
"""Seconds that `close` waits for a login in the background."""

Background: TypeAlias = Callable[[Callable[[], None]], threading.Thread | None]
"""Runs something beside everything else; gives the thread, if it is one."""


class Federation:
    """The login; safe for threads."""

    def __init__(
        self,
        settings: FederationSettings,
        sender: Sender,
        runtime: Runtime,
        *,
        patience: float,
        background: Background | None = None,
    ) -> None:
        """Prepare; nothing is read or sent.

        Args:
            settings: the section `source.federation`.
            sender: where the API is.
            runtime: clock, pause, stop.
            patience: seconds of `source.retry_deadline`.
            background: runs a login beside the requests; a thread of its own by default.
        """
        self.settings = settings
        self._sender = sender
        self._runtime = runtime
        self._pause = min(_ROTATION, patience / 4)
        self._background = background or _in_a_thread
        self._lock = threading.Lock()
        self._login: Login | None = None
        self._attempt: _Attempt | None = None
        self._thread: threading.Thread | None = None
        self._not_before = -float("inf")
        self._replaced_at = -float("inf")
        self._closed = False

    def token(self) -> str:
        """Give a token that is good for a while, after a login if that is needed.

        Raises:
            SourceRefused: the login was refused, or the identity token cannot be read.
            NoAnswerError: trying again may help.
            SourceUnavailable: the API fails, and says that trying again does not help.
            Stopped: the process is asked to end.
        """
        while True:
            with self._lock:
                login, attempt = self._login, self._attempt
                left = 0.0 if login is None else self._left(login)
                if login is None or left <= min(LATE, login.lifetime / 4):
                    mine = attempt is None
                    attempt = attempt or _Attempt()
                    self._attempt = attempt
                else:
                    self._look_ahead(login, left)
                    return login.token.reveal()
            if mine:
                return self._log_in(attempt).token.reveal()
            attempt.wait(self._runtime)

    def renewed(self, refused: str) -> bool:
        """Say whether there is another token than the one that the API refused.

        It is replaced by a new login, but not again and again: what the API gives and then refuses
        every time is not a matter of time.

        Raises:
            SourceError, Stopped: as `token`.
        """
        now = self._runtime.monotonic()
        with self._lock:
            if self._login is not None and self._login.token.reveal() == refused:
                if now - self._replaced_at < _REFUSED_AGAIN:
                    return False
                self._replaced_at = now
                self._login = None
        log.info("login.refused", reason="the API answered 401 to the token of this login")
        return self.token() != refused

    @property
    def login(self) -> Login | None:
        """The last login."""
        return self._login

    @property
    def seconds_left(self) -> float:
        """How long the token is good yet; 0 without a login."""
        login = self._login
        return 0.0 if login is None else max(0.0, self._left(login))

    def close(self) -> None:
        """Begin no login in the background any more, and wait a moment for one that is at work."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(_GOODBYE)

    def _left(self, login: Login) -> float:
        return login.begins + login.lifetime - self._runtime.monotonic()

    def _look_ahead(self, login: Login, left: float) -> None:
        """Begin a login in the background if it is time; called under the lock."""
        now = self._runtime.monotonic()
        due = left <= min(EARLY, login.lifetime / 2)
        if not due or self._attempt is not None or now < self._not_before or self._closed:
            return
        attempt = self._attempt = _Attempt(behind=True)
        try:
            self._thread = self._background(lambda: self._log_in_behind(attempt))
        except RuntimeError:  # no thread can be had; whoever needs the token will wait for it
            self._attempt = None
            self._not_before = now + _AGAIN

    def _log_in(self, attempt: _Attempt) -> Login:
        """Log in, for everybody who waits for this attempt."""
        try:
            try:
                login = log_in(self.settings, self._sender, self._runtime)
            except DeniedError as denied:
                if attempt.behind or denied.certain or not self._time_for_another():
                    raise
                log.info("login.denied", reason=_MAYBE_ROTATED, next_try_in=self._pause)
                self._runtime.pause(self._pause)
                login = log_in(self.settings, self._sender, self._runtime)
        except BaseException as error:
            self._finish(attempt, error=error)
            raise
        self._finish(attempt, login)
        log.debug(
            "login.done",
            rule=self.settings.rule_id,
            service_account=self.settings.service_account_id,
            scope=login.scope,
            good_for=login.lifetime,
        )
        if not login.is_enough:
            log.warning("login.scope", reason=f"the rule gives {login.scope}, needed is {SCOPE}")
        return login

    def _log_in_behind(self, attempt: _Attempt) -> None:
        try:
            self._log_in(attempt)
        except Exception as error:  # noqa: BLE001 - the old token is good yet; whoever needs a new one hears
            pause = error.retry_after if isinstance(error, NoAnswerError) else None
            self._not_before = self._runtime.monotonic() + max(_AGAIN, pause or 0.0)
            log.info("login.postponed", reason=str(error))

    def _finish(
        self, attempt: _Attempt, login: Login | None = None, error: BaseException | None = None
    ) -> None:
        with self._lock:
            self._login = login or self._login
            self._attempt = None
        attempt.finish(error)

    def _time_for_another(self) -> bool:
        deadline = self._sender.deadline
        return deadline is None or self._runtime.monotonic() + self._pause < deadline


class _Attempt:
    """A login that is being made."""

    def __init__(self, *, behind: bool = False) -> None:
        self.behind = behind
        """In the background: nobody asked for it, so nobody else gets its error."""
        self._done = threading.Event()
        self._error: BaseException | None = None

    def finish(self, error: BaseException | None) -> None:
        self._error = error
        self._done.set()

    def wait(self, runtime: Runtime) -> None:
        """Wait for its end.

        Raises:
            SourceError: a copy of its own error.
            Stopped: the process is asked to end.
        """
        while not self._done.wait(_GLANCE):
            runtime.stop.check()
        if isinstance(self._error, SourceError) and not self.behind:
            raise copy.copy(self._error) from None


def _in_a_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name="login", daemon=True)
    thread.start()
    return thread
