from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from ccsync.errors import SettingsError
from ccsync.fingerprint import Fingerprint
from ccsync.plan import DAY, Need, Request, last_day, make_plan, only_the_window
from ccsync.settings.model import SyncSettings
from ccsync.shard import Shard
from ccsync.state.document import Entry, Line, Note

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
OURS = Fingerprint("shape", "here")


def ago(days: int) -> dt.date:
    return TODAY - days * DAY


def moment(days: int) -> dt.datetime:
    return NOW - days * DAY


def a_line(*, fetched: int = 0, settled: bool = True, fingerprint: Fingerprint = OURS) -> Line:
    return Line(
        snapshot_id="a",
        fingerprint=str(fingerprint),
        records=1,
        settled=settled,
        fetched_at=moment(fetched),
        delivered_at=moment(fetched),
    )


def a_note(*, fetched: int = 0, settled: bool = True, outcome: Any = "skipped") -> Note:
    return Note(
        outcome=outcome,
        snapshot_id="b",
        fingerprint=str(OURS),
        settled=settled,
        fetched_at=moment(fetched),
        reason="why",
    )


def complete(first: int, last: int = 0, **line: Any) -> dict[dt.date, Entry]:
    return {ago(age): Entry(line=a_line(**line)) for age in range(last, first + 1)}


def ages(
    entries: dict[dt.date, Entry] | None = None,
    *,
    now: dt.datetime = NOW,
    start: int = 10,
    tracked: bool = True,
    fingerprint: Fingerprint = OURS,
    request: Request | None = None,
    **rules: Any,
) -> list[int]:
    """Plan for one sink, and give the days by their age, oldest first."""
    plan = make_plan(
        now=now,
        rules=SyncSettings(**rules),
        start=now.date() - start * DAY,
        request=request or Request(),
        sinks={"one": Need(fingerprint, tracked, entries or {})},
    )
    assert all(day.sinks == ("one",) for day in plan)
    return [(now.date() - day.day).days for day in plan]


def test_the_first_run_takes_every_day_since_start_oldest_first() -> None:
    assert ages() == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_later_runs_look_at_the_lookback_days_and_today() -> None:
    assert ages(complete(10)) == [3, 2, 1, 0]
    assert ages(complete(10), lookback_days=5) == [5, 4, 3, 2, 1, 0]


def test_gaps_heal() -> None:
    entries = complete(10)
    del entries[ago(8)], entries[ago(5)]
    assert ages(entries) == [8, 5, 3, 2, 1, 0]


def test_a_day_that_was_open_when_it_was_fetched_is_looked_at_again() -> None:
    entries = {**complete(10), ago(7): Entry(line=a_line(fetched=6, settled=False))}
    assert ages(entries) == [7, 3, 2, 1, 0]


def test_another_fingerprint_makes_every_day_since_start_count_as_missing() -> None:
    assert ages(complete(10), fingerprint=Fingerprint("other", "here")) == list(range(10, -1, -1))
    assert ages(complete(10), fingerprint=Fingerprint("shape", "there")) == list(range(10, -1, -1))


def test_days_before_start_are_left_alone() -> None:
    assert ages({}, start=2) == [2, 1, 0]
    assert ages(complete(30), start=5) == [3, 2, 1, 0]


def test_other_settings_replace_what_is_shown_of_days_before_start_too() -> None:
    """An address that was shown before must not stay, however old the day."""
    other = Fingerprint("other", "x")
    kept = {ago(40): Entry(line=a_line()), **complete(5)}
    assert ages(kept, start=5, fingerprint=other) == [40, 5, 4, 3, 2, 1, 0]


def test_a_day_before_start_that_was_begun_is_finished() -> None:
    entries = {
        ago(20): Entry(line=a_line(settled=False)),
        ago(19): Entry(line=a_line(fetched=1), attempted_at=moment(0)),
        ago(18): Entry(remembered=True),
        ago(17): Entry(line=a_line(), remembered=True),
        ago(16): Entry(note=a_note(outcome="refused"), attempted_at=moment(0)),
    }
    assert ages({**complete(5), **entries}, start=5) == [20, 19, 18, 3, 2, 1, 0]


def test_a_day_in_doubt_is_looked_at_again() -> None:
    entries = {**complete(10), ago(7): Entry(line=a_line(fetched=2), attempted_at=moment(1))}
    assert ages(entries) == [7, 3, 2, 1, 0]


def test_a_settled_day_that_was_skipped_or_refused_is_decided() -> None:
    entries = {
        **complete(10),
        ago(9): Entry(note=a_note()),
        ago(8): Entry(note=a_note(outcome="refused"), attempted_at=moment(0)),
        ago(7): Entry(line=a_line(fetched=5), note=a_note(fetched=1)),
    }
    assert ages(entries) == [3, 2, 1, 0]


def test_a_skipped_day_that_was_open_or_was_tried_since_is_not_decided() -> None:
    entries = {
        **complete(10),
        ago(9): Entry(note=a_note(settled=False)),
        ago(8): Entry(note=a_note(fetched=2), attempted_at=moment(1)),
    }
    assert ages(entries) == [9, 8, 3, 2, 1, 0]


def test_an_untracked_sink_gets_the_window_only() -> None:
    assert ages(tracked=False) == [3, 2, 1, 0]
    assert ages(tracked=False, start=2) == [2, 1, 0]


