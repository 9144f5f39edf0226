"""BigQuery's SQL, which is called GoogleSQL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from ccsync.warehouse.columns import Column, Table
from ccsync.warehouse.dialect.base import Described, Dialect, Options, listed


class BigQuery(Dialect):
    """GoogleSQL, with names in full: a query runs whatever its default project is."""

    name = "bigquery"

    def __init__(self, project: str, dataset: str, *, today: dt.date | None = None) -> None:
        """Take where the tables are.

        Raises:
            ValueError: a name cannot be quoted.
        """
        super().__init__(today=today)
        self._place = f"{project}.{dataset}"
        if not re.fullmatch(r"[\w.:-]+", self._place):
            raise ValueError(f"{self._place!r} is not the name of a project and a dataset")

    def table(self, name: str) -> str:
        """Name it as `project.dataset.name`."""
        return f"`{self._place}.{name}`"

    def type_of(self, column: Column) -> str:
        """Spell it as DDL does."""
        plain: str = column.type
        if column.type == "RECORD":
            fields = ", ".join(f"{field.name} {self._field(field)}" for field in column.fields)
            plain = f"STRUCT<{fields}>"
        return f"ARRAY<{plain}>" if column.repeated else plain

    def _field(self, field: Column) -> str:
        return f"{self.type_of(field)} OPTIONS (description={self.text(field.description)})"

    def flatten(self, array: str, element: str) -> str:
        """Unnest; the alias names the element itself."""
        return f"UNNEST({array}) AS {element}"

    def each_day(self, first: str, last: str, day: str) -> str:
        """Unnest an array of dates."""
        return f"UNNEST(GENERATE_DATE_ARRAY({first}, {last})) AS {day}"

    def total(self, count: str) -> str:
        """Add; the sum of INT64 is INT64."""
        return f"SUM({count})"

    def every(self, condition: str) -> str:
        """Use the aggregate of booleans."""
        return f"LOGICAL_AND({condition})"

    def week(self, day: str) -> str:
        """Truncate; ISOWEEK is the same, but emulators do not know it."""
        return f"DATE_TRUNC({day}, WEEK(MONDAY))"

    def month(self, day: str) -> str:
        """Truncate."""
        return f"DATE_TRUNC({day}, MONTH)"

    def month_end(self, day: str) -> str:
        """Use the function for it."""
        return f"LAST_DAY({day}, MONTH)"

    def days_between(self, earlier: str, later: str) -> str:
        """Subtract: here the later day comes first."""
        return f"DATE_DIFF({later}, {earlier}, DAY)"

    def weeks_between(self, earlier: str, later: str) -> str:
        """Divide the days: both are Mondays."""
        return f"DIV({self.days_between(earlier, later)}, 7)"

    def days_before(self, day: str, days: int) -> str:
        """Subtract an interval."""
        return f"DATE_SUB({day}, INTERVAL {days} DAY)"

    def days_after(self, day: str, days: int) -> str:
        """Add an interval."""
        return f"DATE_ADD({day}, INTERVAL {days} DAY)"

    def ratio(self, part: str, whole: str) -> str:
        """Divide safely; BIGNUMERIC would stay BIGNUMERIC, with 38 digits after the point."""
        return f"SAFE_DIVIDE(CAST({part} AS FLOAT64), CAST({whole} AS FLOAT64))"

    def current_date(self) -> str:
        """Name the time zone: a project may have another default."""
        return "CURRENT_DATE('UTC')"

    def hours_since(self, moment: str) -> str:
        """Divide seconds: of parts of an hour, emulators think otherwise."""
        seconds = f"TIMESTAMP_DIFF({self._moment('CURRENT_TIMESTAMP()')}, {moment}, SECOND)"
        return f"DIV({seconds}, 3600)"

    def fail(self, message: str) -> str:
        """Use the function for it."""
        return f"ERROR({message})"

    def text(self, value: str) -> str:
        """Quote with backslashes."""
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    def column(self, column: Column) -> str:
        """Define it with its description, and those of its fields."""
        required = " NOT NULL" if column.required else ""
        described = f"OPTIONS (description={self.text(column.description)})"
        return f"{column.name} {self.type_of(column)}{required} {described}"

    def table_clauses(self, table: Table, options: Options) -> str:
        """Write partition, cluster and options."""
        entries = self._options(table.description, options.labels)
        if options.partition_expiration_days is not None:
            entries.append(f"partition_expiration_days={options.partition_expiration_days}")
        if options.require_partition_filter:
            entries.append("require_partition_filter=TRUE")
        return "\n".join(
            (
                "",
                f"PARTITION BY {table.partition}",
                f"CLUSTER BY {', '.join(table.cluster)}",
                f"OPTIONS {listed(entries)}",
            )
        )

    def view_clauses(
        self, description: str, columns: Iterable[Described], labels: Mapping[str, str]
    ) -> str:
        """Write the columns' descriptions and the options."""
        described = listed(
            f"{name} OPTIONS (description={self.text(about)})" for name, about in columns
        )
        return f" {described}\nOPTIONS {listed(self._options(description, labels))}"

    def comments(
        self, kind: str, name: str, description: str, columns: Iterable[Described]
    ) -> tuple[str, ...]:
        """Write none: creation describes."""
        del kind, name, description, columns
        return ()

    def _options(self, description: str, labels: Mapping[str, str]) -> list[str]:
        pairs = ", ".join(f"({self.text(k)}, {self.text(v)})" for k, v in sorted(labels.items()))
        return [f"description={self.text(description)}", *([f"labels=[{pairs}]"] if pairs else [])]
