"""One DuckDB in memory, and the few things that make it compute as BigQuery does."""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import json
import re
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ccsync.testing.bigquery.columns import field_of, quoted, read
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.extra import needs_extras
from ccsync.testing.bigquery.schema import Field

with needs_extras():
    import duckdb

_SETTINGS = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL threads = 1",  # tests have few rows, and run side by side
    # With these a plan shows every scan with its filters; `scans` reads them there.
    "SET GLOBAL disabled_optimizers = 'statistics_propagation,late_materialization'",
)

_MACROS = (
    # The type of a quotient, an average or a rounded number: FLOAT64 of INT64, BIGNUMERIC of
    # BIGNUMERIC. DuckDB's median is the one function of numbers that has exactly these types.
    "CREATE MACRO bq_number(a, b) AS list_aggregate([a, b], 'median')",
    "CREATE MACRO bq_quotient(q, kind) AS CASE WHEN typeof(kind) = 'DOUBLE'"
    " THEN cast_to_type(q, kind) ELSE cast_to_type(format('{:.15g}', q), kind) END",
    "CREATE MACRO bq_safe_divide(a, b) AS CASE WHEN b <> 0 THEN"
    " bq_quotient(CAST(a AS DOUBLE) / CAST(b AS DOUBLE), bq_number(a, b)) END",
    "CREATE MACRO bq_divide(a, b) AS"
    " CASE WHEN b = 0 THEN error('division by zero: ' || a || ' / 0')"
    " ELSE bq_safe_divide(a, b) END",
    "CREATE MACRO bq_round(a, n) AS cast_to_type(round(a, n), bq_number(a, a))",
)


_numbers = itertools.count(1)

_DECODER = json.JSONDecoder(parse_float=Decimal)

_RENAMED = re.compile(r"[:_]\d+$")

_WHOLE = '"_PARTITION_row"'
"""A row of a result; no column is named like that."""


@dataclass(frozen=True)
class Rows:
    """What a SELECT gives."""

    fields: list[Field]
    values: list[dict[str, Any]] = field(repr=False)
    """By column name; dates, times and decimals as text."""


@functools.cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    """Give the one DuckDB of this process: a further database in it costs a twentieth of itself."""
    connection = duckdb.connect(":memory:")
    for statement in _SETTINGS:
        connection.execute(statement)
    atexit.register(_end)
    return connection


def _end() -> None:
    _duckdb().close()
    _duckdb.cache_clear()


class Engine:
    """A database of its own; safe for threads, one statement at a time.

    Sums and products of decimals are exact. A quotient of decimals has fifteen digits, where
    BigQuery gives 38.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.lock = threading.RLock()
        """Held over several statements, it keeps others from coming between them."""

        self._name = f"engine_{next(_numbers)}"
        self._connection = _duckdb().cursor()
        for statement in (f"ATTACH ':memory:' AS {self._name}", f"USE {self._name}", *_MACROS):
            self._connection.execute(statement)

    def close(self) -> None:
        """Let go of the memory; safe twice."""
        with self.lock, contextlib.suppress(duckdb.ConnectionException):
            self._connection.execute(f"USE memory; DETACH {self._name}")
            self._connection.close()

    def execute(self, sql: str, *parameters: Any) -> int:
        """Run a statement and give the number of rows it changed, 0 if it changes none.

        Raises:
            duckdb.Error: it failed, and changed nothing.
        """
        with self.lock:
            cursor = self._connection.execute(sql, list(parameters))
            counted = cursor.description and cursor.description[0][0] == "Count"
            found = cursor.fetchone() if counted else None
            return int(found[0]) if found else 0

    @contextlib.contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Make several statements one: all of them or none."""
        with self.lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def value(self, sql: str, *parameters: Any) -> Any:
        """Give the one value of a query; a point in time has to be cast to something else.

        Raises:
            duckdb.Error: it failed.
        """
        with self.lock:
            found = self._connection.execute(sql, list(parameters)).fetchone()
            return found[0] if found else None

    def fields(self, sql: str) -> list[Field]:
        """Give the columns of a SELECT without running it.

        Raises:
            ApiError: 400, a column of a type or name that BigQuery does not return.
            duckdb.Error: it is wrong.
        """
        with self.lock:
            relation = self._connection.sql(sql)
            named = zip(relation.columns, relation.types, strict=True)
            fields = [field_of(name, kind) for name, kind in named]
        seen: set[str] = set()
        for one in fields:
            name = one["name"].casefold()
            if name in seen:
                raise ApiError(
                    400,
                    "invalidQuery",
                    "Duplicate column names in the result are not supported. Found duplicate(s): "
                    + one["name"],
                    "q",
                )
            seen.add(name)
        return fields

    def select(self, sql: str) -> Rows:
        """Run a SELECT.

        Raises:
            ApiError: 400, a column of a type or name that BigQuery does not return.
            duckdb.Error: it failed.
        """
        with self.lock:
            try:
                # As JSON: DuckDB gives Python no TIMESTAMPTZ without another package. The second
                # column is there for its type: planning takes longer than running, so plan once.
                cursor = self._connection.execute(
                    f"SELECT to_json({_WHOLE}), CASE WHEN false THEN {_WHOLE} END"  # noqa: S608
                    f" FROM ({sql}) AS {_WHOLE}"
                )
                found = cursor.fetchall()
            except duckdb.Error:
                self.fields(sql)  # a fault of a column is told first
                raise
            kind: Any = cursor.description[1][1]
            named: list[tuple[str, Any]] = kind.children
            # DuckDB renames what has the name of another column: see whether it did.
            renamed = any(_RENAMED.search(name) for name, _ in named)
            fields = self.fields(sql) if renamed else [field_of(*one) for one in named]
        values: list[dict[str, Any]] = []
        for text, _ in found:
            row = _DECODER.decode(text)
            values.append({one["name"]: read(one, row[one["name"]]) for one in fields})
        return Rows(fields, values)

    def plan(self, sql: str) -> list[dict[str, Any]]:
        """Give DuckDB's physical plan of a SELECT.

        Raises:
            duckdb.Error: it is wrong.
        """
        with self.lock:
            found = self._connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchone()
        assert found is not None
        plan: list[dict[str, Any]] = json.loads(found[1])
        return plan


def name_of(*parts: str) -> str:
    """Give a name in quotes, such as `"p.d"."t"`."""
    return ".".join(map(quoted, parts))
