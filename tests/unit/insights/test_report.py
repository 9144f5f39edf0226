"""What the report says beside the tables: who began, who stopped, and what the data are worth."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from rich.console import Console

from ccsync.insights import Summary, summarize
from ccsync.insights.coverage import Coverage, DeliveredDay, covered
from ccsync.insights.report import render
from ccsync.records import Record
from ccsync.testing import a_record
from ccsync.testing.builders import DAY

ONE = dt.timedelta(days=1)
SUNDAY = DAY + 3 * ONE
"""`DAY` is a Thursday."""


def screen(summary: Summary, *, width: int = 80, top: int = 5) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render(summary, top=top))
    return stream.getvalue()


def flat(summary: Summary, **more: int) -> str:
    return " ".join(screen(summary, **more).split())


def days(who: str, first: int, last: int, **changes: object) -> list[Record]:
    """Give usage on days counted back from that Sunday."""
    return [
        a_record(f"{who}@northwind.example", date=SUNDAY - number * ONE, **changes)
        for number in range(last, first + 1)
    ]


def history() -> list[Record]:
    """Give ten weeks of four people: one stayed, one came later, two left."""
    return [
        *days("steady", 69, 0),
        *days("later", 20, 0),
        *days("left", 69, 29),
        *days("gone", 69, 60),
    ]


def test_who_came_back() -> None:
    table = screen(summarize(history())).split("Who began when")[1].split("Who stopped")[0]
    headings, *rows = [line.split() for line in table.splitlines() if line][1:]
    assert headings[-5:] == ["people", "+1w", "+2w", "+4w", "+8w"]
    assert rows[1:] == [
        ["14", "Sep,", "or", "before", "3", "100%", "67%", "67%", "33%"],
        ["02", "Nov", "1", "100%", "100%"],
    ]


def test_a_week_that_still_runs_is_not_compared() -> None:
    records = [one for one in history() if one.date <= SUNDAY - 2 * ONE]
    rows = screen(summarize(records)).split("Who began when")[1].splitlines()
    (later,) = (row for row in rows if row.startswith("02 Nov"))
    assert later.split() == ["02", "Nov", "1", "100%"], "two weeks later is this week"


def test_nothing_to_compare_yet() -> None:
    assert "Who began when" not in screen(summarize(days("steady", 6, 0)))


def test_who_stopped() -> None:
    said = flat(summarize(history()))
    assert "Who stopped: 2 people with 5 days or more, none in the last 28" in said
    assert "left@northwind.example 2026-10-24 29 41 2026-09-14" in said
    assert said.index("left@") < said.index("gone@")
    assert "(1 other)" in flat(summarize(history()), top=1)
    assert "Nobody stopped" in flat(summarize(days("steady", 69, 0)))
    assert "stopped" not in flat(summarize(days("steady", 20, 0))), "too few days to tell"


def test_each_kind_of_terminal_has_its_part() -> None:
    records = [
        *days("steady", 0, 0, sessions=60, terminal_type="vscode"),
        *days("steady", 0, 0, sessions=30, terminal_type=None),
        *days("steady", 0, 0, sessions=10, terminal_type="a terminal of a long name"),
    ]
    said = flat(summarize(records))
    assert "terminals vscode 60%, not said 30%, a terminal of... 10% (of sessions)" in said
    assert "customers" not in said, "there is but one kind"


def test_long_times_are_told_by_week() -> None:
    said = flat(summarize(history()))
    assert "sessions per week" in said
    assert "sessions per day" in flat(summarize(days("steady", 20, 0)))
    assert "most on one day 3, on Mon 14 Sep" in said


def delivered(*ago: int, settled: bool = True) -> list[DeliveredDay]:
    fetched_at = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
    return [
        DeliveredDay(source_id="a", day=SUNDAY - one * ONE, settled=settled, fetched_at=fetched_at)
        for one in ago
    ]


def test_the_data() -> None:
    there = [*delivered(20, 19, 15, 14, 12, 10, 8, 6), *delivered(4, settled=False)]
    coverage = covered(there)
    said = flat(summarize(days("steady", 20, 0), coverage=coverage))
    assert "last fetched 2026-11-22 09:30 UTC" in said
    assert "may still change 1 day: 2026-11-18" in said
    missing = said.split("never delivered: ")[1]
    assert "missing 8 days, never" in said
    assert missing.startswith("2026-11-11, 2026-11-13, 2026-11-15, 2026-11-17, and 4 days before")


def test_a_day_without_lines_may_have_had_no_usage() -> None:
    coverage = covered(delivered(3, 0), empty_days_seen=False)
    said = flat(summarize(days("steady", 0, 0), coverage=coverage))
    assert (
        "without lines 2 days: 2026-11-20 to 2026-11-21: nobody used it, or not delivered" in said
    )


def test_all_is_there() -> None:
    said = flat(summarize(days("steady", 1, 0), coverage=covered(delivered(1, 0))))
    assert "missing" not in said
    assert "may still change" not in said


def test_several_organizations_are_told() -> None:
    both = [*days("steady", 0, 0), *days("noor", 0, 0, organization_id="another")]
    said = flat(summarize(both, coverage=covered(delivered(0))))
    assert "organizations 2, looked at as one" in said


def test_the_parts_add_up_to_the_whole() -> None:
    records = [
        *days("steady", 0, 0),
        *days("ci", 0, 0, actor_type="api_actor"),
        *days("robot", 0, 0, actor_type="agent_actor"),
        a_record("", date=SUNDAY),
    ]
    said = flat(summarize(records))
    who = said.split("Who uses it most")[1].split("By week")[0]
    for row in ("steady@", "(1 API key)", "(1 actor of another kind)", "(nobody is named)"):
        assert row in who
    assert who.count("25%") == 4


@pytest.mark.parametrize("width", [50, 64, 80, 100])
def test_it_fits(width: int) -> None:
    coverage = covered([*delivered(20, 15, 12, 10, 8), *delivered(4, settled=False)])
    said = screen(summarize(history(), coverage=coverage), width=width)
    assert max(map(len, said.splitlines())) <= width
    assert "…" not in said


def test_no_usage_in_days_that_are_there() -> None:
    nothing = Summary(coverage=covered(delivered(1, 0)))
    assert "no record in the days that are there" in flat(nothing)
    assert flat(Summary(coverage=Coverage())) == "No usage: there is no record."
