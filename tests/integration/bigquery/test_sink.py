"""The sink itself, sending to each emulator: what `usage_daily` shows after each delivery.

Amounts that are streamed to bigquery-emulator stay texts (`test_limits`): they are looked at here
where they are shown, and not added up.
"""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.sink import DELIVERED, Acknowledgement, Outcome
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.testing.contract.context import ContractContext
from ccsync.verify import differences, totals_of
from ccsync.warehouse.rows import RowEncoder, record_key
from ccsync.warehouse.views.current import CURRENT_DAYS, USAGE_DAILY
from ccsync_bigquery.build import build
from ccsync_bigquery.compacting import compact
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig
from ccsync_bigquery.sink import BigQuerySink
from tests.support.bigquery_emulators import Bqemulator, Emulator, Row
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.engine import plain
from tests.unit.warehouse.scene import Scene, Usage
from tests.unit.warehouse.view_truth import TRUTH, ordered

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

OTHER = "0c5a31d7-66f0-4c3e-8d6f-2b7a90e4f111"
PEOPLE = 60

_names = itertools.count(1)


class World:
    """A dataset, runs of the sink that stream to it, and what it has to show."""

    def __init__(self, emulator: Emulator) -> None:
        self.dataset = f"world_{next(_names)}"
        emulator.create_all(self.dataset, [CURRENT_DAYS, USAGE_DAILY])
        self.emulator = emulator
        self.dialect = emulator.dialect(self.dataset)
        self._truth: dict[tuple[str, dt.date], Snapshot] = {}

    @contextmanager
    def sink(self, now: dt.datetime, **settings: object) -> Generator[BigQuerySink]:
        """Begin a run of its own."""
        config = {
            "type": "bigquery",
            "dataset": f"{self.emulator.project}.{self.dataset}",
            "endpoint": self.emulator.url,
            "batch_rows": 50,
            **settings,
        }
        made = build(msgspec.convert(config, BigQueryConfig), ContractContext(now=now), {})
        with closing(made):
            yield made

    def deliver(self, snapshot: Snapshot) -> None:
        assert self.try_to_deliver(snapshot) == DELIVERED
        self._truth[snapshot.source_id, snapshot.day] = snapshot

    def try_to_deliver(self, snapshot: Snapshot, **settings: object) -> Outcome:
        with self.sink(snapshot.fetched_at, **settings) as sink:
            return sink.deliver(snapshot, None, lambda _: None)

    def wrong(self) -> str:
        """Say what `usage_daily` shows wrong; "" if nothing."""
        rows = self.emulator.run(f"SELECT * FROM {self.dialect.table('usage_daily')}")
        shown = [{name: plain(value) for name, value in row.items()} for row in rows]
        scene = Scene(
            usage=[
                Usage(
                    record,
                    record_key(record),
                    one.source_id,
                    one.snapshot_id,
                    one.fetched_at,
                    one.settled,
                )
                for one in self._truth.values()
                for record in one.records()
            ]
        )
        expected = list(TRUTH["usage_daily"](scene))
        return difference(*(ordered([_read(row) for row in rows]) for rows in (shown, expected)))

    def rows(self) -> int:
        """Count the rows of `usage_raw`, shown or not."""
        table = self.dialect.table("usage_raw")
        (counted,) = self.emulator.run(f"SELECT COUNT(*) AS n FROM {table}")
        return int(counted["n"])


def _read(row: Row) -> Row:
    """Give a row with its `extra` as what the text means."""
    return {**row, "extra": None if row["extra"] is None else json.loads(row["extra"])}


@pytest.fixture
def world(empty: Emulator) -> World:
    return World(empty)


def a_day(
    records: Sequence[Record], *, minutes: int = 0, source_id: str = ORGANIZATION
) -> Snapshot:
    fetched_at = FETCHED_AT + dt.timedelta(minutes=minutes)
    return a_snapshot(records, fetched_at=fetched_at, source_id=source_id)


def some_records(sessions: int) -> list[Record]:
    """Give records with every odd thing that a record may have."""
    return [
        *(
            a_record(
                f"person-{number}@northwind.example",
                sessions=sessions + number,
                cost_minor=Decimal(f"{number}.0{number:06}1"[:9]),
            )
            for number in range(PEOPLE)
        ),
        a_record('Zoë "Z" O\'Neill\\Søn@northwind.example', terminal_type="", is_remote=None),
        a_record("nightly build", actor_type="api_actor", terminal_type=None, customer_type=None),
        a_record("idle@northwind.example", sessions=0, model_usage=(), tool_actions=()),
        a_record("new@northwind.example", extra={"new": [1, {"a": "b"}], "text": 'c\n"d"'}),
    ]


