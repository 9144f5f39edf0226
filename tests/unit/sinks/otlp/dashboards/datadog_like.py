"""Reads metric queries and formulas as Datadog documents them: a small part, and strictly.

A point of a count replaces the one of the same series and second. Values of tags are folded. What
the documentation does not say is not done here: a query of another form is an error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from ccsync.testing.otlp import Point

from .formulas import Functions, Group, Lines, calculate

DAY = 86_400
NOTHING = "N/A"
"""The value of a tag that a series does not have, where lines are told apart by it."""

_QUERY = re.compile(
    r"sum:(?P<metric>[a-z0-9_.]+)\{(?P<scope>[^{}]*)\}(?: by \{(?P<by>[^{}]+)\})?"
    r"\.as_count\(\)(?:\.rollup\(sum, (?P<interval>\d+)\))?"
)


class Series(NamedTuple):
    """One series, and its points by second."""

    metric: str
    tags: dict[str, str]
    points: dict[int, float]


class Datadog:
    """What an intake kept of some points."""

    def __init__(self, points: Iterable[Point]) -> None:
        kept: dict[Any, Series] = {}
        for point in points:
            assert (point.kind, point.temporality) == ("sum", "delta")
            tags = {name: fold(str(value)) for name, value in point.attributes}
            tags |= {"service": str(dict(point.resource)["service.name"])}
            key = point.metric, tuple(sorted(tags.items()))
            series = kept.setdefault(key, Series(point.metric, tags, {}))
            series.points[point.time_ns // 10**9] = float(point.value)
        self.series = list(kept.values())

    def timeseries(
        self, request: Mapping[str, Any], place: int, variables: Mapping[str, str]
    ) -> Lines:
        """Answer one formula of a request, by the seconds at which its steps begin."""
        assert request["response_format"] == "timeseries"
        lines = {one["name"]: self._lines(one, variables) for one in request["queries"]}
        return calculate(request["formulas"][place]["formula"], lines, _FUNCTIONS)

    def scalar(
        self,
        request: Mapping[str, Any],
        place: int,
        variables: Mapping[str, str],
        since: int,
        until: int,
    ) -> dict[Group, float]:
        """Answer one formula of a request over a time."""
        assert request["response_format"] == "scalar"
        lines: dict[str, Lines] = {}
        for one in request["queries"]:
            assert one["aggregator"] == "sum"
            lines[one["name"]] = {
                group: {0: sum(points)}
                for group, values in self._lines(one, variables).items()
                if (points := [value for at, value in values.items() if since <= at < until])
            }
        found = calculate(request["formulas"][place]["formula"], lines, _FUNCTIONS)
        answer = {group: values[0] for group, values in found.items()}
        limit = request["formulas"][0].get("limit")
        assert limit is None or limit["order"] == "desc"
        return answer if limit is None or place else dict(_highest(answer, limit["count"]))

    def ask(self, text: str, variables: Mapping[str, str] | None = None) -> Lines:
        """Answer a query by itself, by the seconds of points or of steps."""
        found = _QUERY.fullmatch(text)
        assert found, text
        by = found["by"].split(",") if found["by"] else []
        interval = int(found["interval"] or 1)
        wanted = list(_wanted(found["scope"], variables or {}))
        lines: dict[Group, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for series in self.series:
            if series.metric != found["metric"]:
                continue
            if not all(_fits(series.tags, *one) for one in wanted):
                continue
            group = tuple(sorted((name, series.tags.get(name, NOTHING)) for name in by))
            for at, value in series.points.items():
                lines[group][at - at % interval] += value
        return {group: dict(values) for group, values in lines.items()}

    def _lines(self, query: Mapping[str, Any], variables: Mapping[str, str]) -> Lines:
        assert query["data_source"] == "metrics"
        return self.ask(query["query"], variables)


@cache
def fold(value: str) -> str:
    """Spell a tag's value as the intake does."""
    folded = "".join(
        char if char.isalpha() or char.isdecimal() or char in "_-:./" else "_"
        for char in value.lower()
    )
    return re.sub("_+", "_", folded).rstrip("_:")[:200]


def _highest(answer: dict[Group, float], count: int) -> Iterator[tuple[Group, float]]:
    yield from sorted(answer.items(), key=lambda one: -one[1])[:count]


def _wanted(scope: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Give tag, value and whether it has to be so; all of them have to hold."""
    for part in scope.split(","):
        if part == "*":
            continue
        if part.startswith("$"):
            tag, _, value = variables[part[1:]].partition(":")
            if value != "*":
                yield tag, value, True
            continue
        tag, colon, value = part.removeprefix("!").partition(":")
        assert colon, scope
        assert value == fold(value), f"{part} can never be"
        yield tag, value, not part.startswith("!")


def _fits(tags: Mapping[str, str], tag: str, value: str, so: bool) -> bool:
    return (tags.get(tag) == value) is so


def default_zero(lines: Lines) -> Lines:
    """Fill the steps of lines that are there; a line that is not there stays away."""
    steps = {step for values in lines.values() for step in values}
    return {
        group: {step: values.get(step, 0.0) for step in steps} for group, values in lines.items()
    }


def count_nonzero(lines: Lines) -> Lines:
    """Count the lines that have something other than zero in a step."""
    found: dict[int, float] = defaultdict(float)
    for values in lines.values():
        for step, value in values.items():
            found[step] += value != 0
    return {(): dict(found)} if found else {}


def moving_rollup(lines: Lines, seconds: int, how: str) -> Lines:
    """Add up, at each step, those of so much time that ends with it."""
    assert how == "sum"
    steps = {step for values in lines.values() for step in values}
    return {
        group: {
            step: sum(value for at, value in values.items() if step - seconds < at <= step)
            for step in steps
        }
        for group, values in lines.items()
    }


def timeshift(lines: Lines, seconds: int) -> Lines:
    """Show what was so many seconds before, which is a negative number."""
    return {
        group: {at - seconds: value for at, value in values.items()}
        for group, values in lines.items()
    }


_FUNCTIONS: Functions = {
    "default_zero": default_zero,
    "count_nonzero": count_nonzero,
    "moving_rollup": moving_rollup,
}
