"""Holds a summary against the views of a warehouse, asked in SQL: every number, exactly.

The summary is of one organization, or of records of which every organization has its own people.
"""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from ccsync import money
from ccsync.insights import Summary
from ccsync.insights.summary import Crowd, Tokens
from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.people import STOPPED_USING

Row: TypeAlias = dict[str, Any]
Ask: TypeAlias = Callable[[str], list[Row]]
"""Runs a query; money comes as `Decimal` in its canonical spelling."""

Numbers: TypeAlias = dict[Any, Any]

COUNTS = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
DECISIONS = ("accepted", "rejected")
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")


def differences(summary: Summary, ask: Ask, dialect: Dialect, organization: str) -> list[str]:
    """Give the names of what differs, with both values; empty when all is equal.

    Args:
        summary: Of all days that the warehouse has.
        ask: Runs a query.
        dialect: Whose `today` is the last day that was delivered.
        organization: The one that is summed up.
    """
    views = _Views(ask, dialect, organization)
    checks: dict[str, tuple[Numbers, Numbers]] = {
        "org_daily": (_days(summary), views.days()),
        "cost_daily": (
            {one.first_day: one.costs for one in summary.days if one.costs},
            views.costs("date"),
        ),
        "weekly_active": (_weeks(summary), views.weeks()),
        "acceptance_by_tool": (_tools(summary), views.tools()),
        "cost_by_model_month": (_months(summary), views.months()),
        "model_usage_daily": (_models(summary), views.models()),
        "adoption": (_people(summary), views.people()),
        "cost by actor": (
            {
                one.actor_id: one.costs
                for some in (summary.people, summary.api_keys, summary.other_actors)
                for one in some
                if one.costs
            },
            views.costs("actor_id", "actor_id != ''"),
        ),
        "cost of the unnamed": (
            {"": summary.unnamed.costs} if summary.unnamed.costs else {},
            views.costs("actor_id", "actor_id = ''"),
        ),
        "cohorts": (_cohorts(summary), views.cohorts()),
        "stopped_using": (_stopped(summary), views.stopped()),
        "terminals": (_groups(summary.terminals), views.groups("terminal_type")),
        "customers": (_groups(summary.customers), views.groups("customer_type")),
    }
    return [
        f"{name}: {_first(ours, theirs)}"
        for name, (ours, theirs) in checks.items()
        if ours != theirs
    ]


def compared(summary: Summary) -> int:
    """Count what `differences` has to compare, so that a test can tell that it was not nothing."""
    return sum(
        map(
            len,
            (
                summary.days,
                summary.weeks,
                summary.daily_models,
                summary.weekly_tools,
                summary.people,
                summary.cohorts,
                summary.terminals,
            ),
        )
    )


def _first(ours: Numbers, theirs: Numbers) -> str:
    for key in [*theirs, *ours]:
        if ours.get(key) != theirs.get(key):
            return f"{key}: the summary says {ours.get(key)!r}, the view {theirs.get(key)!r}"
    return "the same keys and values"


