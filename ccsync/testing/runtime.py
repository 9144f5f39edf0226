"""A world that moves only when told to."""

from __future__ import annotations

import datetime as dt
import random

from ccsync.runtime import Runtime, Stop

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


class FakeRuntime(Runtime):
    """A clock that stands still; a pause moves it on and takes no time."""

    def __init__(self, now: dt.datetime = NOON, *, seed: int = 0) -> None:
        """Start at a moment."""
        self.clock = now
        self.elapsed = 1000.0
        self.pauses: list[float] = []
        super().__init__(
            now=lambda: self.clock,
            monotonic=lambda: self.elapsed,
            pause=self._pause,
            rng=random.Random(seed),  # noqa: S311 - reproducible on purpose
            stop=Stop(),
        )

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock += dt.timedelta(seconds=seconds)
        self.elapsed += seconds

    def _pause(self, seconds: float) -> None:
        self.stop.check()
        self.pauses.append(seconds)
        self.advance(seconds)
        self.stop.check()
