from __future__ import annotations

import pytest

from ccsync.records import Record
from ccsync.spool import LIVE_RECORDS, SLICE_RECORDS, Spool
from ccsync.testing import a_record


def people(first: int, count: int) -> list[Record]:
    return [a_record(f"{number}@northwind.example") for number in range(first, first + count)]


def contents(spool: Spool) -> list[str]:
    return [record.actor_id for part in spool.slices() for record in part]


def test_a_new_spool_is_empty() -> None:
    assert (Spool().record_count, list(Spool().slices())) == (0, [])


@pytest.mark.parametrize(
    "pages", [(1,), (LIVE_RECORDS,), (LIVE_RECORDS + 1,), (999, 999, 999, 999), (3000, 1, 2500)]
)
def test_records_come_back_in_order_as_often_as_wanted(pages: tuple[int, ...]) -> None:
    spool = Spool()
    for number, count in enumerate(pages):
        spool.extend(people(sum(pages[:number]), count))
    expected = [f"{number}@northwind.example" for number in range(sum(pages))]
    assert spool.record_count == sum(pages)
    assert contents(spool) == expected
    assert contents(spool) == expected


def test_a_small_day_is_held_as_it_is() -> None:
    spool = Spool()
    rows = people(0, LIVE_RECORDS)
    spool.extend(rows)
    (part,) = spool.slices()
    assert all(one is other for one, other in zip(part, rows, strict=True))


def test_a_large_day_is_held_packed_and_given_in_slices() -> None:
    spool = Spool()
    rows = people(0, LIVE_RECORDS + 501)
    spool.extend(rows)
    parts = list(spool.slices())
    assert [len(part) for part in parts] == [SLICE_RECORDS, SLICE_RECORDS, SLICE_RECORDS, 1]
    assert parts[0][0] == rows[0]
    assert parts[0][0] is not rows[0]


def test_packing_loses_nothing() -> None:
    odd = a_record(extra={"a": {"b": [1, None, "x"]}}, terminal_type="", is_remote=None)
    spool = Spool()
    spool.extend([odd, *people(0, LIVE_RECORDS)])
    assert next(iter(next(iter(spool.slices())))) == odd
