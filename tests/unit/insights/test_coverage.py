"""Missing, open, fresh; `test_views` holds it against the views."""

from __future__ import annotations

import datetime as dt

from ccsync.insights import summarize
from ccsync.insights.coverage import Coverage, DeliveredDay, covered
from ccsync.testing import a_record

FRIDAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def ago(days: int) -> dt.date:
    return FRIDAY - dt.timedelta(days=days)


def day(days_ago: int, source: str = "a", *, settled: bool = True, minute: int = 0) -> DeliveredDay:
    fetched_at = NOON + dt.timedelta(minutes=minute)
    return DeliveredDay(source_id=source, day=ago(days_ago), settled=settled, fetched_at=fetched_at)


def test_gaps_within_and_at_the_end() -> None:
    coverage = covered([day(9), day(6), day(5, settled=False)], until=ago(4))
    assert coverage.missing == (ago(8), ago(7), ago(4))
    assert coverage.open == (ago(5),)


def test_what_was_asked_for_and_is_not_there_is_missing() -> None:
    assert covered([day(3)], since=ago(5)).missing == (ago(5), ago(4))


def test_a_newer_day_than_expected_is_fine() -> None:
    assert covered([day(1), day(0, settled=False)], until=ago(1)).missing == ()


def test_each_source_has_its_own_days() -> None:
    coverage = covered([day(5), day(3), day(4, "b"), day(3, "b", minute=7)])
    assert [(one.source_id, one.missing) for one in coverage.sources] == [
        ("a", (ago(4),)), ("b", ())
    ]  # fmt: skip
    assert coverage.missing == (ago(4),)
    assert coverage.fetched_at == NOON + dt.timedelta(minutes=7)


def test_nothing_known() -> None:
    assert covered([]) == Coverage()
    assert Coverage().fetched_at is None


def test_days_without_usage_belong_to_the_time_looked_at() -> None:
    coverage = covered([day(4), day(3), day(2)])
    summary = summarize([a_record(date=ago(3))], coverage=coverage)
    assert [one.first_day for one in summary.days] == [ago(4), ago(3), ago(2)]
    assert [one.sessions for one in summary.days] == [0, 3, 0]
    assert summary.coverage is coverage
    assert summarize([], coverage=coverage).total is None
