"""Compaction on real tables: which rows go, and that no view ever shows a difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from typing import Any

import pytest

from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.verify import differences, totals_of
from ccsync_bigquery.compacting import Compacted, compact
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.readback import totals
from tests.unit.sinks.bigquery.warehouse import PLACE, Warehouse, a_warehouse

OTHER = "another-source"


@pytest.fixture
def warehouse() -> Generator[Warehouse]:
    with a_warehouse() as made:
        yield made


def a_day(
    *names: str,
    minutes: int = 0,
    day: dt.date = DAY,
    source: str = ORGANIZATION,
    **fields: Any,
) -> Snapshot:
    records = [a_record(f"{name}@northwind.example", date=day, **fields) for name in names]
    at = FETCHED_AT + dt.timedelta(minutes=minutes)
    return a_snapshot(records, source_id=source, day=day, fetched_at=at)


def run(warehouse: Warehouse, day: dt.date = DAY) -> Compacted:
    return compact(warehouse.service, warehouse.jobs, PLACE, ORGANIZATION, day)


def shows(warehouse: Warehouse, snapshot: Snapshot) -> bool:
    shown = totals(warehouse.jobs, PLACE, snapshot.source_id, snapshot.day)
    return not list(differences(shown, totals_of(snapshot)))


def test_only_superseded_rows_of_this_source_and_day_go(warehouse: Warehouse) -> None:
    eve = DAY - dt.timedelta(days=1)
    old = a_day("mira", "juno", "ann", sessions=1)
    middle = a_day("mira", "juno", minutes=5, sessions=2)
    now = a_day("mira", "juno", minutes=10, sessions=3)
    theirs = [
        a_day("mira", "juno", minutes=minutes, source=OTHER, sessions=minutes + 1)
        for minutes in (0, 5)
    ]
    before = [a_day("mira", day=eve, minutes=minutes, sessions=minutes + 1) for minutes in (0, 5)]
    kept = [now, *theirs, *before]
    for snapshot in [old, middle, *kept]:
        warehouse.deliver(snapshot)
    counts = [warehouse.count(snapshot) for snapshot in kept]

    assert run(warehouse) == Compacted(DAY, 5)
    assert warehouse.count(old) == warehouse.count(middle) == 0
    assert [warehouse.count(snapshot) for snapshot in kept] == counts
    assert all(shows(warehouse, one) for one in (now, theirs[1], before[1]))
    assert run(warehouse) == Compacted(DAY, 0), "once is enough"


def test_a_day_that_became_empty(warehouse: Warehouse) -> None:
    empty = a_day(minutes=5)
    warehouse.deliver(a_day("mira", "juno"))
    warehouse.deliver(empty)
    assert run(warehouse) == Compacted(DAY, 2)
    assert shows(warehouse, empty)


def test_a_snapshot_that_came_back_stays(warehouse: Warehouse) -> None:
    first, second = a_day("mira"), a_day("mira", "juno", minutes=5)
    again = a_day("mira", minutes=10)
    assert again.snapshot_id == first.snapshot_id
    warehouse.deliver(first)
    warehouse.deliver(second)
    warehouse.commit(again)
    assert run(warehouse) == Compacted(DAY, 2)
    assert shows(warehouse, again)


def test_rows_of_an_attempt_that_died_go(warehouse: Warehouse) -> None:
    torn, now = a_day("mira"), a_day("mira", "juno", minutes=5)
    warehouse.write(torn)
    warehouse.deliver(now)
    assert run(warehouse) == Compacted(DAY, 1)
    assert shows(warehouse, now)


def test_rows_that_another_run_is_about_to_commit_stay(warehouse: Warehouse) -> None:
    old, now, next_one = (
        a_day("mira", sessions=1),
        a_day("mira", minutes=5, sessions=2),
        a_day("mira", "juno", minutes=10, sessions=3),
    )
    warehouse.deliver(old)
    warehouse.deliver(now)
    warehouse.write(next_one)
    assert run(warehouse) == Compacted(DAY, 1)
    warehouse.commit(next_one)
    assert shows(warehouse, next_one)


def test_the_current_commit_is_the_latest_fetch_whoever_came_last(warehouse: Warehouse) -> None:
    late = a_day("mira", sessions=1)
    now = a_day("mira", minutes=5, sessions=2)
    warehouse.deliver(now)
    warehouse.write(late)
    warehouse.commit(late, minutes=60)
    assert shows(warehouse, now)
    run(warehouse)
    assert shows(warehouse, now)


class Raced(Jobs):
    """Something happens between the look and the statement."""

    def __init__(self, warehouse: Warehouse, meanwhile: Callable[[], None]) -> None:
        super().__init__(warehouse.service, warehouse.context)
        self.meanwhile = meanwhile

    def execute(self, *args: Any, **options: Any) -> int:
        self.meanwhile()
        return super().execute(*args, **options)


def test_a_snapshot_that_is_committed_again_meanwhile_stays(warehouse: Warehouse) -> None:
    first, second = a_day("mira"), a_day("mira", "juno", minutes=5)
    again = a_day("mira", minutes=10)
    warehouse.deliver(first)
    warehouse.deliver(second)
    jobs = Raced(warehouse, lambda: warehouse.commit(again))
    assert compact(warehouse.service, jobs, PLACE, ORGANIZATION, DAY) == Compacted(DAY, 0)
    assert shows(warehouse, again)


def test_a_commit_meanwhile_whose_rows_are_not_there_changes_nothing(
    warehouse: Warehouse,
) -> None:
    old, now, torn = (
        a_day("mira", sessions=1),
        a_day("mira", minutes=5, sessions=2),
        a_day("mira", "juno", minutes=10, sessions=3),
    )
    warehouse.deliver(old)
    warehouse.deliver(now)
    jobs = Raced(warehouse, lambda: warehouse.commit(torn))
    assert compact(warehouse.service, jobs, PLACE, ORGANIZATION, DAY) == Compacted(DAY, 1)
    assert shows(warehouse, now)


def test_nothing_is_deleted_where_nothing_was_committed(warehouse: Warehouse) -> None:
    torn = a_day("mira", "juno")
    warehouse.write(torn)
    assert run(warehouse) == Compacted(DAY, 0, "the day was never committed")
    assert warehouse.count(torn) == 2


def test_older_rows_stay_while_the_current_snapshot_lacks_some(warehouse: Warehouse) -> None:
    old, now = a_day("mira", "juno"), a_day("mira", "juno", minutes=5, sessions=9)
    warehouse.deliver(old)
    warehouse.write(a_day("mira", minutes=5, sessions=9))  # not the rows of `now`
    warehouse.commit(now)
    assert "0 of 2 records" in run(warehouse).skipped
    assert warehouse.count(old) == 2
    assert shows(warehouse, old), "the newest that is whole"


def test_streamed_rows_are_left_until_they_are_stored(warehouse: Warehouse) -> None:
    old, now = a_day("mira"), a_day("mira", minutes=5, sessions=9)
    warehouse.deliver(now)
    warehouse.stream(old)
    found = run(warehouse)
    assert found.deleted == 0
    assert "try again after" in found.skipped
    warehouse.double.clock.advance(3 * 3600)
    assert run(warehouse) == Compacted(DAY, 1)
    assert shows(warehouse, now)
