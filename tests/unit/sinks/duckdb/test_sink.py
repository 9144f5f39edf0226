"""Delivering: what is shown, what is written, and what happens to the file meanwhile."""

from __future__ import annotations

import datetime as dt
import resource
import tracemalloc
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.sink import DELIVERED, Acknowledgement, Outcome
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.testing.contract.context import nothing_to_remember
from ccsync.warehouse.rows import record_key
from ccsync_duckdb import file, writing
from ccsync_duckdb.errors import explained
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import change, query, shown

from .conftest import Make

ROWS = "SELECT count(*) AS n FROM usage_raw"
COMMITS = "SELECT * EXCLUDE (fetched_at, committed_at), epoch_us(fetched_at) AS us FROM sync_days"


def a_day(*people: str, minutes: int = 0) -> Snapshot:
    records = [a_record(one, sessions=minutes + 1) for one in people]
    return a_snapshot(records, fetched_at=FETCHED_AT + dt.timedelta(minutes=minutes))


def deliver(sink: DuckDBSink, snapshot: Snapshot) -> Outcome:
    return sink.deliver(snapshot, None, nothing_to_remember)


@pytest.fixture
def sink(make: Make, new: Path) -> DuckDBSink:
    del new
    made = make()
    made.open()
    return made


def people(path: Path, day: dt.date = DAY, source_id: str = ORGANIZATION) -> list[str]:
    return sorted(record.actor_id for record in shown(path, source_id, day))


def test_a_day_is_replaced_and_nothing_of_it_is_left(sink: DuckDBSink, path: Path) -> None:
    deliver(sink, a_day("mira", "otto"))
    deliver(sink, a_day("mira", minutes=1))
    assert people(path) == ["mira"]
    assert query(path, ROWS) == [{"n": 1}], "rows of the former revision are gone"
    assert len(query(path, COMMITS)) == 1
    deliver(sink, a_day(minutes=2))
    assert (people(path), query(path, ROWS)) == ([], [{"n": 0}])
    (commit,) = query(path, COMMITS)
    assert commit["record_count"] == 0


def test_other_days_and_sources_are_not_touched(sink: DuckDBSink, path: Path) -> None:
    before = DAY - dt.timedelta(days=1)
    old = a_snapshot([a_record("old", date=before)], day=before)
    other = a_snapshot([a_record("guest")], source_id="another source")
    for snapshot in (old, other, a_day("mira"), a_day("otto", minutes=1)):
        deliver(sink, snapshot)
    assert people(path) == ["otto"]
    assert people(path, before) == ["old"]
    assert people(path, source_id="another source") == ["guest"]


def test_a_snapshot_that_is_shown_is_not_written_again(sink: DuckDBSink, path: Path) -> None:
    deliver(sink, a_day("mira"))
    log = path.with_name("usage.duckdb.wal")
    before = (path.read_bytes(), log.read_bytes())
    assert deliver(sink, a_day("mira")) == DELIVERED
    assert (path.read_bytes(), log.read_bytes()) == before


def test_the_same_content_fetched_later_is_a_new_commit(
    make: Make, sink: DuckDBSink, path: Path
) -> None:
    """Rows stay; an older revision that comes late must not win against it."""
    records = [a_record("mira")]
    written = "SELECT run_id FROM usage_raw"
    deliver(sink, a_snapshot(records, settled=False))
    before = query(path, written)
    later = FETCHED_AT + dt.timedelta(minutes=9)
    sink.close()
    sink = make()
    sink.open()
    deliver(sink, a_snapshot(records, fetched_at=later))
    assert query(path, written) == before
    (commit,) = query(path, COMMITS)
    assert commit["settled"] is True
    assert commit["us"] == int(later.timestamp() * 1_000_000)
    outcome = deliver(sink, a_day("otto", minutes=5))
    assert outcome.kind is Acknowledgement.NOT_YET
    assert "newer revision of the day, fetched at 2026-11-22 12:09:00+00:00" in outcome.reason
    assert people(path) == ["mira"]


