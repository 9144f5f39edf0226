"""A scene with a BigQuery double: the settings of the sink, and what its views have to show."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from ccsync.simulator import ScriptedOrganization
from ccsync.testing.bigquery import BigQueryDouble, faults
from tests.end_to_end.scene import NEWEST, Scene
from tests.end_to_end.truth import Json, a_row, complete, in_order, truth
from tests.support.bigquery import Warehouse
from tests.support.command import NOON, Done, Running

INSERT = "tabledata.insertAll"
SOURCE = ScriptedOrganization().organization_id
_PATIENCE = 20.0


@dataclass
class BigQuery:
    """A scene with a dataset; the sink that writes there is `warehouse`."""

    scene: Scene
    warehouse: Warehouse

    @property
    def double(self) -> BigQueryDouble:
        return self.warehouse.double

    def settings(self, **more: Any) -> Json:
        """Give settings of the sink, with little patience."""
        return {
            "type": "bigquery",
            "dataset": f"{self.double.project}.{self.warehouse.dataset}",
            "endpoint": self.double.url,
            "batch_rows": 50,
            "retry_deadline": "0.3s",
            **more,
        }

    def configure(self, *, sections: Json | None = None, **more: Any) -> None:
        """Write settings with the one sink; `sections` are other parts of them."""
        self.scene.configure({"warehouse": self.settings(**more)}, **(sections or {}))

    def people(self, count: int, revision: int, *, day: dt.date = NEWEST) -> None:
        """Let so many people have worked on a day, in other numbers for each revision."""
        rows = (a_row(day, f"person{n}", n % 9 + revision) for n in range(count))
        self.scene.put(day, *rows)

    def sync(self, *arguments: str, day: dt.date | None = NEWEST) -> Done:
        """Run `ccsync sync`, for one day unless told otherwise."""
        return self.scene.sync(*days(day), *arguments)

    def start(self, day: dt.date | None = NEWEST) -> Running:
        """Start it, and do not wait."""
        return self.scene.place.start("sync", *days(day))

    def shown(self, day: dt.date = NEWEST) -> list[Json]:
        """What the view shows of a day, as the records that stdout would print."""
        found = self.warehouse.shown(SOURCE, day)
        return in_order(complete(json.loads(msgspec.json.encode(record))) for record in found)

    def true(self, day: dt.date = NEWEST) -> list[Json]:
        return truth(self.scene.organization, day)

    def assert_true(self, *wanted: dt.date) -> None:
        """Check that what the view shows is what the API says."""
        for day in wanted or (NEWEST,):
            assert self.shown(day) == self.true(day), day

    def raw(self, day: dt.date = NEWEST) -> int:
        """Count the rows of a day, those of every snapshot, and those that are there twice."""
        rows = self.double.rows(f"{self.warehouse.dataset}.usage_raw")
        return sum(row["date"] == str(day) for row in rows)

    def sent(self, table: str = "usage_raw") -> int:
        """Count the rows that were streamed to a table since the log was reset."""
        there = (one for one in self.double.requests if one.table == table)
        return sum(request.rows for request in there)

    @contextmanager
    def stalled(self, table: str, *, skip: int = 0) -> Generator[Callable[[], None]]:
        """Let a streaming request be neither heard nor answered; gives what waits for it.

        In the end those who are still there see their connection closed, and nothing stalls.
        """
        before = len(self._streamed(table))
        self.double.faults.add(INSERT, faults.stall(), table=table, skip=skip, times=None)

        def wait() -> None:
            wait_until(lambda: len(self._streamed(table)) - before > skip)

        try:
            yield wait
        finally:
            self.double.faults.clear()
            self.double.faults.release()

    def _streamed(self, table: str) -> list[Any]:
        log = self.double.requests
        return [one for one in log if (one.operation, one.table) == (INSERT, table)]

    def hours_pass(self, hours: float) -> None:
        """Let time pass here and there."""
        self.double.clock.advance(hours * 3600)
        self.scene.place.clock.advance(hours=hours)


def days(day: dt.date | None) -> tuple[str, ...]:
    return () if day is None else ("--from", str(day), "--to", str(day))


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)


@contextmanager
def a_bigquery(scene: Scene) -> Generator[BigQuery]:
    """Start a double whose clock is that of the scene."""
    with BigQueryDouble("northwind-data", now=NOON) as double:
        made = BigQuery(scene, Warehouse(double, views=2))
        scene.place.imports = ("ccsync_bigquery.build",)
        made.configure()
        yield made
