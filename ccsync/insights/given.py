"""Files as they are given: each once, and what comes through a pipe kept, to be read twice."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from ccsync.errors import CcsyncError, Exit

STDIN = Path("-")


class GivenFileError(CcsyncError):
    """A file cannot be read, or what comes through a pipe cannot be kept."""

    exit = Exit.USAGE


class Given:
    """Files that can be read as often as one likes."""

    def __init__(self) -> None:
        """Start with none."""
        self._names: dict[Path, str] = {}

    def add(self, path: Path, name: str) -> None:
        """Take one more."""
        self._names[path] = name

    @property
    def paths(self) -> Sequence[Path]:
        """Where they are."""
        return tuple(self._names)

    def name(self, path: Path) -> str:
        """Say how the user calls it."""
        return self._names[path]

    def base_name(self, path: Path) -> str:
        """Say it without its directory."""
        return Path(self._names[path]).name


@contextmanager
def given(files: Sequence[Path]) -> Generator[Given, None, None]:
    """Look at files; `-` is standard input. Copies of what comes through pipes go at the end.

    Raises:
        GivenFileError: one cannot be read.
    """
    found = Given()
    with ExitStack() as stack:
        seen: set[tuple[int, int]] = set()
        for file in dict.fromkeys(files):
            try:
                if file == STDIN:
                    found.add(stack.enter_context(_kept(sys.stdin.buffer)), "standard input")
                elif not file.is_file():
                    with file.open("rb") as stream:
                        found.add(stack.enter_context(_kept(stream)), str(file))
                else:
                    status = file.stat()
                    identity = (status.st_dev, status.st_ino)
                    if identity not in seen:
                        seen.add(identity)
                        found.add(file, str(file))
            except OSError as error:
                raise GivenFileError(f"{file}: cannot be read: {_why(error, file)}") from None
        yield found


@contextmanager
def _kept(stream: BinaryIO) -> Generator[Path, None, None]:
    """Copy a stream to its end, for our eyes only."""
    with tempfile.TemporaryDirectory(prefix="ccsync-") as directory:
        path = Path(directory) / "input"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
        yield path


def _why(error: OSError, file: Path) -> str:
    """Say why, and where if it is the copy that fails."""
    what = error.strerror or str(error)
    return what if error.filename in (None, str(file)) else f"{what}: {error.filename}"