def test_a_revision_of_the_future_is_no_success_and_the_advice_helps(
    sink: DuckDBSink, path: Path
) -> None:
    """It was written by a run whose clock was ahead."""
    deliver(sink, a_day("wrong", minutes=365 * 24 * 60))
    with pytest.raises(RecordsRefused) as caught:
        deliver(sink, a_day("mira", minutes=1))
    said = str(caught.value)
    assert f"usage.duckdb: the revision of {DAY} that it shows was fetched at 2027-11-22" in said
    sink.close()
    change(path, said[said.index("DELETE FROM ") :])
    sink.open()
    assert deliver(sink, a_day("mira", minutes=1)) == DELIVERED
    assert people(path) == ["mira"]


def test_rows_that_somebody_deleted_are_written_again(sink: DuckDBSink, path: Path) -> None:
    deliver(sink, a_day("mira", "otto"))
    sink.close()
    change(path, "DELETE FROM usage_raw WHERE actor_id = 'otto'")
    assert people(path) == [], "half a day is no day"
    sink.open()
    deliver(sink, a_day("mira", "otto"))
    assert people(path) == ["mira", "otto"]


def test_days_do_not_depend_on_the_time_zone(
    make: Make, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    sink = make()
    sink.open()
    deliver(sink, a_day("mira"))
    (day,) = sink.read(None, None)
    assert (day.day, day.fetched_at, day.fetched_at.tzinfo) == (DAY, FETCHED_AT, dt.UTC)
    (commit,) = query(path, COMMITS)
    assert commit["us"] == int(FETCHED_AT.timestamp() * 1_000_000)


def test_what_a_commit_says(sink: DuckDBSink, path: Path) -> None:
    day = a_day("mira", "otto")
    deliver(sink, day)
    (commit,) = query(path, COMMITS)
    assert {name: commit[name] for name in ("date", "source_id", "snapshot_id", "mode")} == {
        "date": DAY,
        "source_id": ORGANIZATION,
        "snapshot_id": day.snapshot_id,
        "mode": "load",
    }
    assert commit["record_count"] == 2
    keys = {row["record_key"] for row in query(path, "SELECT record_key FROM usage_raw")}
    assert keys == {record_key(record) for record in day.records()}


def test_preview_shows_what_would_be_written(make: Make, path: Path) -> None:
    lines = list(make().preview(a_day("mira", "otto")))
    rows = [msgspec.json.decode(line) for line in lines]
    assert [row.get("actor_id") for row in rows] == ["mira", "otto", None]
    assert rows[-1]["record_count"] == 2
    assert not path.exists()


def test_a_file_that_was_replaced_while_it_was_open(sink: DuckDBSink, path: Path) -> None:
    deliver(sink, a_day("mira"))
    path.rename(path.with_name("moved.duckdb"))
    with pytest.raises(SinkUnavailable, match="moved, deleted or replaced"):
        deliver(sink, a_day("otto", minutes=1))
    with pytest.raises(SinkUnavailable, match="The next run delivers every day to it"):
        deliver(sink, a_day("otto", minutes=1))
    identity = sink.open()
    assert identity.startswith(str(path))
    deliver(sink, a_day("otto", minutes=1))
    assert people(path) == ["otto"]


def test_a_file_that_was_away_for_a_while(sink: DuckDBSink, path: Path) -> None:
    kept = path.with_name("kept.duckdb")
    path.rename(kept)
    with pytest.raises(SinkUnavailable):
        deliver(sink, a_day("mira"))
    kept.rename(path)
    deliver(sink, a_day("mira"))
    assert people(path) == ["mira"]


@contextmanager
def disk_full(limit: int) -> Generator[None]:
    """Let no file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_former_day(sink: DuckDBSink, path: Path) -> None:
    deliver(sink, a_day("mira"))
    size = path.stat().st_size
    many = a_day(*(f"person{n}" for n in range(9_000)), minutes=1)
    with disk_full(size + 100_000), pytest.raises(SinkRefused, match="disk is full") as refused:
        deliver(sink, many)
    assert "what was shown before is still there" in str(refused.value)
    sink.close()
    assert people(path) == ["mira"]
    sink.open()
    deliver(sink, many)
    assert query(path, "SELECT count(*) AS n FROM usage_daily") == [{"n": 9_000}]


def test_a_long_text_and_many_slices(sink: DuckDBSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_SLICE_BYTES", 10_000)
    records = [
        msgspec.structs.replace(a_record(f"p{number}"), extra={"text": "x" * 50_000 * number})
        for number in range(20)
    ]
    day = a_snapshot(records)
    deliver(sink, day)
    (found,) = sink.read(DAY, DAY)
    by_name = {record.actor_id: record for record in found.records}
    assert by_name == {record.actor_id: record for record in records}


def test_a_large_day_is_written_in_slices(
    sink: DuckDBSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours grows with the day: it is read, encoded and written some at a time."""
    monkeypatch.setattr(writing, "_SLICE_ROWS", 500)

    def slices(count: int) -> Snapshot:
        def some() -> Generator[list[Record]]:
            for number in range(0, count, 100):
                yield [a_record(f"p{one}") for one in range(number, number + 100)]

        return Snapshot(
            day=DAY,
            source_id=ORGANIZATION,
            snapshot_id=f"{count:032x}",
            fetched_at=FETCHED_AT + dt.timedelta(seconds=count),
            settled=True,
            record_count=count,
            slices=some,
        )

    peaks: list[int] = []
    for count in (1_000, 3_000):
        tracemalloc.start()
        deliver(sink, slices(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0], peaks


def test_a_day_that_needs_more_memory_gets_it(
    sink: DuckDBSink, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"person{number}@northwind.example" for number in range(12_000)]
    monkeypatch.setattr(file, "_MEMORY_TO_WRITE", "12MB")
    deliver(sink, a_day(*names))
    assert query(path, "SELECT count(*) AS n FROM usage_daily") == [{"n": len(names)}]
    context: Any = sink
    assert [event for event, _ in context._context.logged] == ["duckdb.more_memory"]
    monkeypatch.undo()
    deliver(sink, a_day("mira", minutes=1))
    assert people(path) == ["mira"]


def test_a_file_that_duckdb_gave_up_is_opened_again(
    make: Make, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its log does not go into the file, DuckDB takes nothing more until it is opened."""
    monkeypatch.setattr(file, "_MEMORY_TO_WRITE", "12MB")
    monkeypatch.setattr(file, "_LOG", "2MB")
    given_up: list[str] = []

    def heard(path: Path, error: Exception) -> object:
        given_up.extend(["checkpoint"] if "checkpoint failed" in str(error).lower() else [])
        return explained(path, error)

    monkeypatch.setattr(file, "explained", heard)
    sink = make()
    sink.open()
    records = [a_record(f"person{number}@northwind.example") for number in range(300)]
    count = 0
    while len(given_up) <= 1 and count < 60:
        day = DAY - dt.timedelta(days=count)
        of_day = [msgspec.structs.replace(one, date=day) for one in records]
        assert deliver(sink, a_snapshot(of_day, day=day)) is DELIVERED
        count += 1
    assert len(given_up) > 1, "it was given up, opened, and given up once more"
    sink.close()
    days = query(new, "SELECT count(*) AS days, sum(record_count) AS n FROM current_days")
    assert days == [{"days": count, "n": 300 * count}]


def test_after_an_error_that_nobody_knows_the_file_is_opened_again(
    sink: DuckDBSink, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise duckdb.TransactionException("TransactionContext Error: something is odd")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "replace_commit", broken)
        with pytest.raises(duckdb.TransactionException):
            deliver(sink, a_day("mira"))
    held: Any = sink
    assert held._file is None, "whatever is wrong with it is not kept for the days to come"
    deliver(sink, a_day("mira"))
    assert people(path) == ["mira"]


def test_the_file_does_not_grow_with_restatements(sink: DuckDBSink, path: Path) -> None:
    names = [f"person{number}@northwind.example" for number in range(300)]
    sizes: list[int] = []
    for run in range(8):
        deliver(sink, a_day(*names, minutes=run))
        sink.close()
        sizes.append(path.stat().st_size)
        sink.open()
    assert sizes[-1] <= 2 * sizes[1], sizes


def test_open_files_are_closed(make: Make, path: Path) -> None:
    sink = make()
    sink.open()
    deliver(sink, a_day("mira"))
    sink.close()
    descriptors = Path("/proc/self/fd")
    if descriptors.is_dir():
        links = [one for one in descriptors.iterdir() if one.is_symlink()]
        assert not [one for one in links if str(path) in str(one.readlink())]
