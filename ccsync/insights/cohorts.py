"""People who began in the same week, and how many of them came back, week after week.

The same numbers as the view `cohorts` (`ccsync.warehouse.views.people`), as far back as the days
that are looked at: who was there before them is in the first cohort.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Set
from decimal import Decimal

import msgspec

from ccsync.insights.share import share

_WEEK = 7


class CohortWeek(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a cohort were active in one week."""

    week: dt.date
    """Its Monday."""

    weeks_since: int
    """Weeks since the cohort's; 0 is the week in which they began."""

    active_people: int
    active_share: Decimal
    """0 to 1. Low while the week still runs."""


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """The people who began in one week."""

    week: dt.date
    """Its Monday."""

    people: int
    weeks: tuple[CohortWeek, ...]
    """From their own week on; weeks in which nobody at all was active are left out."""


def cohorts(active_weeks: Iterable[Set[dt.date]]) -> tuple[Cohort, ...]:
    """Group people by their first week, oldest first.

    Args:
        active_weeks: Of each person the Mondays of the weeks with any usage; never empty.
    """
    sizes: Counter[dt.date] = Counter()
    returned: Counter[tuple[dt.date, dt.date]] = Counter()
    for weeks in active_weeks:
        began = min(weeks)
        sizes[began] += 1
        returned.update((began, week) for week in weeks)
    all_weeks = sorted({week for _, week in returned})
    return tuple(
        Cohort(
            week=began,
            people=people,
            weeks=tuple(
                CohortWeek(
                    week=week,
                    weeks_since=(week - began).days // _WEEK,
                    active_people=returned[began, week],
                    active_share=share(returned[began, week], people) or Decimal(0),
                )
                for week in all_weeks
                if week >= began
            ),
        )
        for began, people in sorted(sizes.items())
    )
