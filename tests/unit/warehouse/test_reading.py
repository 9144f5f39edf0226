"""Reading whole days: what is asked for together, and days that change meanwhile."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import duckdb
import msgspec
import pytest

from ccsync.errors import SinkUnavailable
from ccsync.records import Record
from ccsync.sink import Shown
from ccsync.testing import a_record
from ccsync.testing.builders import ORGANIZATION
from ccsync.warehouse import duckdb_rows, reading
from ccsync.warehouse.dialect import DuckDB
from ccsync.warehouse.rows import record_key

R = TypeVar("R", bound=msgspec.Struct)

FIRST = dt.date(2026, 11, 1)
FETCHED_AT = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=5)))


class Scripted:
    """Shows days; keeps what it was asked; may change its days between two questions."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.days = {FIRST + dt.timedelta(days=n): size for n, size in enumerate(sizes)}
        self.revision = 0
        self.asked: list[tuple[str, str, str]] = []
        self.meanwhile: Callable[[], None] = lambda: None
        """Happens before records are read."""

    def __call__(self, doing: str, sql: str, row: type[R]) -> Iterator[R]:
        first, last = re.findall(r"DATE '([\d-]+)'", sql)
        self.asked.append((doing.partition(" of ")[0], first, last))
        of_records = "usage_daily" in sql
        if of_records:
            self.meanwhile()
        for day, size in self.days.items():
            if first <= str(day) <= last:
                made: Any = self._records(day, size) if of_records else [self._commit(day, size)]
                yield from (msgspec.convert(one, row) for one in reversed(made))

    def _commit(self, day: dt.date, size: int) -> dict[str, Any]:
        return {
            "date": day,
            "source_id": ORGANIZATION,
            "snapshot_id": f"{day}-{self.revision}",
            "record_count": size,
            "settled": True,
            "fetched_at": FETCHED_AT,
        }

    def _records(self, day: dt.date, size: int) -> list[dict[str, Any]]:
        added = {
            "source_id": ORGANIZATION,
            "snapshot_id": f"{day}-{self.revision}",
            "customer_type": None,
            "subscription_type": None,
            "terminal_type": None,
            "is_remote": None,
            "extra": None,
        }
        return [
            {**added, **msgspec.structs.asdict(record), "record_key": record_key(record)}
            for record in self.records(day, size)
        ]

    def records(self, day: dt.date, size: int) -> list[Record]:
        return [a_record(f"p{number}", date=day) for number in range(size)]


def read(there: Scripted, **span: dt.date) -> list[Shown]:
    return list(reading.read(there, DuckDB("main"), **span))


def test_days_are_asked_for_together_until_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TOGETHER", 10)
    there = Scripted([3, 4, 5, 20, 0, 0, 1])
    found = read(there)
    assert [one.record_count for one in found] == [3, 4, 5, 20, 0, 0, 1]
    assert there.asked == [
        ("read which days are shown", "0001-01-01", "9999-12-31"),
        ("read the records", "2026-11-01", "2026-11-02"),
        ("read the records", "2026-11-03", "2026-11-03"),
        ("read the records", "2026-11-04", "2026-11-04"),
        ("read the records", "2026-11-05", "2026-11-07"),
    ]


def test_a_day_is_as_it_was_delivered_in_one_order_and_in_utc() -> None:
    there = Scripted([12])
    (found,) = read(there)
    expected = sorted(there.records(FIRST, 12), key=record_key)
    assert found.records == tuple(expected)
    assert (found.fetched_at, found.fetched_at.tzinfo) == (FETCHED_AT, dt.UTC)


def test_empty_days_need_no_question() -> None:
    there = Scripted([0, 0])
    assert [one.records for one in read(there)] == [(), ()]
    assert len(there.asked) == 1


def test_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TOGETHER", 1)
    there = Scripted([1, 1, 1, 1])
    found = read(there, first=FIRST + dt.timedelta(days=1), last=FIRST + dt.timedelta(days=2))
    assert [one.day.day for one in found] == [2, 3]
    assert there.asked[0][1:] == ("2026-11-02", "2026-11-03")


def test_it_reads_a_day_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TOGETHER", 1)
    there = Scripted([2, 2, 2])
    days = reading.read(there, DuckDB("main"))
    next(days)
    assert len(there.asked) == 2


def test_a_day_that_is_replaced_meanwhile_is_read_anew() -> None:
    there = Scripted([2, 2])

    def restate() -> None:
        if there.revision == 0:
            there.revision = 1
            there.days[FIRST] = 5

    there.meanwhile = restate
    found = read(there)
    assert [(one.snapshot_id, len(one.records)) for one in found] == [
        ("2026-11-01-1", 5),
        ("2026-11-02-1", 2),
    ]


def test_a_day_that_vanishes_meanwhile_is_not_there() -> None:
    there = Scripted([2, 2])

    def vanish() -> None:
        there.days.pop(FIRST, None)

    there.meanwhile = vanish
    assert [one.day.day for one in read(there)] == [2]


def test_a_day_that_is_replaced_again_and_again() -> None:
    there = Scripted([2])

    def restate() -> None:
        there.revision += 1

    there.meanwhile = restate
    with pytest.raises(SinkUnavailable, match="2026-11-01 was replaced again and again"):
        read(there)
    assert len(there.asked) < 10


class Moments(msgspec.Struct):
    at: dt.datetime
    amount: Decimal
    names: list[str]


def test_rows_of_duckdb_are_exact_and_in_utc() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        sql = (
            "SELECT TIMESTAMPTZ '2026-11-22 12:00:00.123456+02:00' AS at, "
            "CAST('12345678901234567890.123456789012345678' AS DECIMAL(38, 18)) AS amount, "
            "list_value('a', $1) AS names, 'more' AS more"
        )
        (row,) = duckdb_rows.rows(connection, sql, Moments, ["ü\x00'\""])
    assert row.at == dt.datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=dt.UTC)
    assert row.amount == Decimal("12345678901234567890.123456789012345678")
    assert row.names == ["a", "ü\x00'\""]
