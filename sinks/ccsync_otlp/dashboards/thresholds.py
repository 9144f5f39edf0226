"""The numbers of conditions that an organization may want otherwise, each under a name.

The names are those of the chart's values (`prometheusRule.thresholds`); a file of rules holds the
numbers themselves, the chart's copy of it a place for each, which the chart fills in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ccsync_otlp.dashboards.conditions import (
    ALERTS,
    AcceptanceFalling,
    Condition,
    DayMissing,
    Failing,
    FarAboveUsual,
    OverBudget,
    PeopleVanished,
    Stale,
)

Writing: TypeAlias = Callable[[str, float], str]
"""Gives what stands in a file for a threshold: of its name and its number."""


def of(condition: Condition) -> Mapping[str, float]:
    """Give the thresholds of a condition by their names, which no other condition has."""
    match condition:
        case Stale(longer_than=time):
            return {"staleHours": _hours(time)}
        case DayMissing():
            return {}
        case OverBudget(amount=amount):
            return {"budget": amount}
        case FarAboveUsual(times=times, at_least=least):
            return {"unusualTimes": times, "unusualAtLeast": least}
        case AcceptanceFalling(to=to, at_least=least):
            return {"acceptanceShare": to, "acceptanceDecisions": least}
        case PeopleVanished(to=to, at_least=least):
            return {"peopleShare": to, "people": least}
        case Failing(since=time):
            return {"failingHours": _hours(time)}


def defaults() -> dict[str, float]:
    """Give all of them, as they are where nobody says anything."""
    return {name: number for one in ALERTS for name, number in of(one.condition).items()}


def number(_name: str, value: float) -> str:
    """Write the number itself."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def place(name: str, _value: float) -> str:
    """Write a place that somebody else puts a number in."""
    return f"<<{name}>>"


def written(condition: Condition, writing: Writing) -> dict[str, str]:
    """Write the thresholds of a condition, by their names."""
    return {name: writing(name, value) for name, value in of(condition).items()}


def _hours(time: dt.timedelta) -> int:
    return int(time.total_seconds()) // 3600
