"""The directory that a demo writes into, and that the next one replaces."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path

from ccsync.errors import SettingsError

MARKER = ".made-by-ccsync-demo"
"""Tells a demo's directory from any other; locked while a demo is at work."""

_STATE = "state"
_FILES = ("ccsync.yaml", "usage.jsonl", "usage.duckdb", "usage.html", "sync.log")
_LEFTOVERS = ("usage.duckdb.wal",)
"""What a demo that was killed may have left beside them."""


class Place:
    """Where the demo's files are. Made by `prepared`."""

    def __init__(self, root: Path) -> None:
        """Take the directory."""
        self.root = root
        self.settings, self.usage, self.database, self.page, self.log = (
            root / name for name in _FILES
        )
        self.state = root / _STATE

    @property
    def ledger(self) -> Path:
        """The ledger's document."""
        return self.state / "ledger.json"


def default_directory(environ: Mapping[str, str]) -> Path:
    """Give the demo's directory in the user's cache.

    Raises:
        SettingsError: this user has no home directory.
    """
    cache = environ.get("XDG_CACHE_HOME", "")
    # A relative one is to be ignored, says the XDG base directory specification.
    try:
        base = Path(cache) if cache.startswith("/") else Path.home() / ".cache"
    except RuntimeError:
        raise SettingsError("there is no home directory: say where with --directory DIR") from None
    return base / "ccsync" / "demo"


@contextlib.contextmanager
def prepared(root: Path) -> Generator[Place, None, None]:
    """Make the directory, or empty what an earlier demo left in it; it is ours while this lasts.

    Only files that a demo writes are ever removed, and only where its marker is.

    Raises:
        SettingsError: it holds something and no demo made it, another demo is at work there, or
            it cannot be written.
    """
    try:
        descriptor = _marked(root)
    except OSError as error:
        raise SettingsError(
            f"--directory {root}: cannot be used: {error.strerror or error}. Name another one"
        ) from None
    try:
        place = Place(root)
        for name in (*_FILES, *_LEFTOVERS):
            (root / name).unlink(missing_ok=True)
        if place.state.exists():
            shutil.rmtree(place.state)
        yield place
    finally:
        os.close(descriptor)


def _marked(root: Path) -> int:
    """Make the directory and its marker, and lock it; give the lock."""
    marker = root / MARKER
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not marker.exists() and any(root.iterdir()):
        raise SettingsError(
            f"--directory {root}: holds files, and no demo made it: nothing was touched. Name a "
            "directory that is empty or not there yet"
        )
    descriptor = os.open(marker, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SettingsError(
            f"--directory {root}: another demo is at work there. Wait for its end, or name another"
        ) from None
    return descriptor
