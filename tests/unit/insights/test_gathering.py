"""From files and destinations to a summary; without data, which days there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from ccsync.errors import Exit
from ccsync.insights.gathering import NoUsageError, Span, from_days, from_lines
from ccsync.sink import Shown
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY

from .conftest import Stream

ONE = dt.timedelta(days=1)
TODAY = DAY + 10 * ONE


def shown(first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
    """Give ten days up to `DAY`, of which the second has no usage and the fourth is not there."""
    for number in (9, 8, 7, 5, 4, 3, 2, 1, 0):
        day = DAY - number * ONE
        if not (first or day) <= day <= (last or day):
            continue
        records = () if number == 8 else (a_record(date=day),)
        snapshot = a_snapshot(records, day=day)
        yield Shown(
            source_id=snapshot.source_id,
            day=day,
            snapshot_id=snapshot.snapshot_id,
            record_count=len(records),
            settled=number > 2,
            fetched_at=snapshot.fetched_at,
            records=records,
        )


def nothing(_first: dt.date | None, _last: dt.date | None) -> Iterator[Shown]:
    return iter(())


def test_a_destination() -> None:
    summary = from_days(shown, Span(today=DAY + ONE), "warehouse")
    assert summary.total is not None
    assert (summary.total.days, summary.total.sessions) == (10, 24)
    assert summary.coverage.missing == (DAY - 6 * ONE,)
    assert summary.coverage.open == (DAY - 2 * ONE, DAY - ONE, DAY)
    assert summary.coverage.empty_days_seen


def test_a_part_of_it() -> None:
    span = Span(first=DAY - 7 * ONE, last=DAY - 4 * ONE, today=TODAY)
    summary = from_days(shown, span, "warehouse")
    assert summary.total is not None
    assert (summary.total.first_day, summary.total.days) == (DAY - 7 * ONE, 4)
    assert summary.coverage.missing == (DAY - 6 * ONE,), "later days were not asked for"


def test_days_that_should_be_there_by_now_are_missing() -> None:
    summary = from_days(shown, Span(first=DAY, today=DAY + 3 * ONE), "warehouse")
    assert summary.coverage.missing == (DAY + ONE, DAY + 2 * ONE), "today need not be there"


def test_no_data_in_the_range_says_which_days_there_are() -> None:
    with pytest.raises(NoUsageError) as caught:
        from_days(shown, Span(first=DAY + ONE, last=DAY + 2 * ONE, today=TODAY), "warehouse")
    assert str(caught.value) == (
        f"warehouse: no day from {DAY + ONE} to {DAY + 2 * ONE} is there; it has days from "
        f"{DAY - 9 * ONE} to {DAY}. Ask for some of these with --from and --to"
    )
    assert caught.value.exit == Exit.USAGE


def test_an_empty_destination_says_what_to_do() -> None:
    for first in (None, DAY):
        with pytest.raises(NoUsageError, match=r"warehouse: there is no usage in it yet; run"):
            from_days(nothing, Span(first=first, today=TODAY), "warehouse")


def test_lines(stream: Stream) -> None:
    stream.deliver(a_record(sessions=8), minutes=0)
    stream.deliver(a_record(), minutes=1)
    for day in (DAY - 5 * ONE, DAY + ONE):
        stream.deliver(a_record(date=day), day=day)
    summary = from_lines([stream.path], Span(today=DAY + 2 * ONE))
    assert summary.total is not None
    assert (summary.total.days, summary.total.sessions) == (7, 9), "the newest of each day"
    assert len(summary.coverage.missing) == 4
    assert not summary.coverage.empty_days_seen, "no line may mean no usage"
    assert summary.coverage.open == (DAY + ONE,), "it was fetched two days later"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (DAY + ONE, None, f"from {DAY + ONE} on"),
        (None, DAY - ONE, f"up to {DAY - ONE}"),
    ],
)
def test_lines_of_other_days(
    stream: Stream, first: dt.date | None, last: dt.date | None, said: str
) -> None:
    stream.deliver(a_record())
    with pytest.raises(NoUsageError) as caught:
        from_lines([stream.path], Span(first=first, last=last, today=TODAY))
    assert f"usage.jsonl: no day {said} is there; it has days from {DAY} to {DAY}" in str(
        caught.value
    )


def test_lines_and_a_destination_say_the_same(stream: Stream) -> None:
    for one in shown(None, None):
        if one.records:
            stream.deliver(*one.records, day=one.day)
    span = Span(last=DAY - ONE, today=TODAY)
    lines, days = from_lines([stream.path], span), from_days(shown, span, "warehouse")
    assert msgspec.structs.replace(lines, coverage=days.coverage) == days
