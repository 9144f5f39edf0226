from __future__ import annotations

import datetime as dt

import pytest

from ccsync.plan import DAY
from ccsync.state.document import Entry, Line, Note
from ccsync.status import DayState, SinkStatus, day_state, sink_status

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def a_line(*, hours: float = 1, settled: bool = True, records: int = 10) -> Line:
    moment = NOW - dt.timedelta(hours=hours)
    return Line(
        snapshot_id="a",
        fingerprint="f",
        records=records,
        settled=settled,
        fetched_at=moment,
        delivered_at=moment,
    )


def a_note(*, hours: float = 1, refused: bool = False) -> Note:
    return Note(
        outcome="refused" if refused else "skipped",
        snapshot_id="b",
        fingerprint="f",
        settled=True,
        fetched_at=NOW - dt.timedelta(hours=hours),
        reason="a good reason",
    )


def status(entries: dict[dt.date, Entry], *, tracked: bool = True, start: int = 3) -> SinkStatus:
    return sink_status(
        "one", entries, tracked=tracked, start=TODAY - start * DAY, last=TODAY, now=NOW
    )


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (None, "missing"),
        (Entry(), "missing"),
        (Entry(remembered=True), "missing"),
        (Entry(attempted_at=NOW), "missing"),
        (Entry(line=a_line()), "settled"),
        (Entry(line=a_line(settled=False)), "open"),
        (Entry(line=a_line(), note=a_note()), "skipped"),
        (Entry(note=a_note(refused=True)), "refused"),
        (Entry(line=a_line(hours=2), attempted_at=NOW), "in doubt"),
        (Entry(line=a_line(hours=0), attempted_at=NOW), "settled"),
    ],
)
def test_a_day_is_in_one_state(entry: Entry | None, state: DayState) -> None:
    assert day_state(entry) == state


def test_a_sink_that_has_nothing_yet() -> None:
    found = status({})
    assert found.listed("missing") == [TODAY - age * DAY for age in (3, 2, 1, 0)]
    assert (found.newest_day, found.fetched_at, found.age_seconds) == (None, None, None)
    assert (found.records, found.reasons) == (0, {})


def test_every_day_is_listed_once_in_order_and_older_ones_too() -> None:
    old = TODAY - 9 * DAY
    found = status({TODAY: Entry(line=a_line(settled=False)), old: Entry(line=a_line())})
    assert list(found.days) == [old, *(TODAY - age * DAY for age in (3, 2, 1, 0))]
    assert found.listed("settled") == [old]
    assert found.listed("open") == [TODAY]


def test_age_counts_from_the_last_look_at_any_acknowledged_day() -> None:
    found = status(
        {
            TODAY - DAY: Entry(line=a_line(hours=1, records=3)),
            TODAY: Entry(line=a_line(hours=5, records=4)),
        }
    )
    assert found.newest_day == TODAY
    assert found.age_seconds == 3600
    assert found.fetched_at == NOW - dt.timedelta(hours=1)
    assert found.records == 7


def test_what_was_not_acknowledged_makes_nothing_younger() -> None:
    entry = Entry(line=a_line(hours=30), note=a_note(hours=0), attempted_at=NOW)
    assert status({TODAY: entry}).age_seconds == 30 * 3600


def test_reasons_are_given_for_days_that_were_not_taken() -> None:
    found = status({TODAY: Entry(note=a_note()), TODAY - DAY: Entry(line=a_line())})
    assert found.reasons == {TODAY: "a good reason"}


def test_an_untracked_sink_misses_nothing() -> None:
    assert status({}, tracked=False).days == {}


def test_equal_reasons_are_told_once_the_newest_first() -> None:
    days = [TODAY - age * DAY for age in (3, 2, 0)]
    entries = {day: Entry(note=a_note()) for day in days[:2]}
    entries[days[2]] = Entry(note=a_note(refused=True))
    assert list(status(entries).days_by_reason().items()) == [
        (("refused", "a good reason"), [days[2]]),
        (("skipped", "a good reason"), days[:2]),
    ]


def test_days_that_a_grid_leaves_out() -> None:
    found = status({TODAY - 3 * DAY: Entry(line=a_line())})
    assert list(found.older_than(TODAY - DAY).values()) == ["settled", "missing"]
