"""Patience: how long, and how often, to try again. The source and every sink wait alike.

Pauses grow exponentially with full jitter, unless the other side names one. Time is bounded twice:
one day's work may take the patience of whoever does it (`retry_deadline`), and the whole run has a
deadline of its own. Who used up one whole patience gets a single try per call from then on: the
remaining days must not wait for a destination that is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ccsync.runtime import Runtime
from ccsync.settings.model import Duration

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

_BASE = 1.0
_CAP = 60.0
_MOST_DOUBLINGS = 10


class _NoTimeError(Exception):
    """There is to be no other try; the text says why."""


def _no_pause_named(_error: Exception) -> None:
    return None


def _silent(_error: Exception, _seconds: float) -> None:
    return None


def _as_it_is(error: E, reason: str) -> E:
    # Calls may be nested: whoever gave up first has said why.
    if not hasattr(error, "__notes__"):
        error.add_note(reason)
    return error


class _Thread(threading.local):
    """What each thread knows for itself."""

    day_ends: float | None = None


class Patience:
    """Tries again until it works, or until there is no more time for it.

    May be used by several threads at once: each has a day of its own, all share `exhausted`.
    """

    def __init__(
        self,
        runtime: Runtime,
        deadline_seconds: float,
        run_deadline: float | None = None,
        *,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Set the bounds.

        Args:
            runtime: clock, randomness and, unless `pause` is given, the pause.
            deadline_seconds: patience with one day, in seconds, pauses and tries included.
            run_deadline: the moment of `runtime.monotonic` that no pause reaches beyond.
            pause: waits so many seconds; may renew a lease meanwhile, and raise what it wants.
        """
        self._runtime = runtime
        self._seconds = deadline_seconds
        self._run_deadline = run_deadline
        self._pause = pause or runtime.pause
        self._thread = _Thread()
        self._lock = threading.Lock()
        self.exhausted = False
        """True once a whole patience was used up: every call gets a single try."""
        self.retries = 0
        """Tries beyond the first, of all calls."""

    def begin(self) -> None:
        """Start the day of this thread: it gets the whole patience."""
        self._thread.day_ends = self._runtime.monotonic() + self._seconds

    def call(
        self,
        attempt: Callable[[], T],
        *,
        retry_on: type[E],
        pause_of: Callable[[E], float | None] = _no_pause_named,
        give_up: Callable[[E, str], Exception] = _as_it_is,
        before_pause: Callable[[E, float], None] = _silent,
    ) -> T:
        """Call `attempt` until it gives an answer.

        Args:
            attempt: does the work once.
            retry_on: the error that may go away; every other one is raised at once.
            pause_of: the pause in seconds that the other side named with this error; it is
                honoured however long it is, or, if there is no time for it, nothing is tried again.
            give_up: makes the error to raise in the end from the last one and a sentence that says
                why no more is tried. Without it the last one is raised, with the sentence as note.
            before_pause: hears of each pause before it begins: why, and for how many seconds.

        Raises:
            E: the last one, or what `give_up` makes of it.
            Stopped: the process was asked to end during a pause.
        """
        if self._thread.day_ends is None:
            self.begin()
        tries = 0
        while True:
            try:
                return attempt()
            except retry_on as error:
                tries += 1
                try:
                    seconds = self._next_pause(tries, pause_of(error))
                except _NoTimeError as reason:
                    raise give_up(error, str(reason)) from error
                before_pause(error, seconds)
            self._pause(seconds)
            with self._lock:
                self.retries += 1

    def _next_pause(self, tries: int, named: float | None) -> float:
        """Give the seconds to wait before the next try.

        Raises:
            _NoTimeError: there is to be no next try.
        """
        if self.exhausted:
            raise _NoTimeError(f"not tried again: {self._whole} was used up before")
        now = self._runtime.monotonic()
        day_ends = self._thread.day_ends
        left, bound = (self._seconds if day_ends is None else day_ends - now), self._whole
        if self._run_deadline is not None and self._run_deadline - now < left:
            left, bound = self._run_deadline - now, "the time of the whole run (sync.deadline)"
        left = max(0.0, left)
        if named is not None and named > left:
            self.exhausted = True
            raise _NoTimeError(
                f"not tried again: it asks to wait {_shown(named)}, and {_shown(left)} are left of "
                + bound
            )
        if left == 0:
            self.exhausted = True
            raise _NoTimeError(f"given up after {tries} tries: {bound} is used up")
        if named is not None and named > 0:
            return named
        ceiling = min(_CAP, _BASE * 2.0 ** min(tries - 1, _MOST_DOUBLINGS))
        return min(left, self._runtime.rng.uniform(0, ceiling))

    @property
    def _whole(self) -> str:
        return f"the patience of {_shown(self._seconds)} (retry_deadline)"


def _shown(seconds: float) -> str:
    return str(Duration(round(seconds, 1)))
