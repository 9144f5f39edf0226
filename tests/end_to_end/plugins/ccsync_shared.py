"""A state store that several machines could share: a directory that stands for a remote place.

`shared:///path?lifetime=2&latency=0.01`: nobody knows which runs live, so leases end when they
stand still for `lifetime` seconds; every call takes `latency`. A file `down` in the directory makes
every call fail; `begun` lists the runs that began, for who only reads must not.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import time
import urllib.parse
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ccsync.errors import StateConflict, StateUnavailable


def open_store(url: str) -> SharedStore:
    """Make the store for a URL."""
    parts = urllib.parse.urlsplit(url)
    wanted = dict(urllib.parse.parse_qsl(parts.query))
    return SharedStore(
        Path(parts.path),
        lifetime=float(wanted.get("lifetime", "120")),
        latency=float(wanted.get("latency", "0")),
    )


class SharedStore:
    """Compare and swap under a lock that is held for a moment only."""

    keeps = True

    def __init__(self, root: Path, *, lifetime: float = 120.0, latency: float = 0.0) -> None:
        self.lease_lifetime: float | None = lifetime
        self.where = f"shared://{root}"
        self._root = root
        self._latency = latency

    def begin(self, run_id: str) -> None:
        self._reach()
        self._root.mkdir(parents=True, exist_ok=True)
        with self._locked(), (self._root / "begun").open("a") as file:
            file.write(f"{run_id}\n")

    def load(self) -> tuple[bytes | None, str]:
        self._reach()
        return self._document()

    def save(self, document: bytes, expected: str) -> str:
        self._reach()
        with self._locked():
            if self._document()[1] != expected:
                raise StateConflict(f"{self.where} was changed by another run")
            self._replace(self._root / "ledger.json", document)
        return _version(document)

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        self._reach()
        path = self._memory(sink, day)
        return path.read_bytes() if path.exists() else None

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        self._reach()
        with self._locked():
            path = self._memory(sink, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(path, note)

    def is_alive(self, run_id: str) -> bool | None:
        return None

    def close(self) -> None:
        pass

    def _reach(self) -> None:
        time.sleep(self._latency)
        if (self._root / "down").exists():
            raise StateUnavailable(f"the state at {self.where} cannot be reached: it is down")

    def _document(self) -> tuple[bytes | None, str]:
        path = self._root / "ledger.json"
        if not path.exists():
            return None, ""
        document = path.read_bytes()
        return document, _version(document)

    def _memory(self, sink: str, day: dt.date) -> Path:
        return self._root / "memory" / urllib.parse.quote(sink, safe="") / day.isoformat()

    def _replace(self, path: Path, content: bytes) -> None:
        new = self._root / "new"
        new.write_bytes(content)
        new.replace(path)

    @contextmanager
    def _locked(self) -> Generator[None]:
        with (self._root / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _version(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()
