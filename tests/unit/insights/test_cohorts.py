"""Cohorts are those of the view; `test_views` holds them against it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ccsync.insights.cohorts import cohorts

MONDAY = dt.date(2026, 11, 2)


def weeks(*numbers: int) -> set[dt.date]:
    return {MONDAY + dt.timedelta(weeks=number) for number in numbers}


def test_people_are_grouped_by_their_first_week() -> None:
    first, second = cohorts([weeks(0, 1, 3), weeks(0), weeks(1, 3)])
    assert (first.week, first.people) == (MONDAY, 2)
    assert (second.week, second.people) == (MONDAY + dt.timedelta(weeks=1), 1)
    assert [(one.weeks_since, one.active_people) for one in first.weeks] == [(0, 2), (1, 1), (3, 1)]
    assert [one.active_share for one in first.weeks] == [Decimal(1), Decimal("0.5"), Decimal("0.5")]
    assert [one.weeks_since for one in second.weeks] == [0, 2], "week 2 had nobody at all"


def test_a_week_without_any_of_a_cohort_is_a_zero() -> None:
    first, _ = cohorts([weeks(0), weeks(1)])
    assert [(one.weeks_since, one.active_people) for one in first.weeks] == [(0, 1), (1, 0)]


def test_nobody() -> None:
    assert cohorts([]) == ()
