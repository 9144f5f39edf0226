"""The grid of `ccsync status`: a row per sink, a column per day, the newest at the right."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import click

from ccsync.plan import DAY
from ccsync.status import DayState, SinkStatus

_LONGEST_NAME = 24
_ROOMY = 3
"""Columns of a day when all days fit so: each gets its number."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Marks(NamedTuple):
    """How each state of a day is drawn."""

    by_state: Mapping[DayState, tuple[str, str]]
    """Character and colour; the characters differ, so that colours are not needed."""

    ellipsis: str


MARKS = Marks(
    {
        "settled": ("\N{BLACK SQUARE}", "green"),
        "open": ("\N{WHITE SQUARE}", "cyan"),
        "skipped": ("s", "yellow"),
        "refused": ("r", "red"),
        "missing": ("\N{MIDDLE DOT}", "red"),
        "in doubt": ("?", "yellow"),
    },
    "\N{HORIZONTAL ELLIPSIS}",
)
ASCII = Marks(
    {**MARKS.by_state, "settled": ("#", "green"), "open": ("o", "cyan"), "missing": (".", "red")},
    "~",
)


def name_width(found: Sequence[SinkStatus]) -> int:
    """Give the columns of the sinks' names, in the grid and below it."""
    return min(_LONGEST_NAME, max((len(one.sink) for one in found), default=0))


def fitted(name: str, width: int, marks: Marks = MARKS) -> str:
    """Give a name exactly so many columns."""
    shown = name if len(name) <= width else name[: width - 1] + marks.ellipsis
    return shown.ljust(width)


def days_shown(found: Sequence[SinkStatus], columns: int) -> list[dt.date]:
    """Choose the days that fit: the newest, without a gap."""
    last = max((max(one.days) for one in found if one.days), default=None)
    if last is None:
        return []
    first = min(min(one.days) for one in found if one.days)
    room = max(1, columns - name_width(found) - 2)
    count = min((last - first).days + 1, room)
    return [last - number * DAY for number in reversed(range(count))]


def grid(found: Sequence[SinkStatus], columns: int, marks: Marks = MARKS) -> list[str]:
    """Draw headings, a row per sink, and the legend of what is drawn; nothing without days.

    Args:
        found: the sinks; those without a ledger get a row of words.
        columns: the width to keep to.
        marks: what to draw with.
    """
    days = days_shown(found, columns)
    if not days:
        return []
    names = name_width(found)
    room = columns - names - 2
    cell = _ROOMY if len(days) * _ROOMY <= room else 1
    blank = " " * (names + 2)
    lines = [f"{blank}{heading}".rstrip() for heading in _headings(days, cell)]
    for one in found:
        row = fitted(one.sink, names, marks) + "  "
        lines.append(row + (_row(one, days, cell, marks) if one.tracked else _no_row(days, cell)))
    return [*lines, *_legend(found, days, marks, columns)]


def _row(one: SinkStatus, days: Sequence[dt.date], cell: int, marks: Marks) -> str:
    parts: list[str] = []
    for day in days:
        state = one.days.get(day)
        mark, colour = marks.by_state[state] if state is not None else (" ", None)
        parts.append(" " * (cell - 1) + click.style(mark, fg=colour))
    return "".join(parts)


def _no_row(days: Sequence[dt.date], cell: int) -> str:
    words = "keeps no ledger"
    return click.style(words if len(words) <= len(days) * cell else "-", dim=True)


def _headings(days: Sequence[dt.date], cell: int) -> tuple[str, str]:
    """Write the months, and below them each day's number, or that of each Monday."""
    months = numbers = ""
    has_year = False
    for (year, month), group in itertools.groupby(days, key=lambda day: (day.year, day.month)):
        inside = list(group)
        room = len(inside) * cell - (inside[-1] != days[-1])
        name = f"{_MONTHS[month - 1]} {year}" if not has_year or month == 1 else _MONTHS[month - 1]
        label = next((one for one in (name, name[:3]) if cell // 2 + len(one) <= room), "")
        has_year |= len(label) > 3
        months += (" " * (cell // 2) + label).ljust(len(inside) * cell)
    for index, day in enumerate(days):
        if cell > 1:
            numbers += f"{day.day:>{cell}}"
        elif day.weekday() == 0 and index + len(str(day.day)) <= len(days):
            numbers = numbers.ljust(index) + str(day.day)
    return months, numbers


def _legend(
    found: Sequence[SinkStatus], days: Sequence[dt.date], marks: Marks, columns: int
) -> list[str]:
    drawn = {one.days[day] for one in found for day in days if day in one.days}
    lines: list[str] = []
    used = 0
    for state, (mark, colour) in marks.by_state.items():
        if state not in drawn:
            continue
        length = len(mark) + 1 + len(state)
        part = f"{click.style(mark, fg=colour)} {state}"
        if lines and used + 3 + length <= columns:
            lines[-1] += "   " + part
            used += 3 + length
        else:
            lines.append(part)
            used = length
    return lines
