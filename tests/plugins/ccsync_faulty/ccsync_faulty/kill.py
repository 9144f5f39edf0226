"""Death at a chosen point, for real: `SIGKILL` to the own process.

`CCSYNC_TEST_KILL` names the point: `after-remember`, `before-write:N`, `after-write:N` (the N-th
write of the process, from 1) or `before-return`. When `CCSYNC_TEST_KILL_ONCE` names a file, the
process dies only where that file does not exist yet; it is made just before, so the next run lives.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

POINT = "CCSYNC_TEST_KILL"
ONCE = "CCSYNC_TEST_KILL_ONCE"

_writes = 0


def at(point: str) -> None:
    """Die if this is the point."""
    if os.environ.get(POINT) != point:
        return
    marker = os.environ.get(ONCE)
    if marker is not None:
        try:
            Path(marker).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)


def before_write() -> None:
    """Count a write, and die if it is the one before which to die."""
    global _writes
    _writes += 1
    at(f"before-write:{_writes}")


def after_write() -> None:
    """Die if the write just done is the one after which to die."""
    at(f"after-write:{_writes}")
