"""`state: file:///path`: a directory on a local disk or a volume.

    ledger.json            the document; replaced whole (temporary file, fsync, rename)
    memory/SINK/DAY        what a sink remembered for a day
    runs/RUN_ID            locked while that run lives; the lock dies with the process
    lock                   held while anything here is changed
    new                    being written; there is one only, so that killed runs leave no others

The directory holds actor ids, which are personal data: it is 0700, its files 0600.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
import urllib.parse
from collections.abc import Generator
from pathlib import Path

from ccsync.errors import (
    SettingsError,
    StateConflict,
    StateError,
    StateRefused,
    StateUnavailable,
)
from ccsync.runtime import Runtime

_UNTIL_CHANGED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
}
"""What the system answers until somebody changes something; all else may go away by itself."""

_LOCK_PATIENCE = 30.0
"""Seconds to wait for a lock that is held for milliseconds, unless its holder is frozen."""

_LOCK_GLANCE = 0.02


def open_store(url: str) -> FileStore:
    """Make the store for `file:///path`.

    Raises:
        SettingsError: the URL names no absolute path on this machine.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query:
        raise SettingsError(
            f"state: {url!r} is not a path on this machine; write three slashes: file:///var/lib/ccsync"
        )
    return FileStore(Path(urllib.parse.unquote(parts.path)))


class FileStore:
    """State in a directory. Several runs may use it at once."""

    lease_lifetime = None
    keeps = True

    def __init__(self, root: Path, runtime: Runtime | None = None) -> None:
        """Take the directory; it is made when the run begins. `runtime` is for tests."""
        self._runtime = runtime or Runtime()
        self._root = root
        self._run: int | None = None
        self.where = f"file://{root}"

    def begin(self, run_id: str) -> None:
        """Make the directory and show that this run lives."""
        with self._trouble("cannot be used", begins=True):
            self._root.parent.mkdir(parents=True, exist_ok=True)
            self._make_directory(self._root)
            self._make_directory(self._root / "runs")
            with self._locked():
                self._run = _mark(self._root / "runs" / run_id)

    def load(self) -> tuple[bytes | None, str]:
        """Read the document; its version is a hash of it."""
        with self._trouble("cannot be read"):
            try:
                document = (self._root / "ledger.json").read_bytes()
            except FileNotFoundError:
                return None, ""
        return document, _version(document)

    def save(self, document: bytes, expected: str) -> str:
        """Compare and swap under the lock."""
        with self._trouble("cannot be written"), self._locked():
            if self.load()[1] != expected:
                raise StateConflict(f"{self.where} was changed by another run")
            self._replace(self._root / "ledger.json", document)
        return _version(document)

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Read a note."""
        with self._trouble("cannot be read"):
            try:
                return self._memory(sink, day).read_bytes()
            except FileNotFoundError:
                return None

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Replace a note, whole."""
        with self._trouble("cannot be written"), self._locked():
            path = self._memory(sink, day)
            self._make_directory(path.parent.parent)
            self._make_directory(path.parent)
            self._replace(path, note)

    def is_alive(self, run_id: str) -> bool:
        """Ask the system for the run's lock; it is free when the process is gone."""
        with self._trouble("cannot be read"):
            try:
                descriptor = os.open(self._root / "runs" / run_id, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            else:
                return False
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """Free the run's lock, and sweep up the marks of runs that died."""
        if self._run is None:
            return
        os.close(self._run)
        self._run = None
        # Under the lock no other run is just making its mark. Ours is dead now like the others.
        with contextlib.suppress(OSError, StateError), self._locked():
            for mark in (self._root / "runs").iterdir():
                if not self.is_alive(mark.name):
                    mark.unlink(missing_ok=True)

    def _memory(self, sink: str, day: dt.date) -> Path:
        return self._root / "memory" / sink / day.isoformat()

    @contextlib.contextmanager
    def _locked(self) -> Generator[None, None, None]:
        descriptor = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        until = self._runtime.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._runtime.monotonic() >= until:
                    raise StateUnavailable(
                        f"the state at {self.where} is locked by another process, and has been for "
                        f"{_LOCK_PATIENCE:.0f} s. Is a run frozen? End it, and try again"
                    ) from None
                self._runtime.pause(_LOCK_GLANCE)
            else:
                return

    @staticmethod
    def _make_directory(path: Path) -> None:
        # One by one: the mode that `parents=True` gives to the others is not ours.
        path.mkdir(exist_ok=True, mode=0o700)

    def _replace(self, path: Path, content: bytes) -> None:
        """Write a file whole, or leave it as it is. Under the lock."""
        temporary = self._root / "new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @contextlib.contextmanager
    def _trouble(self, what: str, *, begins: bool = False) -> Generator[None, None, None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"the state at {self.where} {what}: {reason} ({error.filename or self._root})"
            if error.errno in {errno.EEXIST, errno.ENOTDIR}:
                raise StateRefused(
                    f"the state at {self.where} {what}: {error.filename or self._root} is a file, "
                    "and state: needs a directory. Name another one there"
                ) from error
            if error.errno in _UNTIL_CHANGED:
                raise StateRefused(
                    f"{message}. Give this user write permission there, or set state: to a "
                    "directory that it may write"
                ) from error
            if error.errno == errno.ENOENT:
                message += ". Set state: to a directory that can be made, and that lasts"
                if begins:
                    # Whatever was missing has just been made, where it can be.
                    raise StateRefused(message) from error
            raise StateUnavailable(message) from error


def _mark(path: Path) -> int:
    """Make and lock a run's mark."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _version(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()
