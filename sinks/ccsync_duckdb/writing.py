"""Replaces a day: rows and commit of the former snapshot go, those of the new one come."""

# ruff: noqa: S608 - names of this package get into the SQL

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from ccsync.errors import RecordsRefused
from ccsync.records import Record
from ccsync.sink import SinkContext
from ccsync.snapshot import Snapshot
from ccsync.warehouse import rows
from ccsync.warehouse.columns import SYNC_DAYS, USAGE_RAW, Column, Table
from ccsync.warehouse.views import NEWEST_FIRST
from ccsync_duckdb.file import DIALECT, DuckDBFile
from ccsync_duckdb.fitting import misfit

MODE = "load"
"""What a commit says of how its rows were written."""

_SLICE_ROWS = 2_000
_SLICE_BYTES = 1_300_000
"""Rows, and bytes of them, that one statement inserts: about as much as DuckDB works on at once."""

_OF_DAY = "date = $1 AND source_id = $2"

_NEWEST = f"""\
SELECT snapshot_id, epoch_us(fetched_at), settled
FROM {DIALECT.table(SYNC_DAYS.name)}
WHERE {_OF_DAY}
ORDER BY {NEWEST_FIRST}
LIMIT 1
"""

_ROWS = f"""\
SELECT COUNT(DISTINCT record_key) FROM {DIALECT.table(USAGE_RAW.name)}
WHERE {_OF_DAY} AND snapshot_id = $3
"""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Newest(msgspec.Struct, frozen=True):
    """The newest commit of a day."""

    snapshot_id: str
    fetched_at: dt.datetime
    settled: bool

    def is_commit_of(self, snapshot: Snapshot) -> bool:
        """Tell whether the commit says of a snapshot what would be written anew."""
        ours = (snapshot.snapshot_id, snapshot.fetched_at, snapshot.settled)
        return ours == (self.snapshot_id, self.fetched_at, self.settled)


def newest(file: DuckDBFile, snapshot: Snapshot) -> Newest | None:
    """Read the newest commit of the snapshot's day; None if it was never delivered."""
    found = file.run(_NEWEST, [snapshot.day, snapshot.source_id])
    if not found:
        return None
    snapshot_id, fetched_at, settled = found[0]
    return Newest(snapshot_id, _EPOCH + dt.timedelta(microseconds=fetched_at), settled)


def has_rows(file: DuckDBFile, snapshot: Snapshot) -> bool:
    """Tell whether every record of a snapshot is there."""
    asked = [snapshot.day, snapshot.source_id, snapshot.snapshot_id]
    ((count,),) = file.run(_ROWS, asked)
    return bool(count == snapshot.record_count)


def replace_rows(file: DuckDBFile, snapshot: Snapshot, context: SinkContext) -> None:
    """Put the snapshot's rows in the place of the day's former ones, within a transaction.

    Raises:
        RecordsRefused: some records do not fit into the columns; names all of them.
    """
    _delete(file, USAGE_RAW, snapshot)
    for lines in _slices(snapshot, context):
        context.proceed()
        file.run(_INSERT_ROWS, [lines])


def replace_commit(file: DuckDBFile, snapshot: Snapshot, context: SinkContext) -> None:
    """Put the snapshot's commit in the place of the day's former one, within a transaction."""
    _delete(file, SYNC_DAYS, snapshot)
    commit = msgspec.json.decode(commit_of(snapshot, context))
    file.run(_INSERT_COMMIT, [commit[column.name] for column in SYNC_DAYS.columns])


def lines_of(snapshot: Snapshot, context: SinkContext) -> Iterator[str]:
    """Give what is written of a snapshot as JSON: its rows, then its commit."""
    encoder = rows.RowEncoder(snapshot, run_id=context.run_id, written_at=context.now())
    of_records = (encoder.line(record) for record in snapshot.records())
    for line in chain(of_records, [commit_of(snapshot, context)]):
        yield line.decode()


def commit_of(snapshot: Snapshot, context: SinkContext) -> bytes:
    """Give the row of `sync_days`."""
    return rows.commit(
        snapshot,
        committed_at=context.now(),
        run_id=context.run_id,
        mode=MODE,
        ccsync_version=context.user_agent.partition(" ")[0].partition("/")[2],
    )


def _slices(snapshot: Snapshot, context: SinkContext) -> Iterator[list[str]]:
    """Encode the records, some at a time; the misfits are told of when all were seen."""
    encoder = rows.RowEncoder(snapshot, run_id=context.run_id, written_at=context.now())
    lines: list[str] = []
    size = 0
    refused: list[tuple[Record, str]] = []
    for record in snapshot.records():
        if why := misfit(record):
            refused.append((record, why))
        if refused:
            continue
        line = encoder.line(record).decode()
        lines.append(line)
        size += len(line)
        if len(lines) >= _SLICE_ROWS or size >= _SLICE_BYTES:
            yield lines
            lines, size = [], 0
    if refused:
        raise _refused(snapshot, refused)
    if lines:
        yield lines


def _refused(snapshot: Snapshot, refused: Sequence[tuple[Record, str]]) -> RecordsRefused:
    whys = sorted({why for _, why in refused})
    return RecordsRefused(
        f"{len(refused):,} of {snapshot.record_count:,} records of {snapshot.day} do not fit into "
        f"DuckDB's columns: {'; '.join(whys)}. Nothing is rounded or left out silently: with "
        "`on_rejected: skip` these records are left out, and the report says so",
        records=[record for record, _ in refused],
    )


def _delete(file: DuckDBFile, table: Table, snapshot: Snapshot) -> None:
    day = [snapshot.day, snapshot.source_id]
    file.run(f"DELETE FROM {DIALECT.table(table.name)} WHERE {_OF_DAY}", day)


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _insert_rows() -> str:
    """Write what inserts a list of JSON objects.

    Everything is read as text first, and then cast: a cast that fails is an error, whereas the
    reading of JSON would make it null.
    """
    casts = ", ".join(
        f"CAST(row.{column.name} AS {DIALECT.type_of(column)})" for column in USAGE_RAW.columns
    )
    shape = json.dumps({column.name: _text_shape(column) for column in USAGE_RAW.columns})
    return (
        f"INSERT INTO {DIALECT.table(USAGE_RAW.name)} ({_names(USAGE_RAW)}) SELECT {casts} "
        f"FROM (SELECT from_json(line, {DIALECT.text(shape)}) AS row "
        "FROM (SELECT unnest($1::VARCHAR[]) AS line))"
    )


def _text_shape(column: Column) -> object:
    fields = {field.name: _text_shape(field) for field in column.fields}
    return [fields or "VARCHAR"] if column.repeated else fields or "VARCHAR"


def _insert_commit() -> str:
    casts = ", ".join(
        f"CAST(${number} AS {DIALECT.type_of(column)})"
        for number, column in enumerate(SYNC_DAYS.columns, start=1)
    )
    return f"INSERT INTO {DIALECT.table(SYNC_DAYS.name)} ({_names(SYNC_DAYS)}) VALUES ({casts})"


_INSERT_ROWS = _insert_rows()
_INSERT_COMMIT = _insert_commit()