def test_day_is_shown_and_nothing_is_sent_twice(world: World) -> None:
    day = a_day(some_records(1))
    world.deliver(day)
    assert world.wrong() == ""
    assert world.rows() == day.record_count
    world.deliver(day)
    world.deliver(a_day(some_records(1), minutes=60))
    assert world.wrong() == ""
    assert world.rows() == day.record_count


def test_restated_and_vanished_records_and_back_again(world: World) -> None:
    first, second = some_records(1), some_records(5)[10:]
    world.deliver(a_day(first))
    world.deliver(a_day(second, minutes=10))
    assert world.wrong() == ""
    written = world.rows()
    world.deliver(a_day(first, minutes=20))
    assert world.wrong() == ""
    assert world.rows() == written == len(first) + len(second)


def test_day_becomes_empty_and_others_are_left_alone(world: World) -> None:
    world.deliver(a_day(some_records(1)[:9]))
    world.deliver(a_day(some_records(2)[:7], source_id=OTHER))
    world.deliver(a_day([], minutes=10))
    assert world.wrong() == ""


def test_overtaken_run_leaves_the_newer_revision(world: World) -> None:
    world.deliver(a_day(some_records(2)[:9], minutes=10))
    overtaken = world.try_to_deliver(a_day(some_records(1)[:5]))
    assert overtaken.kind is Acknowledgement.NOT_YET
    assert world.wrong() == ""


def test_died_half_way_shows_the_day_before_and_goes_on(world: World) -> None:
    """Half of the rows of a snapshot are there, without a commit; then a run finishes it."""
    world.deliver(a_day(some_records(1)))
    restated = a_day(some_records(3), minutes=10)
    half = list(restated.records())[::2]
    encoder = RowEncoder(restated, run_id="died", written_at=restated.fetched_at)
    world.emulator.stream(world.dataset, "usage_raw", map(encoder.line, half))
    assert world.wrong() == ""
    world.deliver(restated)
    assert world.wrong() == ""


class WithoutPartitions(bigquery.Client):
    """Asks for a table where a partition of it is meant: neither knows partitions by name."""

    def get_table(self, table: Any, **options: Any) -> Any:  # type: ignore[override]
        whole = str(table).partition("$")[0]
        return cast("Any", super()).get_table(whole, **options)


def test_compaction_deletes_what_is_not_shown(world: World) -> None:
    world.deliver(a_day(some_records(1)))
    world.deliver(a_day(some_records(2)[:50], minutes=10))
    world.deliver(a_day(some_records(3)[:5], source_id=OTHER))
    context = ContractContext(now=FETCHED_AT + dt.timedelta(hours=3))
    place = Place(world.emulator.project, world.dataset)
    service = Service(
        place=place, context=context, make_client=lambda: world.emulator.connect(WithoutPartitions)
    )
    with closing(service):
        done = compact(service, Jobs(service, context), place, ORGANIZATION, DAY)
    assert done.skipped == ""
    # The other one does not say how many rows a statement changed.
    assert done.deleted == (PEOPLE + 4 if isinstance(world.emulator, Bqemulator) else 0)
    assert world.wrong() == ""
    assert world.rows() == 55


def test_reading_back(world: World) -> None:
    """Counts are those of the API. Of costs each emulator has its own opinion: see `Emulator`."""
    day = a_day(some_records(1))
    world.deliver(day)
    with world.sink(FETCHED_AT) as sink:
        shown, expected = sink.totals(ORGANIZATION, DAY), totals_of(day)
    wrong = list(differences(shown, expected))
    assert all(one.startswith("estimated_cost") for one in wrong)
    if isinstance(world.emulator, Bqemulator):
        assert expected.estimated_cost
        assert shown.estimated_cost == {"USD": round(expected.estimated_cost["USD"], 5)}
    else:
        assert wrong


def test_opening(world: World) -> None:
    with world.sink(FETCHED_AT) as sink:
        if isinstance(world.emulator, Bqemulator):
            with pytest.raises(SinkRefused, match="is NUMERIC, and should be BIGNUMERIC"):
                sink.open()
        else:
            assert sink.open().startswith(f"{world.emulator.project}.{world.dataset} ")


def test_loads_work_at_neither(world: World) -> None:
    """One forgets the name of the job, the other mixes up the fields of records."""
    day = a_day(some_records(1))
    if isinstance(world.emulator, Bqemulator):
        with pytest.raises(SinkUnavailable, match="does not know its own job"):
            world.try_to_deliver(day, mode="load")
    else:
        assert world.try_to_deliver(day, mode="load") == DELIVERED
        with pytest.raises(GoogleAPICallError, match="failed to scan rows"):
            world.wrong()
