"""The world of stories with the BigQuery sink on the double in it.

The real sink speaks to the double over HTTP. A process can die before a request is sent and after
it took effect, an answer can get lost, a request can fail (`bigquery_wire`); after each change
somebody looks (`bigquery_destination`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias, cast

from ccsync.context import Context
from ccsync.retry import Patience
from ccsync.settings.model import Start, SyncSettings
from ccsync.sink import SinkContext
from ccsync.testing import FakeRuntime
from ccsync.testing.bigquery import BigQueryDouble
from ccsync.testing.builders import ORGANIZATION
from ccsync_bigquery import BigQueryConfig
from ccsync_bigquery.client import connect
from ccsync_bigquery.compacting import compact
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.service import Service
from ccsync_bigquery.sink import BigQuerySink
from tests.support.bigquery import FIELDS, Warehouse
from tests.support.bigquery_destination import RecordingApi, Tally, WarehouseDestination, picture
from tests.support.bigquery_wire import Wire
from tests.support.world import DAY, START, Death, Destination, MortalStore, World

Mode: TypeAlias = Literal["stream", "load"]

FIRST_DAY = START.date() - 2 * DAY
NAME = "warehouse"


class WorldClock(FakeRuntime):
    """Time passes at BigQuery, too. A clock that is set back is this machine's alone."""

    def __init__(self, double: BigQueryDouble) -> None:
        super().__init__(START)
        self._double = double

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._double.clock.advance(seconds)


class BigQueryStories(World):
    """The world with BigQuery as the one destination. A context manager."""

    def __init__(
        self,
        mode: Mode = "stream",
        *,
        sink: type[BigQuerySink] = BigQuerySink,
        views: Callable[[str], str] = str,
        tally: Tally | None = None,
    ) -> None:
        """Make a world.

        Args:
            mode: of the sink; stories may change it.
            sink: the real one, or a mutant.
            views: changes the SQL of views.
            tally: counts on.
        """
        super().__init__()
        self.mode = mode
        self.tally = tally or Tally()
        self.tally.stories += 1
        self._stack = ExitStack()
        self._sink = sink
        double = self._stack.enter_context(BigQueryDouble("northwind-data", now=START))
        double.jobs.count_bytes(yes=False)
        self.runtime = WorldClock(double)
        self.api: RecordingApi = RecordingApi()
        warehouse = Warehouse(double, views=2, change=views)
        self.there = WarehouseDestination(self.mortality, warehouse, self.api, self.tally)
        self.sinks = {NAME: self._build}
        self.destinations = {NAME: self.there}
        self.rules = SyncSettings(start=Start(date=FIRST_DAY))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, *, dies_at: int | None = None, **named: Any) -> Any:
        """Run once; None when it died."""
        report = super().run(dies_at=dies_at, **named)
        self.tally.runs += 1
        self.tally.deaths += report is None
        return report

    def run_beside(self, at: int, meanwhile: Callable[[], None]) -> None:
        """Run; before its `at`-th write something else happens, and then it writes on.

        It does not hear of what happens: whoever runs meanwhile has a state of its own.
        """

        def alone() -> None:
            ours, self.store = self.store, MortalStore(self.mortality)
            meanwhile()
            self.store = ours

        self.run_overtaken(at, alone)

    def compact(self, *, dies_at: int | None = None) -> None:
        """Do what `ccsync bigquery compact` does, for every day."""
        self.mortality.begin(dies_at)
        context = Context(
            name=NAME,
            run_id=f"compaction-{self.runtime.now()}",
            user_agent="ccsync/test",
            runtime=self.runtime,
            patience=Patience(self.runtime, 60.0),
            proceed=self.runtime.stop.check,
        )
        service = self._connected(context)
        try:
            for day in self.days():
                compact(service, Jobs(service, context), service.place, ORGANIZATION, day)
        except Death:
            self.tally.deaths += 1
        finally:
            service.close()

    def days(self) -> list[dt.date]:
        return [FIRST_DAY + number * DAY for number in range((self.today() - FIRST_DAY).days + 1)]

    def assert_whole(self) -> None:
        """Check what was seen at every look so far."""
        assert self.there.wrong == [], self.there.wrong[0]

    def assert_true(self) -> None:
        """Check that every day shown is what the API says now."""
        self.assert_whole()
        for day in self.days():
            shown = self.there.warehouse.shown(ORGANIZATION, day)
            true = self.api.seen(day, self.policy)
            self.tally.cells += len(true) * len(FIELDS)
            assert picture(shown) == picture(true), f"{day}: not true: {shown}"

    @property
    def config(self) -> BigQueryConfig:
        """The settings; requests are so small that a day is several."""
        return self.there.warehouse.config(mode=self.mode, batch_rows=2, in_flight=1)

    def _build(self, _destination: Destination, context: SinkContext) -> BigQuerySink:
        return self._sink(self.config, context, self._connected(context))

    def _connected(self, context: SinkContext) -> Service:
        service = connect(self.config, context, {})
        session = cast("Any", service.client)._http
        session.mount("http://", Wire(self.there))
        return service
