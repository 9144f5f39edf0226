"""Writes a page whole, or not at all; only its owner may read it, as it names people.

It replaces a page, and nothing else: a slip of the pen must not cost the file that is read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ccsync.errors import SettingsError

_BEGINNING = b"<!doctype html"
_ENOUGH = 512
_OTHER = "name another one, like usage.html"


def check_page(path: Path, sources: Sequence[Path]) -> None:
    """Make sure that a page may be written there.

    Args:
        path: Of the page.
        sources: Files with usage, there or not.

    Raises:
        SettingsError: it is one of these, however it is called, or a file that is no page.
    """
    if any(_is_same(path, source) for source in sources):
        raise SettingsError(f"--html {path}: is the file that is read; {_OTHER}")
    try:
        if not path.exists():
            return
        if not path.is_file():
            raise SettingsError(f"--html {path}: is no regular file; {_OTHER}")
        with path.open("rb") as stream:
            beginning = stream.read(_ENOUGH)
    except OSError as error:
        raise SettingsError(
            f"--html {path}: is there, and cannot be read: {error.strerror or error}; {_OTHER}"
        ) from None
    if beginning and not beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_BEGINNING):
        raise SettingsError(
            f"--html {path}: is a file, and no HTML page, so it was not touched; {_OTHER}, or "
            "remove it first"
        )


def _is_same(path: Path, source: Path) -> bool:
    """Tell whether both lead to one file, over whatever links, also before it is there."""
    try:
        return path.samefile(source)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(source)


def write_private(path: Path, text: str) -> None:
    """Replace a file, or make it, with mode 0600.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
