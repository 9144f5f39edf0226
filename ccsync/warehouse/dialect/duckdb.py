"""DuckDB's SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from ccsync.warehouse.columns import Column, Table, Type
from ccsync.warehouse.dialect.base import Described, Dialect, Options, listed

_TYPES: dict[Type, str] = {
    "DATE": "DATE",
    "STRING": "VARCHAR",
    "INT64": "BIGINT",
    "BOOL": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMPTZ",
    # DuckDB's decimals have 38 digits in all. An amount with more than 20 before the point is
    # refused; digits after the 18th are rounded, but no price per token is that fine.
    "BIGNUMERIC": "DECIMAL(38, 18)",
}


class DuckDB(Dialect):
    """DuckDB's SQL."""

    name = "duckdb"

    def __init__(self, schema: str | None = None, *, today: dt.date | None = None) -> None:
        """Take the schema of the tables, `main` or any other; by default the connection's own."""
        super().__init__(today=today)
        self._schema = schema

    def table(self, name: str) -> str:
        """Name it, with its schema if that was given."""
        parts = [name] if self._schema is None else [self._schema, name]
        return ".".join('"' + part.replace('"', '""') + '"' for part in parts)

    def type_of(self, column: Column) -> str:
        """Spell it; a repeated one is a list."""
        if column.type == "RECORD":
            fields = ", ".join(f"{field.name} {self.type_of(field)}" for field in column.fields)
            plain = f"STRUCT({fields})"
        else:
            plain = _TYPES[column.type]
        return f"{plain}[]" if column.repeated else plain

    def flatten(self, array: str, element: str) -> str:
        """Unnest into a table of one column: that column is the element."""
        return f"UNNEST({array}) AS {element}_({element})"

    def each_day(self, first: str, last: str, day: str) -> str:
        """Unnest a series, which is of timestamps."""
        series = f"generate_series({first}, {last}, INTERVAL 1 DAY)"
        return self.flatten(f"CAST({series} AS DATE[])", day)

    def total(self, count: str) -> str:
        """Add; the sum of BIGINT would be HUGEINT."""
        return f"CAST(SUM({count}) AS BIGINT)"

    def every(self, condition: str) -> str:
        """Use the aggregate of booleans."""
        return f"bool_and({condition})"

    def week(self, day: str) -> str:
        """Truncate, which makes a timestamp."""
        return f"CAST(date_trunc('week', {day}) AS DATE)"

    def month(self, day: str) -> str:
        """Truncate, which makes a timestamp."""
        return f"CAST(date_trunc('month', {day}) AS DATE)"

    def month_end(self, day: str) -> str:
        """Use the function for it."""
        return f"last_day({day})"

    def days_between(self, earlier: str, later: str) -> str:
        """Subtract: here the earlier day comes first."""
        return f"date_diff('day', {earlier}, {later})"

    def weeks_between(self, earlier: str, later: str) -> str:
        """Divide the days: both are Mondays."""
        return f"({self.days_between(earlier, later)} // 7)"

    def days_before(self, day: str, days: int) -> str:
        """Subtract days: an interval would make a timestamp."""
        return f"({day} - {days})"

    def days_after(self, day: str, days: int) -> str:
        """Add days: an interval would make a timestamp."""
        return f"({day} + {days})"

    def ratio(self, part: str, whole: str) -> str:
        """Divide by null rather than by zero, which is an infinity."""
        return f"(CAST({part} AS DOUBLE) / NULLIF(CAST({whole} AS DOUBLE), 0))"

    def current_date(self) -> str:
        """Turn the clock to UTC: `current_date` is the session's."""
        return "CAST(now() AT TIME ZONE 'UTC' AS DATE)"

    def hours_since(self, moment: str) -> str:
        """Use the function for full hours; here the earlier moment comes first."""
        now = self._moment("now()").replace("TIMESTAMP '", "TIMESTAMPTZ '")
        return f"date_sub('hour', {moment}, {now})"

    def fail(self, message: str) -> str:
        """Use the function for it, and say of which type it would be."""
        return f"CAST(error({message}) AS VARCHAR)"

    def text(self, value: str) -> str:
        """Quote by doubling."""
        return "'" + value.replace("'", "''") + "'"

    def column(self, column: Column) -> str:
        """Define it; a list is never null either."""
        required = " NOT NULL" if column.required or column.repeated else ""
        return f"{column.name} {self.type_of(column)}{required}"

    def table_clauses(self, table: Table, options: Options) -> str:
        """Write nothing: there are neither partitions nor options."""
        del table, options
        return ""

    def view_clauses(
        self, description: str, columns: Iterable[Described], labels: Mapping[str, str]
    ) -> str:
        """Name the columns."""
        del description, labels
        return f" {listed(name for name, _ in columns)}"

    def comments(
        self, kind: str, name: str, description: str, columns: Iterable[Described]
    ) -> tuple[str, ...]:
        """Comment on it and on its columns."""
        full = self.table(name)
        return (
            f"COMMENT ON {kind} {full} IS {self.text(description)}",
            *(
                f"COMMENT ON COLUMN {full}.{column} IS {self.text(about)}"
                for column, about in columns
            ),
        )
