"""Reads query specifications as Honeycomb documents them for time series: a small part, strictly.

A gauge gives its last value in each step, for each series; a calculation adds up over series.
Times have whole seconds. A specification with anything else in it is an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ccsync.testing.otlp import Point

from .formulas import Functions, Group, Lines, calculate, combine

NULL = "null"
"""The value of a column that a series does not have, where lines are told apart by it."""

_KNOWN = {
    "time_range", "granularity", "breakdowns", "calculations", "filters", "formulas", "orders",
    "limit",
}  # fmt: skip


class Honeycomb:
    """What a dataset of time series holds of some points."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._series: dict[Any, dict[int, float]] = defaultdict(dict)
        for point in points:
            assert point.kind == "gauge"
            names = tuple((name, str(value)) for name, value in point.attributes)
            # Of two in a second, the sink sends none: it waits for the next second.
            self._series[point.metric, names][point.time_ns // 10**9] = float(point.value)

    def ask(self, query: Mapping[str, Any], until: int) -> Lines:
        """Answer a query at a moment, by the seconds at which its steps begin."""
        assert query.keys() <= _KNOWN, query.keys() - _KNOWN
        assert query["time_range"] / 1000 <= query["granularity"] <= query["time_range"]
        lines = {
            one.get("name", ""): self._calculate(one, query, until) for one in query["calculations"]
        }
        formulas = query.get("formulas", [])
        if not formulas:
            (answer,) = lines.values()
            return answer
        (formula,) = formulas
        return calculate(formula["expression"], lines, _FUNCTIONS)

    def _calculate(self, one: Mapping[str, Any], query: Mapping[str, Any], until: int) -> Lines:
        assert one["op"] == "SUM"
        assert not (one.get("name") and query.get("filters")), "these cannot be combined"
        filters: Sequence[Mapping[str, Any]] = one.get("filters") or query.get("filters") or []
        step, since = query["granularity"], until - query["time_range"]
        lines: dict[Group, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for (metric, names), values in self._series.items():
            tags = dict(names)
            if metric != one["column"] or not all(_fits(tags, filter_) for filter_ in filters):
                continue
            group = tuple((name, tags.get(name, NULL)) for name in query.get("breakdowns", []))
            last: dict[int, tuple[int, float]] = {}
            for at, value in values.items():
                if since <= at < until:
                    last[at - at % step] = max(last.get(at - at % step, (0, 0.0)), (at, value))
            for begin, (_, value) in last.items():
                lines[group][begin] += value
        return {group: dict(values) for group, values in lines.items()}


def _fits(tags: Mapping[str, str], filter_: Mapping[str, Any]) -> bool:
    value = tags.get(filter_["column"])
    match filter_["op"]:
        case "=":
            return bool(value == filter_["value"])
        case "in":
            return value in filter_["value"]
        case other:
            raise AssertionError(other)


def _divided(one: Any, other: Any) -> Lines:
    return combine(one, other, lambda part, whole: part / whole)


def _multiplied(one: Any, other: Any) -> Lines:
    return combine(one, other, lambda first, second: first * second)


_FUNCTIONS: Functions = {"DIV": _divided, "MUL": _multiplied}
