"""Reads files of either kind: a DuckDB file, or JSON lines. Which it is, its first bytes say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ccsync.errors import CcsyncError, Exit
from ccsync.insights.gathering import Span, from_days, from_lines
from ccsync.insights.summary import Summary

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


def from_files(paths: Sequence[Path], span: Span) -> Summary:
    """Sum up what files hold: one database, or any number of files with JSON lines.

    Raises:
        ForeignFileError: a file is of another program, or files cannot be read together.
        NoUsageError: there are no such days.
        UnreadableLinesError: lines cannot be read, see `ccsync.insights.lines`.
        DatabaseError: the database cannot be read, see `ccsync.insights.database`.
    """
    databases = [path for path in paths if _is_database(path)]
    if not databases:
        return from_lines(paths, span)
    if len(paths) > 1:
        raise ForeignFileError(
            f"{databases[0]} is a database, which is read alone: name it and no other file"
        )
    from ccsync.insights.database import opened

    with opened(databases[0]) as read:
        return from_days(read, span, str(databases[0]))


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
