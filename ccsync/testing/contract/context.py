"""Delivering as the core does, with something happening at any step of it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from ccsync.errors import SinkUnavailable
from ccsync.retry import Patience
from ccsync.sink import Acknowledgement, Outcome
from ccsync.snapshot import Snapshot
from ccsync.testing.builders import FETCHED_AT
from ccsync.testing.contract.given import Build
from ccsync.testing.runtime import FakeRuntime

T = TypeVar("T")

MOST_STEPS = 1000
"""A delivery that has more contacts with the core than this is called endless."""

_runs = itertools.count(1)


class Killed(BaseException):
    """Stands for `kill -9`: no `except Exception` of a sink sees it."""


def die() -> None:
    """End the process, as it were."""
    raise Killed


class Steps:
    """Counts a delivery's contacts with the core; from a chosen one on, something happens.

    Contacts are every call of `proceed`, and the moments before and after a note is durable.
    """

    def __init__(self, at: int | None = None, then: Callable[[], None] = die) -> None:
        """`at` counts from 1; `then` is called at that step and at each one after it."""
        self.taken = 0
        self._at = at
        self._then = then

    def take(self) -> None:
        """Be one step further."""
        self.taken += 1
        assert self.taken <= MOST_STEPS, "the delivery asks to proceed without end"
        if self._at is not None and self.taken >= self._at:
            self._then()


class ContractContext:
    """The `SinkContext` of one run."""

    name = "contract"
    user_agent = "ccsync/0 (contract)"

    def __init__(self, steps: Steps | None = None, *, now: dt.datetime = FETCHED_AT) -> None:
        """Begin a run of its own at a moment."""
        self.run_id = f"contract-run-{next(_runs)}"
        self.proceeds = 0
        """Calls of `proceed` so far."""
        self.logged: list[tuple[str, dict[str, object]]] = []
        """Every line that the sink logged."""
        self._steps = steps or Steps()
        self._runtime = FakeRuntime(now + dt.timedelta(seconds=10))

    def now(self) -> dt.datetime:
        """Tell the time: some seconds after the fetch."""
        return self._runtime.now()

    def proceed(self) -> None:
        """Count; something may happen now."""
        self.proceeds += 1
        self._steps.take()

    def pause(self, seconds: float) -> None:
        """Wait in no time; something may happen now."""
        self._runtime.pause(seconds)
        self.proceed()

    def retry(self, attempt: Callable[[], T]) -> T:
        """Try as the core would, in no time."""

        def once() -> T:
            self.proceed()
            return attempt()

        patience = Patience(self._runtime, 30.0)
        return patience.call(once, retry_on=SinkUnavailable, pause_of=lambda e: e.retry_after)

    def log(self, event: str, **facts: object) -> None:
        """Keep the line."""
        self.logged.append((event, facts))


class Deliverer:
    """Delivers as the core does, each time in a new run; memory stays whatever became of it."""

    def __init__(self, build: Build) -> None:
        """Start with no memory."""
        self._build = build
        self.memory: dict[tuple[str, dt.date], bytes] = {}
        self.context = ContractContext()
        """Of the last run."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Deliver; it has to be acknowledged."""
        outcome: Any = self.attempt(snapshot)
        assert isinstance(outcome, Outcome), f"deliver() answered {outcome!r}, which is no Outcome"
        assert outcome.kind is Acknowledgement.DELIVERED, f"not delivered: {outcome}"

    def attempt(self, snapshot: Snapshot, steps: Steps | None = None) -> Outcome:
        """Deliver, give the answer, and raise what is raised."""
        steps = steps or Steps()
        key = (snapshot.source_id, snapshot.day)

        def remember(note: bytes) -> None:
            steps.take()
            self.memory[key] = note
            steps.take()

        self.context = ContractContext(steps, now=snapshot.fetched_at)
        sink = self._build(self.context)
        try:
            sink.open()
            return sink.deliver(snapshot, self.memory.get(key), remember)
        finally:
            # A killed process closes nothing, but this one has to; no sink may write now.
            sink.close()

    def is_killed(self, snapshot: Snapshot, at: int) -> bool:
        """Deliver, dying at a step; False when the delivery was over before."""
        try:
            self.attempt(snapshot, Steps(at))
        except Killed:
            return True
        return False


def nothing_to_remember(_note: bytes) -> None:
    """Stand in for `remember` where the memory does not matter."""
