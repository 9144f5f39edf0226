"""Who stopped; `test_views` holds it against the query that people ask."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.insights import summarize
from ccsync.insights.leaving import LEAST_DAYS, SILENCE
from ccsync.insights.summary import Summary
from ccsync.records import Record
from ccsync.testing import a_record

LAST = dt.date(2026, 11, 20)


def used(who: str, ago: int, days: int = LEAST_DAYS) -> list[Record]:
    """Give usage on some days on end; the last one lies so many days back."""
    ends = LAST - dt.timedelta(days=ago)
    return [
        a_record(f"{who}@northwind.example", date=ends - dt.timedelta(days=number))
        for number in range(days)
    ]


def summary(*records: list[Record], ago: int = 60) -> Summary:
    everybody = [one for some in (*records, used("steady", 0, ago + 1)) for one in some]
    return summarize(everybody)


def names(found: Summary) -> list[str]:
    assert found.stopped is not None
    return [one.actor_id.partition("@")[0] for one in found.stopped]


def test_the_latest_come_first() -> None:
    found = summary(used("long", 50), used("lately", SILENCE + 1), used("also", SILENCE + 1))
    assert names(found) == ["also", "lately", "long"]
    assert found.stopped is not None
    assert [one.days_since for one in found.stopped] == [29, 29, 50]
    assert found.stopped[2].first_active == LAST - dt.timedelta(days=54)


def test_a_pause_is_no_stop_and_a_try_no_habit() -> None:
    found = summary(used("pause", SILENCE), used("tried", 50, LEAST_DAYS - 1))
    assert names(found) == []


@pytest.mark.parametrize(("days", "can_tell"), [(33, True), (32, False)])
def test_too_few_days_tell_nothing(days: int, can_tell: bool) -> None:
    found = summary(ago=days)
    assert (found.stopped is not None) is can_tell


def test_without_names_nobody_can_tell() -> None:
    nameless = [a_record("", date=LAST - dt.timedelta(days=number)) for number in range(60)]
    assert summarize(nameless).stopped is None
