"""`ccsync check`: whether the file can be used. Makes and writes nothing."""

from __future__ import annotations

import datetime as dt
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ccsync.sink import Finding
from ccsync.warehouse.columns import SYNC_DAYS
from ccsync_duckdb.access import obstacle
from ccsync_duckdb.contents import opened_to_read
from ccsync_duckdb.errors import EmptyFileError, FileBusyError, FileRefusedError
from ccsync_duckdb.file import DIALECT, DuckDBFile

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _There(msgspec.Struct, frozen=True):
    days: int
    first_day: dt.date | None
    last_day: dt.date | None


def findings(path: Path, held: DuckDBFile | None) -> Iterator[Finding]:
    """Look at the file, and at what may be done with it.

    Args:
        path: in full.
        held: the file if it is open already.
    """
    if (found := obstacle(path)) is not None:
        yield Finding("fault", f"{path}: {found.what}", found.fix)
        return
    if not path.exists():
        yield Finding("ok", f"{path} is not there yet; the first `ccsync sync` makes it")
        return
    try:
        file = held or opened_to_read(path)
        try:
            yield Finding("ok", f"{path}: {_there(file)}")
        finally:
            if held is None:
                file.close()
    except EmptyFileError:
        yield Finding("ok", f"{path} is empty; the first `ccsync sync` fills it")
    except (FileBusyError, FileRefusedError) as error:
        yield Finding("fault", error.what, error.fix)
        return
    if path.stat().st_mode & _OTHERS:
        yield Finding(
            "warning",
            f"{path}: other users of this machine may read it, and it holds personal data",
            f"chmod 600 {path}",
        )


def _there(file: DuckDBFile) -> str:
    sql = (
        "SELECT COUNT(DISTINCT date) AS days, MIN(date) AS first_day, MAX(date) AS last_day "  # noqa: S608 - our own name
        f"FROM {DIALECT.table(SYNC_DAYS.name)}"
    )
    (there,) = file.rows(sql, _There)
    if not there.days:
        return "no day is in it yet"
    return f"{there.days:,} days are in it, from {there.first_day} to {there.last_day}"
