"""The source as the engine sees it: whole days, in order, fetched ahead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence

import msgspec

from ccsync.errors import SourceError, SourceRefused, SourceUnavailable
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.settings.model import SourceSettings
from ccsync.snapshot import FetchedDay
from ccsync.source.ahead import run_ahead
from ccsync.source.answers import DayRefusedError, Question
from ccsync.source.asking import Asker
from ccsync.source.auth import Credential
from ccsync.source.client import ApiClient
from ccsync.source.clock import ClockWatch
from ccsync.source.day import DayFetcher, DayRequest
from ccsync.source.http import httpx
from ccsync.source.kind import KeyKind
from ccsync.source.organization import OrganizationInfo, SourceIds
from ccsync.source.pages import read_json

_LONGEST_PAUSE = 5.0

_ME = Question("/v1/organizations/me", about="the organization")


class SourceStats(msgspec.Struct, frozen=True):
    """What the source did; for the report."""

    requests: int
    """Requests sent, the tries that failed included."""

    bytes_read: int
    """Bytes of bodies as they came over the wire."""

    retries: int
    """Tries beyond the first."""


class Source:
    """The Claude Code Analytics API, as one credential sees it."""

    def __init__(
        self,
        settings: SourceSettings,
        runtime: Runtime,
        *,
        settle_after_days: int,
        deadline: float | None = None,
        transport: httpx.BaseTransport | None = None,
        while_waiting: Callable[[], None] | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            settings: the section `source`.
            runtime: clock, pause, randomness, stop.
            settle_after_days: from this age on a day is settled.
            deadline: the moment of `runtime.monotonic` at which the whole run ends.
            transport: replaces the network, for tests.
            while_waiting: called often, by the thread that takes the days, while it waits for one;
                what it raises ends the waiting. For renewing a lease.

        Raises:
            SettingsError: the address, the key in the settings, or the CA file cannot be used.
        """
        self._settings = settings
        self._runtime = runtime
        self._deadline = deadline
        self._while_waiting = while_waiting
        self._client = ApiClient(settings, runtime, deadline=deadline, transport=transport)
        self._patience = Patience(
            runtime, settings.retry_deadline, run_deadline=deadline, pause=self._pause
        )
        self._asker = Asker(self._client, self._patience)
        self._days = DayFetcher(
            self._asker,
            SourceIds(settings.organization_id, self._ask_once_who_we_are),
            settings,
            runtime,
            settle_after_days=settle_after_days,
        )

    @property
    def stats(self) -> SourceStats:
        """What was done so far."""
        return SourceStats(
            requests=self._client.sender.requests,
            bytes_read=self._client.sender.bytes_read,
            retries=self._patience.retries,
        )

    @property
    def clock(self) -> ClockWatch:
        """What the answers told about the clock of this machine."""
        return self._client.sender.clock

    @property
    def credential(self) -> Credential:
        """What the API is asked with."""
        return self._client.credential

    def fetch(
        self, requests: Sequence[DayRequest]
    ) -> Generator[tuple[DayRequest, FetchedDay | SourceError], None, None]:
        """Give each day, whole, or why it could not be had; in the order of the requests.

        Days are fetched ahead, `source.concurrency` of them. A day that fails stops no other; once
        the API refused the credential or the address, or its answers show that our clock is on
        another day, no other is asked for, and the remaining days get that same error. Close the
        generator to stop early.

        Raises:
            Stopped: the process is asked to end.
        """
        refusals: list[SourceRefused] = []

        def work(request: DayRequest, proceed: Callable[[], None]) -> FetchedDay | SourceError:
            if refusals:
                return refusals[0]
            outcome = self._fetch_one(request, proceed)
            if isinstance(outcome, SourceRefused) and not isinstance(outcome, DayRefusedError):
                refusals.append(outcome)
            return outcome

        outcomes = run_ahead(
            requests, work, workers=self._settings.concurrency, still_wanted=self._still_wanted
        )
        with contextlib.closing(outcomes):
            yield from zip(requests, outcomes, strict=True)

    def log_in(self) -> KeyKind:
        """Get the credential ready, and say of what kind it is.

        Raises:
            SourceError: its file cannot be read, or a login did not work.
            Stopped: the process is asked to end.
        """
        self._asker.begin_day()
        return self.credential.kind(self._asker.log_in(self._still_wanted))

    def organization(self) -> OrganizationInfo:
        """Ask which organization the credential belongs to.

        Raises:
            SourceError: the API does not say.
            Stopped: the process is asked to end.
        """
        self._asker.begin_day()
        info, _ = self._asker.ask(_ME, _read_me, self._still_wanted)
        return info

    def watched_by(self, watch: Callable[[int], None]) -> None:
        """Tell somebody once, with `source.requests_per_minute`, that pacing makes us wait."""
        self._client.sender.watched_by(watch)

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def _fetch_one(
        self, request: DayRequest, proceed: Callable[[], None]
    ) -> FetchedDay | SourceError:
        outcome: FetchedDay | SourceError
        try:
            self._check_deadline(request)
            outcome = self._days.fetch(request, proceed)
        except SourceError as error:
            outcome = error
        if isinstance(outcome, SourceRefused) and not isinstance(outcome, DayRefusedError):
            return outcome
        return self._client.sender.clock.refusal() or outcome

    def _ask_once_who_we_are(self) -> OrganizationInfo:
        info, _ = self._client.get(_ME, _read_me)
        return info

    def _check_deadline(self, request: DayRequest) -> None:
        if self._deadline is not None and self._runtime.monotonic() >= self._deadline:
            raise SourceUnavailable(
                f"{request.day}: not asked for, the time of the whole run (sync.deadline) is used "
                "up; the next run goes on"
            )

    def _still_wanted(self) -> None:
        self._runtime.stop.check()
        if self._while_waiting is not None:
            self._while_waiting()

    def _pause(self, seconds: float) -> None:
        """Wait between two tries."""
        if self._settings.concurrency > 1 or self._while_waiting is None:
            self._runtime.pause(seconds)
            return
        # No other thread renews the lease while this one waits.
        until = self._runtime.monotonic() + seconds
        while (left := until - self._runtime.monotonic()) > 0:
            self._runtime.pause(min(left, _LONGEST_PAUSE))
            self._while_waiting()


def _read_me(body: bytes) -> OrganizationInfo:
    return read_json(body, OrganizationInfo, what="the organization")