@pytest.mark.parametrize(
    ("time", "include_today", "newest"),
    [("00:00", True, 1), ("00:59:59.9", True, 1), ("01:00", True, 0), ("23:59", False, 1)],
)
def test_today_is_asked_for_from_one_o_clock_on(
    time: str, include_today: bool, newest: int
) -> None:
    now = dt.datetime.combine(TODAY, dt.time.fromisoformat(time), dt.UTC)
    assert last_day(now, SyncSettings(include_today=include_today)) == ago(newest)
    assert ages(complete(10), now=now, include_today=include_today)[-1] == newest


def test_start_today_before_one_o_clock_leaves_nothing_to_do() -> None:
    assert ages(now=NOW.replace(hour=0), start=0) == []
    assert ages(start=0) == [0]


def test_a_start_in_the_future_is_a_fault() -> None:
    with pytest.raises(SettingsError, match="is 2026-11-23, which is in the future"):
        ages(start=-1)


def test_each_sink_gets_what_it_needs_and_each_day_is_there_once() -> None:
    plan = make_plan(
        now=NOW,
        rules=SyncSettings(include_today=False),
        start=ago(5),
        request=Request(),
        sinks={
            "full": Need(OURS, True, complete(10)),
            "new": Need(OURS, True, {}),
            "loose": Need(OURS, False, {}),
        },
    )
    assert [(day.day, day.sinks) for day in plan] == [
        (ago(5), ("new",)),
        (ago(4), ("new",)),
        (ago(3), ("full", "new", "loose")),
        (ago(2), ("full", "new", "loose")),
        (ago(1), ("full", "new", "loose")),
    ]


def test_named_days_replace_the_window() -> None:
    assert ages(complete(30), request=Request(first=ago(20), last=ago(18))) == [20, 19, 18]
    assert ages(request=Request(first=ago(7), last=ago(7))) == [7]
    assert ages(tracked=False, request=Request(first=ago(9), last=ago(8))) == [9, 8]


def test_shards_divide_whatever_days_are_wanted() -> None:
    """Named days, or the window with its gaps."""
    year = Request(first=ago(365), last=ago(1))
    gaps = {age: entry for age, entry in complete(30).items() if age not in (ago(20), ago(11))}
    for entries, asked in (({}, year), (gaps, Request())):
        whole = ages(entries, start=30, request=asked)
        parts = [
            ages(entries, start=30, request=msgspec.structs.replace(asked, shard=Shard(index, 8)))
            for index in range(8)
        ]
        assert sorted((age for part in parts for age in part), reverse=True) == whole
    assert [len(part) for part in parts] != [0] * 8


def test_more_shards_than_days_leave_some_with_nothing() -> None:
    parts = [
        ages(request=Request(first=ago(3), last=ago(1), shard=Shard(index, 7)))
        for index in range(7)
    ]
    assert sorted(len(part) for part in parts) == [0, 0, 0, 0, 1, 1, 1]


def test_from_alone_ends_at_the_newest_day() -> None:
    assert ages(request=Request(first=ago(2))) == [2, 1, 0]
    assert ages(request=Request(first=ago(2)), include_today=False) == [2, 1]
    assert ages(request=Request(first=ago(2)), now=NOW.replace(hour=0)) == [2, 1]


def test_named_days_need_no_sensible_start() -> None:
    assert ages(start=-5, request=Request(first=ago(1), last=ago(1))) == [1]


@pytest.mark.parametrize(
    ("request_", "rules", "message"),
    [
        (Request(last=ago(1)), {}, "--to needs --from"),
        (Request(first=ago(2), last=ago(-1)), {}, "2026-11-23 is in the future: by the clock"),
        (Request(first=ago(-2)), {}, "2026-11-24 is in the future"),
        (Request(first=ago(1), last=ago(3)), {}, "--from 2026-11-21 lies after --to 2026-11-19"),
        (Request(first=ago(0)), {"include_today": False}, "sync.include_today is false"),
        (
            Request(first=ago(1), last=ago(0)),
            {"include_today": False},
            "ask for days up to 2026-11-21",
        ),
    ],
)
def test_days_that_cannot_be_had_are_faults(
    request_: Request, rules: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        ages(request=request_, **rules)


def test_today_before_one_o_clock_is_a_fault_that_says_when() -> None:
    with pytest.raises(SettingsError, match="begins to be served at 01:00 UTC"):
        ages(now=NOW.replace(hour=0), request=Request(first=ago(0)))


def remarks(
    sinks: dict[str, Need], *, request: Request | None = None, keeps: bool = True, **rules: Any
) -> list[str]:
    return only_the_window(
        now=NOW,
        rules=SyncSettings(**rules),
        start=ago(30),
        request=request or Request(),
        sinks=sinks,
        state_keeps=keeps,
    )


def test_who_keeps_no_ledger_is_told_why_only_these_days() -> None:
    loose = Need(OURS, False, {})
    start = ago(30)
    assert remarks({"console": loose}) == [
        "console keeps no ledger: the last 3 days and today; `track: true` gets every day since "
        f"{start}"
    ]
    assert remarks({"a": loose, "b": loose}, include_today=False, lookback_days=5) == [
        f"a, b keep no ledger: the last 5 days; `track: true` gets every day since {start}"
    ]
    assert remarks({"a": loose}, keeps=False) == [
        "`state: none` keeps no ledger: the last 3 days and today; a state that lasts gets every "
        f"day since {start}"
    ]


def test_who_gets_what_was_asked_for_is_told_nothing() -> None:
    loose, kept = Need(OURS, False, {}), Need(OURS, True, {})
    assert remarks({"a": loose, "b": kept}) == []
    assert remarks({"a": loose}, request=Request(first=ago(9))) == []
    assert remarks({"a": loose}, lookback_days=30) == []