class _Views:
    """What the views say, by key."""

    def __init__(self, ask: Ask, dialect: Dialect, organization: str) -> None:
        self._ask = ask
        self._dialect = dialect
        self._organization = organization

    def _rows(self, view: str, condition: str = "TRUE", *, columns: str = "*") -> Iterator[Row]:
        ours = f"organization_id = {self._dialect.text(self._organization)}"
        yield from self._ask(
            f"SELECT {columns} FROM {self._dialect.table(view)} WHERE {ours} AND {condition}"
        )

    def days(self) -> Numbers:
        names = ("active_people", "active_api_keys", *COUNTS, *DECISIONS, *TOKENS)
        return {row["date"]: _values(row, names) for row in self._rows("org_daily")}

    def costs(self, by: str, condition: str = "TRUE") -> Numbers:
        sums: Numbers = defaultdict(dict)
        for row in self._rows("cost_daily", condition):
            _add(sums[row[by]], row)
        return dict(sums)

    def weeks(self) -> Numbers:
        names = ("active_people", "active_api_keys", *COUNTS)
        return {row["week"]: _values(row, names) for row in self._rows("weekly_active")}

    def tools(self) -> Numbers:
        sums: Numbers = {}
        for row in self._rows("acceptance_by_tool"):
            key = (_monday(row["date"]), row["tool"])
            sums[key] = _plus(sums.get(key), _values(row, DECISIONS))
        return {key: value for key, value in sums.items() if any(value)}

    def months(self) -> Numbers:
        return {
            (row["month"], row["model"], row["currency"]): row["estimated_cost"]
            for row in self._rows("cost_by_model_month")
        }

    def models(self) -> Numbers:
        sums: Numbers = {}
        for row in self._rows("model_usage_daily"):
            key = (row["date"], row["model"])
            sums[key] = _plus(sums.get(key), _values(row, TOKENS))
        return sums

    def people(self) -> Numbers:
        names = ("first_active", "last_active", "active_days", *COUNTS)
        return {row["actor_id"]: _values(row, names) for row in self._rows("adoption")}

    def cohorts(self) -> Numbers:
        names = ("weeks_since", "people", "active_people")
        return {
            (row["cohort_week"], row["week"]): _values(row, names) for row in self._rows("cohorts")
        }

    def stopped(self) -> Numbers:
        return {
            place: (row["actor_id"], row["last_active"], row["active_days"], row["days_since"])
            for place, row in enumerate(
                row
                for row in self._ask(STOPPED_USING.sql(self._dialect))
                if row["organization_id"] == self._organization
            )
        }

    def groups(self, column: str) -> Numbers:
        sums: Numbers = {}
        people: dict[Any, set[str]] = defaultdict(set)
        wanted = ", ".join((column, "actor_type", "actor_id", *COUNTS))
        for row in self._rows("usage_daily", columns=wanted):
            sums[row[column]] = _plus(sums.get(row[column]), _values(row, COUNTS))
            if row["actor_type"] == "user_actor" and row["actor_id"]:
                people[row[column]].add(row["actor_id"])
        return {key: (len(people[key]), *value) for key, value in sums.items()}


def _values(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _plus(first: tuple[int, ...] | None, second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(first, second, strict=True))) if first else second


def _add(costs: dict[str, Decimal], row: Row) -> None:
    currency, amount = row["currency"], row["estimated_cost"]
    costs[currency] = money.add(costs.get(currency, money.ZERO), amount)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _counts(one: Any, names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(getattr(one, name) for name in names)


def _crowd(one: Crowd, *names: str) -> tuple[int, ...]:
    return (one.people, one.api_keys, *_counts(one, names))


def _had_usage(one: Crowd) -> bool:
    return bool(one.people or one.api_keys or one.nameless or one.nameless_keys or one.sessions)


def _days(summary: Summary) -> Numbers:
    names = (*COUNTS, *DECISIONS, *TOKENS)
    return {one.first_day: _crowd(one, *names) for one in summary.days if _had_usage(one)}


def _weeks(summary: Summary) -> Numbers:
    return {one.first_day: _crowd(one, *COUNTS) for one in summary.weeks if _had_usage(one)}


def _tools(summary: Summary) -> Numbers:
    return {(one.week, one.tool): _counts(one, DECISIONS) for one in summary.weekly_tools}


def _months(summary: Summary) -> Numbers:
    sums: Numbers = {}
    for one in summary.daily_models:
        for currency, amount in one.costs.items():
            key = (one.day.replace(day=1), one.model, currency)
            sums[key] = money.add(sums.get(key, money.ZERO), amount)
    return sums


def _models(summary: Summary) -> Numbers:
    by_day = {(one.day, one.model): _tokens(one) for one in summary.daily_models}
    for model in summary.models:
        parts = [one for (_, name), one in by_day.items() if name == model.model]
        assert tuple(map(sum, zip(*parts, strict=True))) == _tokens(model)
    return by_day


def _tokens(one: Tokens) -> tuple[int, ...]:
    return _counts(one, TOKENS)


def _people(summary: Summary) -> Numbers:
    return {
        one.actor_id: (one.first_active, one.last_active, one.active_days, *_counts(one, COUNTS))
        for one in summary.people
    }


def _cohorts(summary: Summary) -> Numbers:
    return {
        (cohort.week, one.week): (one.weeks_since, cohort.people, one.active_people)
        for cohort in summary.cohorts
        for one in cohort.weeks
    }


def _stopped(summary: Summary) -> Numbers:
    return {
        place: (one.actor_id, one.last_active, one.active_days, one.days_since)
        for place, one in enumerate(summary.stopped or ())
    }


def _groups(groups: Any) -> Numbers:
    return {one.name: (one.people, *_counts(one, COUNTS)) for one in groups}
