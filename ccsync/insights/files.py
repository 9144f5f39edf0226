"""Tells a DuckDB file from JSON lines, and from what is neither, by its beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ccsync.errors import CcsyncError, Exit

_DUCKDB = (8, b"DUCK")
"""Where in a file, and what: https://duckdb.org/docs/current/internals/storage."""

_FOREIGN = (
    (0, b"SQLite format 3\0", "an SQLite database, not one of ccsync"),
    (0, b"PAR1", "a Parquet file, not one of ccsync"),
    (0, b"\x1f\x8b", "compressed with gzip; unpack it first (gunzip)"),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first (unzstd)"),
    (0, b"PK\x03\x04", "a ZIP archive; unpack it first (unzip)"),
)
"""What people mistake for a file of ccsync."""

_OF_ITS_OWN = (
    (b"<!doctype html", "an HTML page, like those that --html writes, and cannot be read back"),
    (b"date,organization_id,", "CSV of the stdout sink, and cannot be read back"),
    (b'{\n "schema_version":', "what --json wrote, and cannot be read back"),
)
"""What ccsync writes besides, by the beginning of its text in lower case."""

_INSTEAD = (
    "Name what to read: JSON lines that the stdout sink wrote (format: jsonl), or a DuckDB file"
)

_ENOUGH = 4096
"""Bytes to look at."""


class ForeignFileError(CcsyncError):
    """A file is neither JSON lines nor a database of ccsync."""

    exit = Exit.USAGE


def database_in(paths: Sequence[Path], name: Callable[[Path], str] = str) -> Path | None:
    """Give the file that is a database; None when all of them may hold lines.

    Args:
        paths: Regular files.
        name: Says how the user calls a file.

    Raises:
        ForeignFileError: a file is of another program, or files cannot be read together.
    """
    databases = [path for path in paths if _is_database(path, name(path))]
    if databases and len(paths) > 1:
        raise ForeignFileError(
            f"{name(databases[0])} is a database, which is read alone: name it and no other file"
        )
    return databases[0] if databases else None


def _is_database(path: Path, name: str) -> bool:
    """Tell databases from lines."""
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_ENOUGH)
    except OSError as error:
        raise ForeignFileError(f"{name}: cannot be read: {error.strerror or error}") from None
    for place, mark, what in _FOREIGN:
        if beginning[place:].startswith(mark):
            raise ForeignFileError(f"{name}: is {what}")
    place, mark = _DUCKDB
    if beginning[place:].startswith(mark):
        return True
    text = beginning.lstrip()
    for mark, what in _OF_ITS_OWN:
        if text.lower().startswith(mark):
            raise ForeignFileError(f"{name}: is {what}. {_INSTEAD}")
    if text and not text.startswith(b"{"):
        raise ForeignFileError(f"{name}: holds no JSON lines, and is no DuckDB file. {_INSTEAD}")
    return False
