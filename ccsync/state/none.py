"""`state: none`: nothing is kept. Every sink gets the lookback window and today, each run."""

from __future__ import annotations

import datetime as dt


def open_store(url: str) -> NoStore:  # noqa: ARG001 - the interface of all stores
    """Make the store that keeps nothing."""
    return NoStore()


class NoStore:
    """Forgets everything when the run ends, memory too: a later run can set no tombstones."""

    where = "none"
    lease_lifetime = None
    keeps = False

    def __init__(self) -> None:
        """Start with nothing."""
        self._memory: dict[tuple[str, dt.date], bytes] = {}

    def begin(self, run_id: str) -> None:
        """Do nothing."""

    def load(self) -> tuple[bytes | None, str]:
        """There is never a document."""
        return None, ""

    def save(self, document: bytes, expected: str) -> str:  # noqa: ARG002
        """Forget it."""
        return ""

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Give what was remembered earlier in this run: a delivery may be tried again."""
        return self._memory.get((sink, day))

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Keep it for this run."""
        self._memory[sink, day] = note

    def is_alive(self, run_id: str) -> bool:  # noqa: ARG002
        """Nobody else can be known here."""
        return False

    def close(self) -> None:
        """Do nothing."""
