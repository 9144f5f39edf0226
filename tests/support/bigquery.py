"""A dataset on the BigQuery double, ready for days, and what its views show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec

from ccsync import money
from ccsync.records import Record
from ccsync.testing.bigquery import BigQueryDouble
from ccsync.warehouse.columns import TABLES
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, create_view
from ccsync_bigquery import BigQueryConfig

FIELDS = tuple(field.name for field in msgspec.structs.fields(Record))

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


class Warehouse:
    """One dataset of a double; several may share a double."""

    def __init__(
        self,
        double: BigQueryDouble,
        *,
        views: int | None = None,
        dataset: str = "",
        change: Callable[[str], str] = str,
    ) -> None:
        """Make tables, and the first so many views (None: all), their SQL changed perhaps."""
        self.double = double
        # Doubles are asked the same in the same words, which are translated once.
        number = len(double.catalog.datasets(double.project)) + 1
        self.dataset = dataset or f"claude_code_{number}"
        self.views = VIEWS[:views]
        self._change = change
        self.stages = 0
        """How many days somebody has had for himself here."""
        self.dialect = BigQuery(double.project, self.dataset)
        double.catalog.create_dataset((double.project, self.dataset), {})
        self.create()

    def create(self) -> None:
        for table in TABLES:
            self.double.execute(create_table(table, self.dialect))
        for view in self.views:
            self.double.execute(self._change(create_view(view, self.dialect)))

    def recreate(self, *names: str) -> None:
        """Drop the tables, or those named, and make them anew, empty; views stay."""
        tables = [table for table in TABLES if not names or table.name in names]
        self.double.clock.advance(1)
        for table in tables:
            self.double.execute(f"DROP TABLE {self.dialect.table(table.name)}")
        for table in tables:
            self.double.execute(create_table(table, self.dialect))

    def config(self, **more: Any) -> BigQueryConfig:
        plain = {"type": "bigquery", "dataset": f"{self.double.project}.{self.dataset}"}
        return msgspec.convert({**plain, "endpoint": self.double.url, **more}, BigQueryConfig)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Run SQL in which {name} is a table or view."""
        names = [*(table.name for table in TABLES), *(view.name for view in VIEWS)]
        return self.double.execute(sql.format_map({one: self.dialect.table(one) for one in names}))

    def shown(self, source_id: str, day: dt.date) -> list[Record]:
        """Give the records that `usage_daily` shows, as ccsync knows them."""
        rows = self.query(
            f"SELECT {', '.join(FIELDS)} FROM {{usage_daily}} "  # noqa: S608
            f"WHERE source_id = '{source_id}' AND date = DATE '{day}'"
        )
        return [as_record(row) for row in rows]


def as_record(row: dict[str, Any]) -> Record:
    """Make a record of a row of `usage_daily`."""
    if row["extra"] is not None:
        row["extra"] = msgspec.json.decode(row["extra"])
    for usage in row["model_usage"]:
        for name in ("estimated_cost", "estimated_cost_minor"):
            usage[name] = money.canonical(Decimal(usage[name]))
    return msgspec.convert(row, Record)


@contextmanager
def a_double() -> Generator[BigQueryDouble]:
    with BigQueryDouble("northwind-data", now=NOW) as double:
        double.jobs.count_bytes(False)
        yield double
