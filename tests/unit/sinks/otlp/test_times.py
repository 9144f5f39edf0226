from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ccsync.errors import RecordsRefused
from ccsync_otlp.times import (
    DAY,
    HOUR,
    MILLISECOND,
    SECOND,
    PointTime,
    nanoseconds,
    point_time,
    start_of,
)

THE_DAY = dt.date(2026, 11, 19)
START = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)
TICKS = st.sampled_from([MILLISECOND, SECOND])
AGES = st.timedeltas(dt.timedelta(0), dt.timedelta(days=3_000))
NEAR = dt.timedelta(hours=11_000)
"""The age up to which a second of age is a millisecond."""


def at(
    age: dt.timedelta,
    tick: int = MILLISECOND,
    last: int | None = None,
    mode: PointTime = "revision",
    now: dt.datetime | None = None,
) -> int:
    fetched_at = START + age
    found = point_time(
        mode, THE_DAY, fetched_at=fetched_at, now=now or fetched_at, tick_ns=tick, last_ns=last
    )
    assert found is not None
    return found


def moment(time_ns: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_ns // SECOND, dt.UTC).replace(
        microsecond=time_ns % SECOND // 1_000
    )


@pytest.mark.parametrize(
    ("age", "clock"),
    [
        (dt.timedelta(0), "00:00:01"),
        (dt.timedelta(hours=1), "00:00:04.600000"),
        (dt.timedelta(hours=12) - dt.timedelta(microseconds=1), "00:00:44.199000"),
        (dt.timedelta(hours=12), "12:00:43.200000"),
        (dt.timedelta(days=1), "12:01:26.400000"),
        (dt.timedelta(days=30), "12:43:12"),
        (NEAR, "23:00:00"),
        (NEAR + dt.timedelta(days=1), "23:00:00.001000"),
        (NEAR + dt.timedelta(days=1_000), "23:00:01"),
    ],
)
def test_examples(age: dt.timedelta, clock: str) -> None:
    assert moment(at(age)).isoformat() == f"2026-11-19T{clock}+00:00"


@given(AGES, TICKS)
def test_the_time_is_inside_the_day_on_a_tick_and_not_in_the_future(
    age: dt.timedelta, tick: int
) -> None:
    time_ns = at(age, tick)
    start = nanoseconds(START)
    assert start < time_ns < start + DAY
    assert time_ns % tick == 0
    # The first second and the minute after noon are the price of having no state.
    assert time_ns <= nanoseconds(START + age) + 44 * SECOND


@given(AGES, AGES, TICKS)
def test_a_later_fetch_has_a_later_time(one: dt.timedelta, other: dt.timedelta, tick: int) -> None:
    earlier, later = sorted((one, other))
    assert at(earlier, tick) <= at(later, tick)
    told_apart = dt.timedelta(microseconds=tick)  # a thousandth of which is a tick
    if later - earlier >= told_apart and later <= NEAR:
        assert at(earlier, tick) < at(later, tick)
    if tick == MILLISECOND and later - earlier >= dt.timedelta(days=1):
        assert at(earlier, tick) < at(later, tick)


@given(AGES, TICKS, st.integers(1, 23 * 3_600 * 1_000))
def test_the_time_is_a_tick_after_the_last(age: dt.timedelta, tick: int, late: int) -> None:
    last = start_of(THE_DAY) + late * MILLISECOND
    time_ns = at(age, tick, last)
    assert time_ns >= max(at(age, tick), last + tick)
    assert time_ns % tick == 0
    assert time_ns < start_of(THE_DAY) + DAY
    assert time_ns == at(age, tick) or time_ns < last + 2 * tick


@given(AGES, st.integers(2, 50), TICKS)
def test_revisions_within_one_moment_follow_each_other(
    age: dt.timedelta, times: int, tick: int
) -> None:
    last = at(age, tick)
    for _ in range(times):
        following = at(age, tick, last)
        assert following == last + tick
        last = following


def test_a_clock_before_the_day_does_not_leave_it() -> None:
    assert at(dt.timedelta(days=-2)) == at(dt.timedelta(0))


def test_a_full_day_says_so() -> None:
    last = start_of(THE_DAY) + DAY - MILLISECOND
    with pytest.raises(RecordsRefused, match=r"2026-11-19: no time is left .*2026-11-19T23:59:59Z"):
        at(dt.timedelta(days=1), last=last)
    assert at(dt.timedelta(days=1), last=last - MILLISECOND) == last


@given(st.timedeltas(dt.timedelta(-1), dt.timedelta(days=3_000)), AGES)
def test_fixed_is_noon_and_not_before_noon(age: dt.timedelta, fetched: dt.timedelta) -> None:
    found = point_time(
        "fixed", THE_DAY, fetched_at=START + fetched, now=START + age, tick_ns=SECOND, last_ns=1
    )
    noon = nanoseconds(START) + 12 * HOUR
    assert found == (noon if age >= dt.timedelta(hours=12) else None)


@given(AGES, AGES, TICKS)
def test_observed_is_now_and_after_the_last(
    age: dt.timedelta, before: dt.timedelta, tick: int
) -> None:
    now = START + age
    first = at(dt.timedelta(0), tick, mode="observed", now=now)
    assert nanoseconds(now) - tick < first <= nanoseconds(now)
    last = nanoseconds(START + before)
    assume(last % tick)
    again = at(dt.timedelta(0), tick, last, mode="observed", now=now)
    assert again == first or last + tick <= again < last + 2 * tick
    assert again >= max(first, last + tick)
    assert again % tick == 0


@given(st.dates(dt.date(1970, 1, 1), dt.date(2200, 1, 1)))
def test_days_start_at_midnight_utc(day: dt.date) -> None:
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    assert start_of(day) == nanoseconds(midnight)
