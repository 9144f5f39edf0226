"""Tells a DuckDB file from JSON lines, and from what is neither, by its first bytes."""

from __future__ import annotations

from collections.abc import Sequence
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

_LONGEST = 16


class ForeignFileError(CcsyncError):
    """A file is neither JSON lines nor a database of ccsync."""

    exit = Exit.USAGE


def database_in(paths: Sequence[Path]) -> Path | None:
    """Give the file that is a database; None when all of them may hold lines.

    Raises:
        ForeignFileError: a file is of another program, or files cannot be read together.
    """
    databases = [path for path in paths if _is_database(path)]
    if databases and len(paths) > 1:
        raise ForeignFileError(
            f"{databases[0]} is a database, which is read alone: name it and no other file"
        )
    return databases[0] if databases else None


def _is_database(path: Path) -> bool:
    """Tell databases from lines."""
    if not path.is_file():
        raise ForeignFileError(
            f"{path}: is no regular file; what comes through a pipe cannot be read twice, so write "
            "it to a file first"
        )
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_LONGEST)
    except OSError as error:
        raise ForeignFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    for place, mark, what in _FOREIGN:
        if beginning[place:].startswith(mark):
            raise ForeignFileError(f"{path}: is {what}")
    place, mark = _DUCKDB
    return beginning[place:].startswith(mark)
