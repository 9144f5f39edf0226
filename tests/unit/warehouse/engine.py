"""DuckDB with the tables of a scene, asked in its own SQL or in BigQuery's."""

# ruff: noqa: S608 - only names of the tests get into the text

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import msgspec
import sqlglot

from ccsync import money
from ccsync.warehouse.columns import TABLES, Column, Table
from ccsync.warehouse.dialect import BigQuery, Dialect, DuckDB
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, View, create_view

from .scene import TODAY, Scene

PROJECT, DATASET = "my-project", "claude_code"
MOMENT = "TIMESTAMP WITH TIME ZONE"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_line = msgspec.json.Encoder(decimal_format="string").encode


class Engine:
    """A database in memory."""

    def __init__(self, name: str, *, today: dt.date | None = TODAY) -> None:
        """Make the tables. `name` is the dialect that is spoken: `duckdb` or `bigquery`."""
        self.connection = duckdb.connect()
        self._run(f"ATTACH ':memory:' AS \"{PROJECT}\"")
        self._run(f'CREATE SCHEMA "{PROJECT}".{DATASET}')
        self._run(f'USE "{PROJECT}".{DATASET}')
        self._translated = name == "bigquery"
        self.dialect: Dialect = (
            BigQuery(PROJECT, DATASET, today=today)
            if self._translated
            else DuckDB(DATASET, today=today)
        )
        for table in TABLES:
            self._run(create_table(table, DuckDB(DATASET)))

    def close(self) -> None:
        self.connection.close()

    def fill(self, scene: Scene) -> None:
        """Put in the rows of a scene, as JSON, the way they come over the wire."""
        for table, rows in zip(TABLES, (scene.rows, scene.commits), strict=True):
            self._insert(table, rows)

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        own = DuckDB(DATASET)
        names = ", ".join(column.name for column in table.columns)
        row = own.type_of(Column("row", "RECORD", "", fields=table.columns))
        self.connection.execute(
            f"INSERT INTO {own.table(table.name)} ({names}) "
            f"SELECT unnest(CAST(line::JSON AS {row})) "
            "FROM (SELECT unnest(?::VARCHAR[]) AS line)",
            [[_line(row).decode() for row in rows]],
        ).fetchall()

    def create_views(self) -> None:
        """Make all views."""
        for view in VIEWS:
            if self._translated:
                self._run(f"CREATE VIEW {view.name} AS {self._query(view)}")
            else:
                self.create_view(view)

    def create_view(self, view: View, changed: Callable[[str], str] = str) -> None:
        """Make a view of DuckDB, or make it anew; `changed` may spoil its text."""
        self._run(changed(create_view(view, self.dialect)))

    def store_views(self) -> None:
        """Make a table of each view, of what it shows now: it is worked out once for all queries.

        For tests of what is asked of views; that these show the truth is told in `test_views`.
        """
        for view in VIEWS:
            self._run(f"CREATE TABLE {view.name} AS {self._query(view)}")

    def _query(self, view: View) -> str:
        sql = view.sql(self.dialect)
        return translated(sql) if self._translated else sql

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Give the rows of a query in the engine's dialect, in order."""
        query = translated(sql) if self._translated else sql
        columns = {row[0]: row[1] for row in self._run(f"DESCRIBE {query}")}
        wanted = ", ".join(self._readable(name, kind) for name, kind in columns.items())
        rows = self._run(f"SELECT {wanted} FROM ({query})")
        return [
            {
                name: moment(value) if kind == MOMENT else plain(value)
                for (name, kind), value in zip(columns.items(), row, strict=True)
            }
            for row in rows
        ]

    def show(self, view: str) -> list[dict[str, Any]]:
        """Give the rows of a view."""
        return self.ask(f"SELECT * FROM {self.dialect.table(view)}")

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def _readable(self, name: str, kind: str) -> str:
        match kind:
            case _ if kind == MOMENT:
                return f"epoch_us({name})"
            case "TIMESTAMP" if self._translated:  # what a translator makes of DATE_TRUNC
                return f"CAST({name} AS DATE) AS {name}"
            case "TIMESTAMP" | "HUGEINT" if not self._translated:
                raise AssertionError(f"{name} is {kind}")
            case _:
                return name


def translated(sql: str) -> str:
    """Give BigQuery's SQL as DuckDB's."""
    (statement,) = sqlglot.transpile(sql, read="bigquery", write="duckdb")
    return statement


def moment(value: int | None) -> dt.datetime | None:
    """Give a time from the microseconds since 1970; DuckDB needs another package to do so."""
    return None if value is None else _EPOCH + dt.timedelta(microseconds=value)


def plain(value: Any) -> Any:
    """Give a value in one spelling: 1.50 is 1.5."""
    match value:
        case Decimal():
            return money.canonical(value)
        case [*many]:
            return [plain(one) for one in many]
        case {**named}:
            return {key: plain(one) for key, one in named.items()}
        case _:
            return value
