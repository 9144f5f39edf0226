"""A state store in memory, with the rules and the troubles of a remote one."""

from __future__ import annotations

import datetime as dt
import threading

from ccsync.errors import StateConflict, StateUnavailable


class MemoryStore:
    """Compare and swap, leases that must be renewed, no knowledge of other processes.

    Share one between sessions to have several runs. `down` makes every call fail;
    `before_save` is called before each save, to let somebody else be faster.
    """

    where = "memory"
    keeps = True

    def __init__(self, *, lease_lifetime: float | None = 120.0) -> None:
        """Start empty."""
        self.lease_lifetime = lease_lifetime
        self.document: bytes | None = None
        self.memory: dict[tuple[str, dt.date], bytes] = {}
        self.down = False
        self.saves = 0
        self.conflicts = 0
        self._version = 0
        self._lock = threading.Lock()

    def begin(self, run_id: str) -> None:  # noqa: ARG002 - the interface of all stores
        """Connect."""
        self._check()

    def load(self) -> tuple[bytes | None, str]:
        """Give the document."""
        self._check()
        return self.document, str(self._version)

    def save(self, document: bytes, expected: str) -> str:
        """Compare and swap."""
        self._check()
        with self._lock:
            if expected != str(self._version):
                self.conflicts += 1
                raise StateConflict("the document was changed")
            self.document = document
            self.saves += 1
            self._version += 1
            return str(self._version)

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Give a note."""
        self._check()
        return self.memory.get((sink, day))

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Keep a note."""
        self._check()
        self.memory[sink, day] = note

    def is_alive(self, run_id: str) -> bool | None:  # noqa: ARG002
        """Nobody can know."""
        return None

    def close(self) -> None:
        """Nothing is open."""

    def _check(self) -> None:
        if self.down:
            raise StateUnavailable("the state store is down")
