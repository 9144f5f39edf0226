"""Load mode: how rows become parts and jobs, and how refused rows are found again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from ccsync.errors import RecordsRefused, SinkUnavailable
from ccsync.records import Record, identity
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import FETCHED_AT
from ccsync.warehouse.rows import RowEncoder
from ccsync_bigquery.loading import Loader
from ccsync_bigquery.row_errors import InvalidRowsError
from tests.unit.sinks.bigquery.jobs_script import URL, Asked, Bench, Said, failed, job

READING = "Error while reading data, error message: "
TOO_MANY = f"{READING}JSON table encountered too many errors, giving up. Rows: 3; errors: 1."


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.script.on("tables.get", Said({"schema": {"fields": []}, "tableReference": TABLE}))
    bench.script.on("upload.begin", Said({}, headers={"location": f"{URL}/upload/here"}))
    bench.script.on("upload.send", job("PENDING"))
    bench.script.on("jobs.get", job())
    return bench


TABLE = {"projectId": "my-project", "datasetId": "usage", "tableId": "usage_raw"}


def a_day(*people: str) -> Snapshot:
    return a_snapshot([a_record(f"{name}@northwind.example") for name in people])


def rows_of(
    snapshot: Snapshot, written_at: dt.datetime = FETCHED_AT
) -> Iterator[tuple[Record | None, bytes]]:
    encoder = RowEncoder(snapshot, run_id="a-run", written_at=written_at)
    return ((record, encoder.line(record)) for record in snapshot.records())


def ids(bench: Bench) -> list[str]:
    return [one.json["jobReference"]["jobId"] for one in bench.script.of("upload.begin")]


def bodies(bench: Bench) -> list[bytes]:
    return [one.body for one in bench.script.of("upload.send")]


def test_a_small_day_is_one_job(bench: Bench) -> None:
    day = a_day("mira", "juno", "ann")
    Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
    (body,) = bodies(bench)
    assert body == b"".join(line + b"\n" for _, line in rows_of(day))
    assert len(ids(bench)) == 1


def test_no_rows_are_no_job(bench: Bench) -> None:
    Loader(bench.jobs).load("usage_raw", [], name="delivery")
    assert bench.script.asked == []


@pytest.mark.parametrize("part_bytes", [1, 900, 2000, 3000, 100_000])
def test_parts_are_bounded_and_lose_nothing(bench: Bench, part_bytes: int) -> None:
    day = a_day(*(f"person-{number}" for number in range(20)))
    lines = [line + b"\n" for _, line in rows_of(day)]
    Loader(bench.jobs, part_bytes=part_bytes).load("usage_raw", rows_of(day), name="delivery")
    assert b"".join(bodies(bench)) == b"".join(lines)
    largest = max(map(len, lines))
    assert all(len(body) <= max(part_bytes, largest) for body in bodies(bench))
    assert len(set(ids(bench))) == len(bodies(bench)), "each part is a job of its own"


def test_rows_are_pulled_a_part_at_a_time(bench: Bench) -> None:
    pulled = 0
    seen: list[int] = []

    def rows() -> Iterator[tuple[Record | None, bytes]]:
        nonlocal pulled
        for row in rows_of(a_day(*(f"person-{number}" for number in range(20)))):
            pulled += 1
            yield row

    def send(_: Asked) -> Said:
        seen.append(pulled)
        return job("PENDING")

    bench.script.on("upload.send", send)
    Loader(bench.jobs, part_bytes=3000).load("usage_raw", rows(), name="delivery")
    assert seen[0] <= 5
    assert seen == sorted(seen)


class TestJobIds:
    def test_the_same_rows_of_a_delivery_are_the_same_jobs(self, bench: Bench) -> None:
        for _ in range(2):
            Loader(bench.jobs, part_bytes=1500).load(
                "usage_raw", rows_of(a_day("mira", "juno")), name="delivery"
            )
        first, second, *again = ids(bench)
        assert again == [first, second]
        assert first != second

    def test_another_delivery_table_or_place_are_other_jobs(self, bench: Bench) -> None:
        day = a_day("mira")
        Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        Loader(bench.jobs).load("usage_raw", rows_of(day), name="after compaction")
        Loader(bench.jobs).load("sync_days", rows_of(day), name="delivery")
        bench.service.place = bench.service.place._replace(dataset="other")
        Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        assert len(set(ids(bench))) == 4

    def test_rows_that_are_cut_elsewhere_are_other_jobs(self, bench: Bench) -> None:
        """A job of equal id that holds fewer rows would lose the rest in silence."""
        day = a_day("mira", "juno")
        Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        later = FETCHED_AT + dt.timedelta(seconds=1)
        Loader(bench.jobs).load("usage_raw", rows_of(day, later), name="delivery")
        assert len(set(ids(bench))) == 2


class TestRefusals:
    def refuse(self, bench: Bench, *details: str) -> None:
        bench.script.on("jobs.get", failed("invalid", TOO_MANY, *details))

    def test_the_row_at_a_position_is_named(self, bench: Bench) -> None:
        day = a_day("mira", "juno", "ann")
        (_, first), (second, line), _ = rows_of(day)
        at = len(first) + 1
        self.refuse(
            bench,
            f"{READING}JSON parsing error in row starting at position {at}: Could not convert "
            "value 'string_value: \"secret\"' to integer. Field: sessions; Value: secret",
            f"{READING}JSON processing encountered too many errors, giving up.",
        )
        with pytest.raises(
            InvalidRowsError, match=r"1 row: sessions: the value is no integer"
        ) as e:
            Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        (row,) = e.value.rows
        assert row.record == second
        assert row.line == line
        assert "secret" not in str(e.value)

    def test_several_rows_and_faults(self, bench: Bench) -> None:
        day = a_day("mira", "juno", "ann")
        (_, first), (_, second), (third, _) = rows_of(day)
        at = len(first) + len(second) + 2
        self.refuse(
            bench,
            f"{READING}JSON parsing error in row starting at position 0: No such field: soul.",
            f"{READING}JSON parsing error in row starting at position {at}: No such field: soul.",
            f"{READING}Missing required fields: date; byte_offset_to_start_of_line: {at}",
        )
        with pytest.raises(InvalidRowsError, match=r"2 rows: no such field: soul \(2 rows\)") as e:
            Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        found = {row.record: len(row.errors) for row in e.value.rows if row.record is not None}
        assert third is not None
        assert found[third] == 2

    def test_a_position_counts_within_its_part(self, bench: Bench) -> None:
        day = a_day("mira", "juno", "ann")
        *_, (third, _) = rows_of(day)
        bench.script.on(
            "jobs.get",
            job(),
            job(),
            failed("invalid", TOO_MANY, f"{READING}Invalid date: row starting at position 0"),
        )
        with pytest.raises(InvalidRowsError) as caught:
            Loader(bench.jobs, part_bytes=1).load("usage_raw", rows_of(day), name="delivery")
        assert [row.record for row in caught.value.rows] == [third]

    def test_a_commit_has_no_record(self, bench: Bench) -> None:
        self.refuse(bench, f"{READING}No such field: mode.")
        with pytest.raises(InvalidRowsError, match="no such field: mode") as caught:
            Loader(bench.jobs).load("sync_days", [(None, b'{"mode":"load"}')], name="delivery")
        (row,) = caught.value.rows
        assert row.record is None
        assert row.line == b'{"mode":"load"}'

    def test_rows_that_are_not_named(self, bench: Bench) -> None:
        self.refuse(bench)
        with pytest.raises(RecordsRefused, match=r"load rows 1 to 2: .*does not say which") as e:
            Loader(bench.jobs).load("usage_raw", rows_of(a_day("mira", "juno")), name="delivery")
        assert e.value.records == ()
        assert "mira" not in str(e.value)

    def test_the_record_that_is_read_back_is_the_one_that_was_sent(self, bench: Bench) -> None:
        """So that a snapshot without it can be made (`on_rejected: skip`)."""
        record = a_record(
            "null",
            customer_type=None,
            terminal_type="",
            is_remote=None,
            sessions=2**60,
            cost_minor=Decimal("0.0000001"),
            extra={"new": {"deep": [1, None, "x"]}, "ratio": 0.5},
        )
        day = a_snapshot([record])
        self.refuse(bench, f"{READING}row starting at position 0: No such field: x.")
        with pytest.raises(InvalidRowsError) as caught:
            Loader(bench.jobs).load("usage_raw", rows_of(day), name="delivery")
        (row,) = caught.value.rows
        assert row.record == record
        assert row.record is not None
        assert identity(row.record) == identity(record)
        assert json.loads(row.line)["extra"] == '{"new":{"deep":[1,null,"x"]},"ratio":0.5}'
        assert day.without([row.record]).record_count == 0


def test_a_part_that_fails_ends_the_load(bench: Bench) -> None:
    bench.script.on("jobs.get", job(), failed("backendError", "again"))
    with pytest.raises(SinkUnavailable, match=r"could not load rows 2 to 2: .*again"):
        Loader(bench.jobs, part_bytes=1).load(
            "usage_raw", rows_of(a_day("mira", "juno", "ann")), name="delivery"
        )
