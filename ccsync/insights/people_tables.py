"""Tables of people: who uses it most, who began when and came back, who stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from decimal import Decimal

from ccsync.insights.cohorts import Cohort
from ccsync.insights.drawing import Bar
from ccsync.insights.fitting import Column, FittedTable
from ccsync.insights.leaving import LEAST_DAYS, SILENCE
from ccsync.insights.summary import Actor, Period, Summary, share
from ccsync.insights.tables import BAR
from ccsync.insights.wording import amount, how_many, number, percent, shortened

_LONGEST_ACTOR = 32
_WEEK = 7
_MOST_COHORTS = 14
_AFTER = (1, 2, 4, 8, 12)
"""Weeks after the first that the table of cohorts looks at."""

_OF_PEOPLE = (
    Column("days", leaves=2),
    Column("sessions", leaves=5),
    Column("+lines", leaves=3),
    Column("estimated"),
    Column("of all cost", leaves=4),
    Column("", leaves=1),
)
_OF_STOPPED = (
    Column("last used"),
    Column("days ago", leaves=2),
    Column("days used", leaves=3),
    Column("first used", leaves=1),
)


def people_table(summary: Summary, total: Period, currency: str, top: int) -> FittedTable | None:
    """Show who has the highest estimated cost in one currency; all others summed."""
    people = summary.top_people(len(summary.people), currency)
    if not people:
        return None
    table = FittedTable(f"Who uses it most, by estimated cost in {currency}", "who", *_OF_PEOPLE)
    whole = total.costs[currency]
    for person in people[:top]:
        name = shortened(person.actor_id, _LONGEST_ACTOR)
        _add_actors(table, name, [person], currency, whole)
    keys, kinds = (
        [one for one in actors if one.costs.get(currency)]
        for actors in (summary.api_keys, summary.other_actors)
    )
    others = people[top:]
    for actors, name in (
        (others, how_many(len(others), "other person", "other people")),
        (keys, how_many(len(keys), "API key")),
        (kinds, how_many(len(kinds), "actor of another kind", "actors of other kinds")),
    ):
        if actors:
            _add_actors(table, f"({name})", actors, currency, whole)
    if cost := summary.unnamed.costs.get(currency):
        unnamed = summary.unnamed
        table.add(
            "(nobody is named)",
            "",
            number(unnamed.sessions),
            number(unnamed.lines_added),
            *_cost_cells(cost, whole),
        )
    return table


def cohorts_table(summary: Summary) -> FittedTable | None:
    """Show which share of those who began in a week was active some weeks later.

    A week that is there in part says nothing yet, and is left out. None when there is nothing to
    compare.
    """
    whole_weeks = {week.first_day for week in summary.weeks if week.days == _WEEK}
    cohorts = summary.cohorts[-_MOST_COHORTS:]
    shares = [_shares(cohort, whole_weeks) for cohort in cohorts]
    after = [weeks for weeks in _AFTER if any(weeks in one for one in shares)]
    if len(cohorts) <= 1 or not after:
        return None
    columns = (Column(f"+{weeks}w", leaves=len(_AFTER) - n) for n, weeks in enumerate(after))
    title = "Who began when, and how many came back weeks later"
    table = FittedTable(title, "began in the week of", Column("people"), *columns)
    for cohort, found in zip(cohorts, shares, strict=True):
        before = ", or before" if cohort is summary.cohorts[0] else ""
        table.add(
            f"{cohort.week:%d %b}{before}",
            number(cohort.people),
            *(percent(found[weeks]) if weeks in found else "" for weeks in after),
        )
    return table


def stopped_table(summary: Summary, top: int) -> FittedTable | None:
    """Show those who stopped last; None when nobody did, or nobody can tell."""
    if not summary.stopped:
        return None
    count = how_many(len(summary.stopped), "person", "people")
    title = f"Who stopped: {count} with {LEAST_DAYS} days or more, none in the last {SILENCE}"
    table = FittedTable(title, "who", *_OF_STOPPED)
    for one in summary.stopped[:top]:
        table.add(
            shortened(one.actor_id, _LONGEST_ACTOR),
            str(one.last_active),
            number(one.days_since),
            number(one.active_days),
            str(one.first_active),
        )
    if len(summary.stopped) > top:
        table.add(f"({how_many(len(summary.stopped) - top, 'other')})", "", "", "", "")
    return table


def _shares(cohort: Cohort, whole_weeks: Set[dt.date]) -> dict[int, Decimal]:
    """Give the active share by weeks since the first, of weeks that are there in full."""
    return {one.weeks_since: one.active_share for one in cohort.weeks if one.week in whole_weeks}


def _add_actors(
    table: FittedTable, name: str, actors: Sequence[Actor], currency: str, whole: Decimal
) -> None:
    """Add a row for one actor, or for several together."""
    cost = sum((one.costs.get(currency, Decimal(0)) for one in actors), Decimal(0))
    table.add(
        name,
        f"{actors[0].active_days:,}" if len(actors) == 1 else "",
        number(sum(one.sessions for one in actors)),
        number(sum(one.lines_added for one in actors)),
        *_cost_cells(cost, whole),
    )


def _cost_cells(cost: Decimal, whole: Decimal) -> tuple[str | Bar, ...]:
    part = share(cost, whole)
    return amount(cost), percent(part), Bar(part or Decimal(0), BAR)
