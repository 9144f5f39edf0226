"""How much of a region is at work on a day: weekends, public holidays, the quiet end of the year.

The holidays are the widely kept ones of each region, not every last one.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import Literal, TypeAlias

Region: TypeAlias = Literal["us", "uk", "germany", "india", "japan"]

HOLIDAY = 0.06
"""How many of those who would work do so on a public holiday, 0 to 1."""

_SATURDAY = 5
_MONDAY, _THURSDAY = 0, 3
_END_OF_YEAR = 0.25

_FIXED: dict[Region, tuple[tuple[int, int], ...]] = {
    "us": ((1, 1), (6, 19), (7, 4), (12, 25)),
    "uk": ((1, 1), (12, 25), (12, 26)),
    "germany": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "india": ((1, 26), (8, 15), (10, 2), (12, 25)),
    "japan": ((1, 1), (1, 2), (1, 3), (2, 11), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3), (11, 23)),
}
"""Month and day."""


def is_weekend(day: dt.date) -> bool:
    """Whether a day is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


def presence(region: Region, day: dt.date) -> float:
    """Say how many of those who would usually work on such a day do so, 0 to 1."""
    if day in holidays(region, day.year):
        return HOLIDAY
    if region != "japan" and (day.month, day.day) >= (12, 24):
        return _END_OF_YEAR
    if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 2):
        return 0.7
    return 1.0


@functools.lru_cache(maxsize=256)
def holidays(region: Region, year: int) -> frozenset[dt.date]:
    """Give the public holidays of a region in a year."""
    days = {dt.date(year, month, day) for month, day in _FIXED[region]}
    if region == "us":
        thanksgiving = _nth(year, 11, _THURSDAY, 4)
        days |= {_last(year, 5, _MONDAY), _nth(year, 9, _MONDAY, 1)}
        days |= {thanksgiving, thanksgiving + dt.timedelta(days=1)}
    if region == "uk":
        days |= {_nth(year, 5, _MONDAY, 1), _last(year, 5, _MONDAY), _last(year, 8, _MONDAY)}
    if region in ("uk", "germany"):
        sunday = easter(year)
        away = (-2, 1, 39, 50) if region == "germany" else (-2, 1)
        days |= {sunday + dt.timedelta(days=offset) for offset in away}
    return frozenset(days)


def easter(year: int) -> dt.date:
    """Give Easter Sunday of the Gregorian calendar (the anonymous computus)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap, plain = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - correction + 15) % 30
    quarter, left = divmod(rest, 4)
    weekday = (32 + 2 * plain + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, count: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _last(year: int, month: int, weekday: int) -> dt.date:
    fourth = _nth(year, month, weekday, 4)
    fifth = fourth + dt.timedelta(days=7)
    return fifth if fifth.month == month else fourth
