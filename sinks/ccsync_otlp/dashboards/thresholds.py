"""The numbers of conditions that an organization may want otherwise, each under a name.

The names are those of the chart's values (`prometheusRule.thresholds`); a file of rules holds the
numbers themselves, the chart's copy of it a place for each, which the chart fills in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from ccsync_otlp.dashboards.conditions import (
    ALERTS,
    AcceptanceFalling,
    Alert,
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


class _Bounds(NamedTuple):
    kind: type[Condition]
    field: str
    least: float
    most: float
    whole: bool

    @property
    def text(self) -> str:
        what = "a whole number" if self.whole else "a number"
        return f"{what} from {self.least:g} to {self.most:g}"


_AMOUNT = 10**12
CHANGEABLE: Mapping[str, _Bounds] = {
    "budget": _Bounds(OverBudget, "amount", 1, _AMOUNT, True),
    "unusualTimes": _Bounds(FarAboveUsual, "times", 1, 1000, False),
    "unusualAtLeast": _Bounds(FarAboveUsual, "at_least", 0, _AMOUNT, True),
    "acceptanceShare": _Bounds(AcceptanceFalling, "to", 0, 1, False),
    "acceptanceDecisions": _Bounds(AcceptanceFalling, "at_least", 0, _AMOUNT, True),
    "peopleShare": _Bounds(PeopleVanished, "to", 0, 1, False),
    "people": _Bounds(PeopleVanished, "at_least", 0, _AMOUNT, True),
}
"""Those that may be given when files are written. Hours are not among them: vendors bound those."""


def changed(numbers: Mapping[str, float]) -> tuple[Alert, ...]:
    """Give the alerts with other numbers for some thresholds.

    Args:
        numbers: by the names of `CHANGEABLE`.

    Raises:
        ValueError: no such threshold, or no such number for it.
    """
    for name, value in numbers.items():
        if (bounds := CHANGEABLE.get(name)) is None:
            raise ValueError(f"there is no threshold {name!r}; there are {', '.join(CHANGEABLE)}")
        fits = bounds.least <= value <= bounds.most
        if not fits or (bounds.whole and value != int(value)):
            raise ValueError(f"{name} has to be {bounds.text}, not {value:g}")
    return tuple(
        msgspec.structs.replace(one, condition=_with(one.condition, numbers)) for one in ALERTS
    )


def _with(condition: Condition, numbers: Mapping[str, float]) -> Condition:
    fields = {
        bounds.field: int(numbers[name]) if numbers[name] == int(numbers[name]) else numbers[name]
        for name, bounds in CHANGEABLE.items()
        if name in numbers and isinstance(condition, bounds.kind)
    }
    return msgspec.structs.replace(condition, **fields)


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
