"""The grid: days line up under their headings, and the width is kept to."""

from __future__ import annotations

import datetime as dt

import click
import pytest

from ccsync.cli.grid import ASCII, MARKS, days_shown, grid, name_width
from ccsync.plan import DAY
from ccsync.status import DayState, SinkStatus

LAST = dt.date(2026, 11, 22)


def a_sink(name: str, count: int, *, tracked: bool = True, **special: DayState) -> SinkStatus:
    """So many days up to `LAST`, all settled but those named as `d20261122`."""
    days: dict[dt.date, DayState] = {
        LAST - number * DAY: "settled" for number in reversed(range(count))
    }
    days |= {dt.date.fromisoformat(day[1:]): state for day, state in special.items()}
    return SinkStatus(
        sink=name,
        tracked=tracked,
        newest_day=None,
        fetched_at=None,
        age_seconds=None,
        records=0,
        days=days,
        reasons={},
    )


def drawn(*sinks: SinkStatus, columns: int = 80) -> list[str]:
    return [click.unstyle(line) for line in grid(sinks, columns)]


def test_few_days_have_a_number_each() -> None:
    assert drawn(a_sink("out", 3, d20261122="open")) == [
        "      Nov 2026",
        "      20 21 22",
        "out    ■  ■  □",
        "■ settled   □ open",
    ]


def test_many_days_have_a_number_each_monday() -> None:
    row = "■" * 23 + "·" + "■" * 6
    assert drawn(a_sink("warehouse", 30, d20261116="missing"), a_sink("new", 5)) == [
        "           Oct     Nov 2026",
        "             26     2      9      16",
        f"warehouse  {row}",
        "new        " + " " * 25 + "■" * 5,
        "■ settled   · missing",
    ]


def test_a_day_stands_below_its_number() -> None:
    heading, row = drawn(a_sink("warehouse", 400, d20261116="missing"))[1:3]
    assert heading.index("16") == row.index("·")


@pytest.mark.parametrize("columns", [40, 80, 132, 500])
def test_the_width_is_kept_and_the_newest_days_are_shown(columns: int) -> None:
    sinks = [a_sink(f"sink{number}", 400, d20261122="open") for number in range(6)]
    sinks[0] = a_sink("a-very-long-name-of-somebody", 400, d20261122="refused")
    lines = drawn(*sinks, columns=columns)
    assert max(map(len, lines)) <= columns
    assert lines[2].endswith("r")
    assert all(line.endswith("□") for line in lines[3:8])


def test_every_month_that_has_room_is_named_once() -> None:
    months = drawn(a_sink("x", 400), columns=410)[0].split()
    assert months == [
        "Oct", "2025", "Nov", "Dec", "Jan", "2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
        "Sep", "Oct", "Nov",
    ]  # fmt: skip


def test_gaps_before_a_sink_began_stay_blank() -> None:
    lines = drawn(a_sink("a", 6), a_sink("b", 2))
    assert lines[3] == "b" + " " * 2 + " " * 12 + "  ■  ■"


def test_a_sink_without_ledger_has_words_in_place_of_days() -> None:
    assert drawn(a_sink("a", 20), a_sink("b", 0, tracked=False))[3] == "b  keeps no ledger"
    assert drawn(a_sink("a", 2), a_sink("b", 0, tracked=False))[3] == "b  -"


def test_no_days_no_grid() -> None:
    assert drawn(a_sink("b", 0, tracked=False)) == []
    assert drawn() == []
    assert days_shown([], 80) == []
    assert name_width([]) == 0


def test_every_state_has_a_mark_of_its_own_without_colours() -> None:
    for marks in (MARKS, ASCII):
        characters = [mark for mark, _ in marks.by_state.values()]
        assert len(set(characters)) == len(characters) == 6
    assert "".join(mark for mark, _ in ASCII.by_state.values()).isascii()
