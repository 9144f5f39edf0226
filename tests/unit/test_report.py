from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from ccsync.errors import (
    CcsyncError,
    DaysLeased,
    Exit,
    SettingsError,
    StateRefused,
    StateUnavailable,
    Stopped,
)
from ccsync.report import Kind, Report, Result
from ccsync.testing.builders import ORGANIZATION, a_fetched_day, a_record

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 19)


def a_result(exit_: Exit = Exit.OK, **fields: Any) -> Result:
    result = Result(sink="one", day=DAY, kind=Kind.DELIVERED, exit=exit_)
    return msgspec.structs.replace(result, **fields)


def report(*results: Result, error: CcsyncError | None = None) -> Report:
    made = Report("run-1", "1.2.3", NOW)
    for result in results:
        made.add(result)
    made.error = error
    return made


def test_nothing_new_is_a_success() -> None:
    assert report().exit == Exit.OK
    assert report(a_result()).exit == Exit.OK


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        ([5, 4, 3, 1], 1),
        ([5, 4, 3], 3),
        ([5, 4], 4),
        ([0, 5, 0], 5),
        ([0, 75], 75),
        ([75, 5], 5),
        ([2, 0], 2),
        ([3, 2], 2),
        ([6, 0], 6),
    ],
)
def test_of_several_causes_the_gravest_counts(exits: list[int], expected: int) -> None:
    assert report(*(a_result(Exit(code)) for code in exits)).exit == expected
    assert report(*(a_result(Exit(code)) for code in reversed(exits))).exit == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StateUnavailable("away"), 5),
        (StateRefused("garbage"), 3),
        (DaysLeased("others"), 75),
        (SettingsError("in the future"), 2),
        (CcsyncError("a bug"), 1),
        (Stopped(15), 143),
        (Stopped(2), 130),
    ],
)
def test_what_ended_the_run_counts_too(error: CcsyncError, expected: int) -> None:
    assert report(error=error).exit == expected


def test_a_wish_to_stop_comes_before_all_other_causes() -> None:
    assert report(a_result(Exit.BUG), error=Stopped(15)).exit == Exit.SIGTERM


def test_a_fault_of_usage_comes_before_what_became_of_days() -> None:
    assert report(a_result(Exit.BUG), error=SettingsError("x")).exit == Exit.USAGE


def test_an_error_of_the_state_does_not_hide_a_graver_result() -> None:
    assert report(a_result(Exit.REFUSED), error=StateUnavailable("x")).exit == Exit.REFUSED


def test_results_are_counted_by_sink_and_kind() -> None:
    made = report(a_result(), a_result(kind=Kind.FAILED), a_result(), a_result(sink="two"))
    assert made.counts == {"one": {Kind.DELIVERED: 2, Kind.FAILED: 1}, "two": {Kind.DELIVERED: 1}}
    assert made.has("one", DAY)
    assert not made.has("two", DAY + dt.timedelta(days=1))
    assert not made.has("three", DAY)


def test_merged_rows_are_counted_where_there_are_any() -> None:
    made = report(a_result(merged=2), a_result(merged=1), a_result(sink="two"))
    assert made.merged_rows == {"one": 3}


def test_problems_are_what_has_a_reason_gravest_first() -> None:
    made = report(
        a_result(reason="a remark"),
        a_result(Exit.UNAVAILABLE, reason="away"),
        a_result(),
        a_result(Exit.BUG, reason="a bug"),
        a_result(Exit.DATA_REFUSED, reason="too old"),
    )
    assert [one.reason for one in made.problems] == ["a bug", "too old", "away", "a remark"]


def test_what_was_fetched_is_added_up() -> None:
    made = report()
    made.saw(a_fetched_day([a_record("a"), a_record("b")]))
    made.saw(a_fetched_day([a_record("a")]))
    assert (made.rows, made.source_id, made.skipped_rows) == (3, ORGANIZATION, [])
