"""Careers: who has a seat in the organization when, and when they are away.

A seat is held by one person after the other, for many years around the present. Two seats of three
exist from the beginning, every third one opens later: that is how adoption grows. Days are given
as ordinals (`datetime.date.toordinal`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

_EPOCH = dt.date(2024, 1, 1)
_HORIZON = dt.date(2031, 7, 1)
"""Nobody leaves or goes on leave from here on."""

_OPENS = (dt.date(2025, 1, 1).toordinal(), dt.date(2027, 12, 31).toordinal())
"""When the seats that are not there from the beginning open."""

_SUMMER = (dt.date(2025, 6, 15).timetuple().tm_yday, dt.date(2025, 9, 5).timetuple().tm_yday)
_EVER, _NEVER = dt.date.min.toordinal(), dt.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Career:
    """One person's time in the organization."""

    joined: int
    """First day."""

    left: int
    """The day after the last one."""

    learning_since: int
    """When they began to learn the trade; `joined`, but for those who were always there."""

    away: tuple[tuple[int, int], ...]
    """Holidays and leaves: the first day of each, and the day after its last one."""

    def present(self, ordinal: int) -> bool:
        """Whether they are in the organization and not away on a day."""
        return self.joined <= ordinal < self.left and not any(
            first <= ordinal < after for first, after in self.away
        )

    def experience(self, ordinal: int) -> int:
        """Days since they began, 0 or more."""
        return max(0, ordinal - self.learning_since)


FOREVER = Career(_EVER, _NEVER, _EVER, ())
"""Of somebody or something that is always there."""


def seat(rng: random.Random, index: int) -> Iterator[Career]:
    """Give the careers of those who hold a seat, one after the other."""
    horizon = _HORIZON.toordinal()
    if index % 3 < 2:
        began = _EPOCH.toordinal() + rng.randrange(0, 400)
        joined = _EVER
    else:
        began = joined = rng.randint(*_OPENS)
    while True:
        stays = int(min(2200, max(90, rng.lognormvariate(6.4, 0.6))))
        left = began + stays if began + stays < horizon else _NEVER
        yield Career(joined, left, began, tuple(_away(rng, began, min(left, horizon))))
        if left == _NEVER:
            return
        began = joined = left + rng.randint(3, 30)


def _away(rng: random.Random, joined: int, left: int) -> Iterator[tuple[int, int]]:
    """Draw a summer holiday and a shorter one a year, and a long leave now and then."""
    first_year, last_year = (dt.date.fromordinal(day).year for day in (joined, left))
    for year in range(first_year, last_year + 1):
        before = dt.date(year, 1, 1).toordinal() - 1
        summer = before + int(rng.uniform(*_SUMMER))
        yield summer, summer + int(rng.uniform(9, 18))
        other = before + int(rng.uniform(5, 340))
        yield other, other + int(rng.uniform(4, 10))
        if rng.random() < 0.05:
            leave = before + int(rng.uniform(1, 365))
            yield leave, leave + int(rng.uniform(50, 150))
