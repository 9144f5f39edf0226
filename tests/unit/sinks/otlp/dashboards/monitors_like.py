"""Evaluates monitors as Datadog documents them: a small part, and strictly.

A window reduces each line to one value. Where metrics as counts are put into arithmetic, each is
reduced before the arithmetic; otherwise after it. A change compares with the same window earlier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .datadog_like import (
    DAY,
    Datadog,
    count_nonzero,
    default_zero,
    timeshift,
)
from .formulas import Functions, Group, Lines, calculate

_MONITOR = re.compile(
    r"(?:(?P<change>pct_change)\()?(?P<how>sum|min)\(last_(?P<number>\d+)(?P<unit>[hdw])\)"
    r"(?:,last_(?P<weeks>\d+)w\))?:(?P<expression>.+) (?P<sign><=|<|>) (?P<limit>[-+.e\d]+)"
)
_COUNT = re.compile(
    r"sum:[a-z0-9_.]+\{[^{}]*\}(?: by \{[^{}]+\})?\.as_count\(\)(?:\.rollup\([^)]*\))?"
)
_GAUGE = re.compile(r"max:[a-z0-9_.]+\{\*\} by \{[^{}]+\}")
_SHIFTED = re.compile(r"timeshift\((\w+), (-\d+)\)")
_SECONDS = {"h": 3_600, "d": DAY, "w": 7 * DAY}


def alerting(
    body: Mapping[str, Any], there: Datadog, now: int, gauges: Mapping[str, Lines] | None = None
) -> set[Group]:
    """Give the groups for which a monitor alerts at a moment.

    Args:
        body: of the monitor.
        there: what answers queries of counts.
        now: the moment, in seconds.
        gauges: lines by query, for what is no count.
    """
    found = _MONITOR.fullmatch(body["query"])
    assert found, body["query"]
    options = body["options"]
    assert float(found["limit"]) == options["thresholds"]["critical"]
    until = now - options.get("evaluation_delay", 0)
    length = int(found["number"]) * _SECONDS[found["unit"]]
    leaves: dict[str, Lines] = {}

    def leaf(match: re.Match[str]) -> str:
        name = f"leaf{len(leaves)}"
        text = match[0]
        leaves[name] = (gauges or {})[text] if text.startswith("max:") else there.ask(text)
        return name

    def shifted(match: re.Match[str]) -> str:
        name = f"leaf{len(leaves)}"
        leaves[name] = timeshift(leaves[match[1]], int(match[2]))
        return name

    expression = _GAUGE.sub(leaf, _COUNT.sub(leaf, found["expression"]))
    expression = _SHIFTED.sub(shifted, expression)

    def value(end: int) -> dict[Group, float]:
        if "/" in expression:
            reduced = {
                name: {group: {0: one} for group, one in _reduce(lines, "sum", end).items()}
                for name, lines in leaves.items()
            }
            answer = calculate(expression, reduced, _FUNCTIONS)
            return {group: values[0] for group, values in answer.items()}
        return _reduce(calculate(expression, leaves, _FUNCTIONS), found["how"], end)

    def _reduce(lines: Lines, how: str, end: int) -> dict[Group, float]:
        found_: dict[Group, float] = {}
        for group, values in lines.items():
            some = [one for at, one in values.items() if end - length <= at < end]
            if some:
                found_[group] = sum(some) if how == "sum" else min(some)
        return found_

    answer = value(until)
    if found["change"]:
        earlier = value(until - int(found["weeks"]) * _SECONDS["w"])
        if options["on_missing_data"] == "default":
            answer = {**dict.fromkeys(earlier, 0.0), **answer}
        answer = {
            group: 100 * (one - earlier[group]) / earlier[group]
            for group, one in answer.items()
            if earlier.get(group)
        }
    limit = float(found["limit"])
    return {group for group, one in answer.items() if _holds(found["sign"], one, limit)}


def _holds(sign: str, value: float, limit: float) -> bool:
    return value > limit if sign == ">" else value < limit or (sign == "<=" and value == limit)


def cutoff_max(lines: Lines, highest: float) -> Lines:
    """Leave out values above a limit."""
    return {
        group: {at: value for at, value in values.items() if value <= highest}
        for group, values in lines.items()
    }


_FUNCTIONS: Functions = {
    "count_nonzero": count_nonzero,
    "default_zero": default_zero,
    "cutoff_max": cutoff_max,
}
