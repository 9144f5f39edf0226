"""The world as ccsync sees it: clock, pause, randomness and the wish to stop, all as arguments.

Tests hand in a world of their own (`ccsync.testing.FakeRuntime`): none sleeps, none patches.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable

from ccsync.errors import Stopped


class Stop:
    """Whether the process was asked to end; set by a signal handler, read everywhere."""

    def __init__(self) -> None:
        """Start with no wish to stop."""
        self._event = threading.Event()
        self._signal = 0

    def request(self, signal: int) -> None:
        """Ask everybody to come to an end."""
        self._signal = signal
        self._event.set()

    @property
    def requested(self) -> bool:
        """True once somebody asked."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Stopped` if somebody asked."""
        if self._event.is_set():
            raise Stopped(self._signal)

    def wait(self, seconds: float) -> None:
        """Wait that long, or raise `Stopped` as soon as somebody asks."""
        self._event.wait(seconds)
        self.check()


class Runtime:
    """Clock, pause, randomness and stop, handed to everything that needs one of them."""

    def __init__(
        self,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] | None = None,
        rng: random.Random | None = None,
        stop: Stop | None = None,
    ) -> None:
        """Take the parts; the defaults are the real world."""
        self.stop = stop or Stop()
        self.now = now
        """The moment, in UTC."""
        self.monotonic = monotonic
        """Seconds on a clock that never goes back."""
        self.pause = pause or self.stop.wait
        """Wait so many seconds; raises `Stopped` when asked to end meanwhile."""
        self.rng = rng or random.Random()  # noqa: S311 - jitter, not secrets
