"""Keeps requests apart: the API's limits belong to the whole organization, not to us alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ccsync.runtime import Runtime

_BURST = 5
"""So many requests may go at once after a while of silence: an hourly run needs no more."""


class Pacer:
    """Spreads the requests of all threads evenly."""

    def __init__(self, runtime: Runtime, requests_per_minute: int) -> None:
        """Set the rate; 0 turns pacing off."""
        self._runtime = runtime
        self._interval = 60 / requests_per_minute if requests_per_minute else 0.0
        self._lock = threading.Lock()
        self._next = -float("inf")
        self._per_minute = requests_per_minute
        self.watch: Callable[[int], None] | None = None
        """Hears once, with the requests per minute, that somebody has to wait."""

    def take(self) -> float:
        """Take the next turn, and give the seconds to wait until it comes."""
        if not self._interval:
            return 0.0
        with self._lock:
            now = self._runtime.monotonic()
            turn = max(self._next, now - (_BURST - 1) * self._interval)
            self._next = turn + self._interval
            watch = self.watch if turn > now else None
            if watch is not None:
                self.watch = None
        if watch is not None:
            watch(self._per_minute)
        return max(0.0, turn - now)
