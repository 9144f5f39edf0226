"""The rows of the tables, in DuckDB: what is there, and what of it is still in the buffer.

Rows that were streamed stay in the streaming buffer for up to 90 minutes, where queries see them
and tabledata.list, copies and overwrites do not ("Streaming data using the legacy API": data
availability). The double keeps them there for exactly 90 minutes of its clock.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from ccsync.testing.bigquery.columns import column_of, duckdb_type, quoted, structure, write
from ccsync.testing.bigquery.engine import Engine, name_of
from ccsync.testing.bigquery.schema import Field

Key: TypeAlias = tuple[str, str, str]
"""(project, dataset, table)."""

BUFFERED_FOR = dt.timedelta(minutes=90)

STREAMED = "_PARTITION_streamed_at"
"""The hidden column. BigQuery reserves the prefix, so no table has a column of that name."""


class Storage:
    """The tables; safe for threads."""

    def __init__(self) -> None:
        """Start without tables."""
        self.engine = Engine()
        self._lock = self.engine.lock
        self._fields: dict[Key, list[Field]] = {}

    def close(self) -> None:
        """Forget everything; safe twice."""
        self.engine.close()

    def create(self, key: Key, fields: Sequence[Field]) -> None:
        """Make an empty table.

        Raises:
            ApiError: 501, a field of a type this double does not keep.
        """
        required = (" NOT NULL" if one["mode"] == "REQUIRED" else "" for one in fields)
        columns = [column_of(one) + rule for one, rule in zip(fields, required, strict=True)]
        columns.append(f"{quoted(STREAMED)} TIMESTAMPTZ")
        with self._lock, self.engine.transaction():
            for name in (stored(key), visible(key)):
                self.engine.execute(f"CREATE SCHEMA IF NOT EXISTS {name.rpartition('.')[0]}")
            self.engine.execute(f"CREATE TABLE {stored(key)} ({', '.join(columns)})")
            self._show(key)
            self._fields[key] = list(fields)

    def drop(self, key: Key) -> None:
        """Forget a table and its rows."""
        with self._lock, self.engine.transaction():
            self.engine.execute(f"DROP VIEW {visible(key)}")
            self.engine.execute(f"DROP TABLE {stored(key)}")
            del self._fields[key]

    def add_fields(self, key: Key, fields: Sequence[Field]) -> None:
        """Widen a table; `fields` is the whole new list, nested additions included.

        Raises:
            ApiError: 501, a field of a type this double does not keep.
        """
        with self._lock, self.engine.transaction():
            before = {one["name"]: one for one in self._fields[key]}
            for one in fields:
                for change in _changes(before.get(one["name"]), one):
                    self.engine.execute(f"ALTER TABLE {stored(key)} {change}")
            self._show(key)
            self._fields[key] = list(fields)

    def append(
        self, key: Key, rows: Sequence[dict[str, Any]], *, streamed_at: dt.datetime | None
    ) -> None:
        """Add rows, all or none; with `streamed_at` they are in the streaming buffer since then.

        Args:
            key: the table.
            rows: as `rows.normalize` gives them; columns that are left out are null.
            streamed_at: None for rows that no buffer held (load jobs).

        Raises:
            ApiError: 501, a decimal this double cannot keep.
        """
        with self._lock:
            fields = self._fields[key]
            # A row is one JSON object, so columns that the table was widened by are simply null.
            lines = [
                {one["name"]: write(one, row.get(one["name"])) for one in fields} for row in rows
            ]
            shape = json.dumps([structure(fields)]).replace("'", "''")
            self.engine.execute(
                f"INSERT INTO {stored(key)} BY NAME"
                f" SELECT unnest(from_json_strict(?, '{shape}'), max_depth := 2),"
                f" CAST(? AS TIMESTAMPTZ) AS {quoted(STREAMED)}",
                json.dumps(lines),
                streamed_at.isoformat() if streamed_at else None,
            )

    def rows(
        self, key: Key, *, buffered_too: bool = True, before: dt.datetime | None = None
    ) -> list[dict[str, Any]]:
        """Give rows by column name, in the order they came.

        Args:
            key: the table.
            buffered_too: rows in the streaming buffer as well, as queries see them.
            before: without `buffered_too`: streamed at this moment or earlier is flushed.
        """
        return self.engine.select(
            f"SELECT * EXCLUDE ({quoted(STREAMED)}) FROM {stored(key)}"  # noqa: S608
            f" WHERE {_flushed(buffered_too=buffered_too, before=before)} ORDER BY rowid"
        ).values

    def count(
        self, key: Key, *, buffered_too: bool = True, before: dt.datetime | None = None
    ) -> int:
        """Count rows; the arguments are those of `rows`."""
        return int(
            self.engine.value(
                f"SELECT count(*) FROM {stored(key)}"  # noqa: S608
                f" WHERE {_flushed(buffered_too=buffered_too, before=before)}"
            )
        )

    def clear(
        self, key: Key, *, now: dt.datetime, column: str = "", day: dt.date | None = None
    ) -> None:
        """Remove rows as an overwrite does: those in the streaming buffer stay.

        Args:
            key: the table.
            now: of the clock.
            column: the partitioning one, a DATE or TIMESTAMP, when `day` is given.
            day: only rows of this partition.
        """
        where = _flushed(buffered_too=False, before=now - BUFFERED_FOR)
        if day is not None:
            where += f" AND CAST({quoted(column)} AS DATE) = DATE '{day}'"
        self.engine.execute(f"DELETE FROM {stored(key)} WHERE {where}")  # noqa: S608

    def expire(self, key: Key, column: str, last: dt.date) -> None:
        """Remove the rows of all partitions up to a day, by the partitioning column."""
        where = f"CAST({quoted(column)} AS DATE) <= DATE '{last}'"
        self.engine.execute(f"DELETE FROM {stored(key)} WHERE {where}")  # noqa: S608

    def streaming_buffer(
        self, key: Key, now: dt.datetime, partition: dt.date | None = None
    ) -> dict[str, str] | None:
        """Give `streamingBuffer` of a table's resource, or None when nothing is in the buffer.

        Args:
            key: the table.
            now: of the clock.
            partition: only rows of this day, by the first DATE column of the table.
        """
        where = f"{quoted(STREAMED)} > {_moment(now - BUFFERED_FOR)}"
        if partition is not None:
            where += f" AND {quoted(self._day_column(key))} = DATE '{partition}'"
        if self.engine.value(f"SELECT 1 FROM {stored(key)} WHERE {where} LIMIT 1") is None:  # noqa: S608
            return None
        found = self.engine.select(
            f"SELECT count(*) AS n, epoch_ms(min({quoted(STREAMED)})) AS oldest,"  # noqa: S608
            f" sum(strlen(CAST(to_json(t) AS VARCHAR))) AS bytes"
            f" FROM {stored(key)} AS t WHERE {where}"
        ).values[0]
        return {
            "estimatedRows": str(found["n"]),
            "estimatedBytes": str(found["bytes"]),
            "oldestEntryTime": str(found["oldest"]),
        }

    def fields(self, key: Key) -> list[Field]:
        """Give the fields a table is kept with."""
        with self._lock:
            return self._fields[key]

    def _day_column(self, key: Key) -> str:
        return next(str(one["name"]) for one in self._fields[key] if one["type"] == "DATE")

    def _show(self, key: Key) -> None:
        self.engine.execute(
            f"CREATE OR REPLACE VIEW {visible(key)} AS"  # noqa: S608
            f" SELECT * EXCLUDE ({quoted(STREAMED)}) FROM {stored(key)}"
        )


def stored(key: Key) -> str:
    """Give the DuckDB name of a table with its hidden column: DML writes there."""
    return name_of(f"{key[0]}.{key[1]}", key[2])


def visible(key: Key) -> str:
    """Give the DuckDB name of a table as queries see it."""
    return name_of(f"visible {key[0]}.{key[1]}", key[2])


def streamed_since(moment: dt.datetime) -> str:
    """Give the condition of rows streamed after a moment."""
    return f"{quoted(STREAMED)} > {_moment(moment)}"


def _changes(before: Field | None, after: Field) -> list[str]:
    """Give the ALTERs that make one column of another."""
    name = quoted(after["name"])
    if before is None:
        return [f"ADD COLUMN {column_of(after)}"]
    changes: list[str] = []
    if duckdb_type(before) != duckdb_type(after):
        changes.append(f"ALTER COLUMN {name} SET DATA TYPE {duckdb_type(after)}")
    if before["mode"] == "REQUIRED" and after["mode"] != "REQUIRED":
        changes.append(f"ALTER COLUMN {name} DROP NOT NULL")
    return changes


def _flushed(*, buffered_too: bool, before: dt.datetime | None) -> str:
    if buffered_too:
        return "true"
    late = f" OR {quoted(STREAMED)} <= {_moment(before)}" if before is not None else ""
    return f"({quoted(STREAMED)} IS NULL{late})"


def _moment(moment: dt.datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
