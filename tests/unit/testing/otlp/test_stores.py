from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import pytest

from ccsync.testing.otlp import AppendStore, FirstWinsStore, OverwriteStore, Point, points_of
from tests.support.otlp import MILLISECOND, NOON_NS, a_request

DAY = dt.date(2026, 11, 19)
METRIC = "claude_code.daily.session.count"
Store: TypeAlias = OverwriteStore | FirstWinsStore | AppendStore
ALL = [OverwriteStore, FirstWinsStore, AppendStore]


def points(
    value: int, after_ms: int = 0, *, delta: bool = False, **attributes: str
) -> tuple[Point, ...]:
    time_ns = NOON_NS + after_ms * MILLISECOND
    return points_of(a_request(value, time_ns=time_ns, delta=delta, **attributes))


def shown(store: Store) -> list[int | float]:
    return list(store.day(DAY).values())


@pytest.mark.parametrize("store", ALL)
def test_the_last_revision_of_a_gauge_wins_in_whatever_order(store: type[Store]) -> None:
    assert shown(store([*points(30, 1), *points(25, 2)])) == [25]
    assert shown(store([*points(25, 2), *points(30, 1), *points(25, 2)])) == [25]


@pytest.mark.parametrize(
    ("store", "gauge", "delta"),
    [(OverwriteStore, [25], [25]), (FirstWinsStore, [30], [30]), (AppendStore, [25], [55])],
)
def test_stores_differ_in_two_writes_at_one_time(
    store: type[Store], gauge: list[int], delta: list[int]
) -> None:
    assert shown(store([*points(30), *points(25)])) == gauge
    assert shown(store([*points(30, delta=True), *points(25, delta=True)])) == delta


@pytest.mark.parametrize("store", ALL)
def test_days_series_and_zeros(store: type[Store]) -> None:
    filled = store(points(1, user="a"))
    filled.add([*points(2, user="b"), *points(7, 12 * 3600 * 1000 + 1, user="b")])
    filled.add([*points(9, user="c"), *points(0, 5, user="c")])
    assert filled.totals(DAY, "user") == {(METRIC, "a"): 1, (METRIC, "b"): 2}
    assert filled.totals(DAY) == {(METRIC,): 3}
    assert filled.totals(DAY + dt.timedelta(days=1), "user") == {(METRIC, "b"): 7}
    assert sorted(filled.day(DAY, zeros=True).values()) == [0, 1, 2]
    assert len(filled.series()) == 3


@pytest.mark.parametrize("store", ALL)
def test_midnight_is_in_no_day(store: type[Store]) -> None:
    filled = store([*points(1, -12 * 3600 * 1000), *points(2, 12 * 3600 * 1000)])
    assert filled.day(DAY) == {}
    assert filled.day(DAY + dt.timedelta(days=1)) == {}


@pytest.mark.parametrize("store", ALL)
def test_a_day_that_an_attribute_names(store: type[Store]) -> None:
    late = 3 * 86400 * 1000
    filled = store(points(4, late, day="2026-11-19"))
    filled.add(points(5, late + 1, day="2026-11-19"))
    filled.add(points(6, late, day="2026-11-18"))
    assert shown(filled) == [5]
