"""SIGINT and SIGTERM: come to an end within the grace period, also as PID 1.

As PID 1 a process ignores both signals unless it handles them. The first one asks everybody to
stop at the next safe point. When that takes too long, or on a second signal, what is going on is
abandoned: only what was acknowledged is in the ledger, so nothing is lost. Whatever is then done to
come to an end, such as saving the ledger, is bounded, too: its servers may be away as well.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Generator
from types import FrameType

from ccsync.errors import Stopped
from ccsync.runtime import Stop

GRACE = 10.0
"""Seconds that a request in flight gets to end by itself; Kubernetes kills after 30 by default."""


@contextlib.contextmanager
def handled(stop: Stop, grace: float = GRACE) -> Generator[None, None, None]:
    """Handle both signals while the context lasts. Main thread only."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise Stopped(number)
        stop.request(number)
        signal.setitimer(signal.ITIMER_REAL, grace, grace / 2)

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        stop.check()

    handlers = {
        signal.SIGINT: on_signal,
        signal.SIGTERM: on_signal,
        signal.SIGALRM: on_alarm,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
