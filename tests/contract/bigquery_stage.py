"""One day and one run at a time: the real engine, sink and client on the double.

Several stages may share a dataset: each has a day and a state of its own.

Time is invented, here and at the double: pauses take none.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from ccsync.delivery import Taker
from ccsync.engine import sync
from ccsync.plan import Request
from ccsync.privacy import Privacy
from ccsync.report import Report, Result
from ccsync.settings.model import PrivacySettings, SyncSettings
from ccsync.sink import SinkContext
from ccsync.snapshot import Snapshot
from ccsync.state.document import decode
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, MemoryStore, a_record
from ccsync.testing.bigquery import ApiError, BigQueryDouble, Fault
from ccsync.testing.builders import ORGANIZATION, a_snapshot
from ccsync_bigquery import PLUGIN, BigQueryConfig
from ccsync_bigquery.build import build
from ccsync_bigquery.sink import BigQuerySink
from tests.support.bigquery import Warehouse
from tests.support.bigquery_destination import Picture, picture
from tests.support.world import Api, ApiSource, Mortality, Silent

INSERT, QUERY = "tabledata.insertAll", "jobs.query"
NAME = "warehouse"
PEOPLE = 12
"""Records of the day: three requests of rows."""

FIRST_DAY = dt.date(2026, 1, 1)

Build = Callable[[BigQueryConfig, SinkContext], BigQuerySink]


class OneClock(FakeRuntime):
    """Pauses let time pass at BigQuery, too."""

    def __init__(self, double: BigQueryDouble) -> None:
        super().__init__(double.clock.now())
        self._double = double

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._double.clock.advance(seconds)


class DayApi(Api):
    """One day of people; their number and their numbers change by revision."""

    day: dt.date
    sessions = 1
    people = PEOPLE
    more: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed
    """Further fields of the last person's record."""

    def records(self, day: dt.date) -> list[Any]:
        if day != self.day:
            return []
        found = [
            a_record(f"person{n}@northwind.example", date=day, sessions=self.sessions + n % 3)
            for n in range(self.people)
        ]
        found[-1] = msgspec.structs.replace(found[-1], **self.more)
        return found


class Stage:
    """`run` is `ccsync sync --from DAY --to DAY`."""

    def __init__(self, warehouse: Warehouse, mode: Literal["stream", "load"]) -> None:
        self.double = double = warehouse.double
        self.warehouse = warehouse
        self.runtime = OneClock(double)
        warehouse.stages += 1
        self.store = MemoryStore()
        self.api = DayApi()
        self.day = self.api.day = FIRST_DAY + warehouse.stages * dt.timedelta(days=1)
        self.settings: dict[str, Any] = {"mode": mode, "batch_rows": 5, "in_flight": 2}
        self.build: Build = build
        self.runs = 0

    def restate(self, sessions: int) -> None:
        """Let the API answer differently."""
        self.api.sessions = sessions

    def fails(
        self,
        operation: str,
        fault: Fault,
        *,
        times: int | None = 1,
        table: str | None = None,
        took_effect: bool = False,
        skip: int = 0,
    ) -> None:
        """Let an operation fail; None is for good."""
        self.double.faults.add(
            operation, fault, times=times, table=table, after_commit=took_effect, skip=skip
        )

    def run(self) -> Result:
        """Run once, and give what became of the day."""
        self.runs += 1
        run_id = f"run-{self.runs}"
        state = StateSession(self.store, self.runtime, run_id=run_id, holder=run_id)
        request = Request(first=self.day, last=self.day)
        deadline = self.runtime.monotonic() + 3000
        plugin = msgspec.structs.replace(PLUGIN, build=self.build)
        taker = Taker(
            name=NAME,
            config=self.warehouse.config(**self.settings),
            plugin=plugin,
            privacy=Privacy(PrivacySettings()),
            state=state,
            request=request,
            runtime=self.runtime,
            run_id=run_id,
            user_agent="ccsync/test",
            run_deadline=deadline,
        )
        report = sync(
            source=ApiSource(self.api, self.runtime, Mortality(), 3),
            takers=[taker],
            state=state,
            rules=SyncSettings(),
            request=request,
            runtime=self.runtime,
            run_deadline=deadline,
            report=Report(run_id, "test", self.runtime.now()),
            watcher=Silent(),
        )
        (result,) = report.results
        assert report.exit == result.exit
        return result

    @property
    def claimed(self) -> str | None:
        """The snapshot that the ledger says the destination shows for sure."""
        line = decode(self.store.document, "memory").entry((NAME, self.day)).trusted_line
        return None if line is None else line.snapshot_id

    @property
    def snapshot(self) -> Snapshot:
        """What the API says now."""
        return a_snapshot(self.api.records(self.day), day=self.day)

    def shown(self) -> Picture:
        try:
            return picture(self.warehouse.shown(ORGANIZATION, self.day))
        except ApiError:
            return ()  # a table is not there

    def true(self) -> Picture:
        return picture(list(self.snapshot.records()))

    def asked(self) -> Counter[str]:
        """Count the requests since the log was reset, by what they were."""
        return Counter(
            f"{one.operation} {one.table}" if one.operation == INSERT else one.operation
            for one in self.double.requests
        )

    def heal(self) -> None:
        """Let nothing fail any more, and some hours pass."""
        self.double.faults.clear()
        self.double.faults.release()
        self.double.access.allow()
        self.double.jobs.keep_running(0)
        self.double.jobs.succeed()
        fresh = type(self.double.switches)()
        for name, value in vars(fresh).items():
            setattr(self.double.switches, name, value)
        self.runtime.advance(3 * 3600)


@contextmanager
def a_stage(warehouse: Warehouse, mode: Literal["stream", "load"]) -> Generator[Stage]:
    stage = Stage(warehouse, mode)
    try:
        yield stage
    finally:
        stage.heal()
