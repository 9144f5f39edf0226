"""What a backend shows after all it was sent: three kinds of store, one rule of reading.

The rule: the last value of each series within the day; for sums with delta temporality, all
values of the day added up. A point belongs to the day that its attribute `day` names, else to the
day that its time lies in. A point at midnight itself counts for one day in some backends and for
its neighbour in others, so that here it belongs to none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from ccsync.testing.otlp.points import AttributeValue, Point, Series

_DAY_NS = 86_400 * 10**9


class Stored(NamedTuple):
    """One value of a series, as a store keeps it."""

    time_ns: int
    value: int | float
    adds_up: bool
    """Whether it is a delta."""


class _Store:
    """Base: what is stored, by series, in the order of arrival."""

    def __init__(self, points: Iterable[Point] = ()) -> None:
        """Store these points."""
        self._series: dict[Series, list[Stored]] = {}
        self.add(points)

    def add(self, points: Iterable[Point]) -> None:
        """Store points, in the order sent."""
        for point in points:
            adds_up = point.kind == "sum" and point.temporality == "delta"
            value = Stored(point.time_ns, point.value, adds_up)
            self._keep(self._series.setdefault(point.series, []), value)

    def _keep(self, kept: list[Stored], new: Stored) -> None:
        raise NotImplementedError

    def day(self, day: dt.date, *, zeros: bool = False) -> dict[Series, int | float]:
        """Give what a query for a day shows by series; zeros are left out unless asked for."""
        shown: dict[Series, int | float] = {}
        start = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()) * 10**9
        for series, kept in self._series.items():
            named = series.attribute("day")
            if named is None:
                values = [one for one in kept if start < one.time_ns < start + _DAY_NS]
            else:
                values = kept if named == day.isoformat() else []
            if not values:
                continue
            if values[0].adds_up:
                value = sum(one.value for one in values)
            else:
                # Of several at the same time the one that came last, as VictoriaMetrics does.
                value = max(enumerate(values), key=lambda one: (one[1].time_ns, one[0]))[1].value
            if value or zeros:
                shown[series] = value
        return shown

    def totals(self, day: dt.date, *by: str) -> dict[tuple[AttributeValue, ...], int | float]:
        """Add up what a day shows: by metric, then by the attributes named.

        `totals(day, "model")` has keys such as `("claude_code.daily.token.usage", "opus")`.
        """
        sums: dict[tuple[AttributeValue, ...], int | float] = {}
        for series, value in self.day(day).items():
            key = (series.metric, *(series.attribute(name) for name in by))
            sums[key] = sums.get(key, 0) + value
        return sums

    def series(self) -> list[Series]:
        """Give every series that was ever sent."""
        return list(self._series)


class OverwriteStore(_Store):
    """The last write of a series and time wins (Datadog)."""

    def _keep(self, kept: list[Stored], new: Stored) -> None:
        kept[:] = [one for one in kept if one.time_ns != new.time_ns]
        kept.append(new)


class FirstWinsStore(_Store):
    """The first write of a series and time wins (Elastic; Prometheus for older samples)."""

    def _keep(self, kept: list[Stored], new: Stored) -> None:
        if all(one.time_ns != new.time_ns for one in kept):
            kept.append(new)


class AppendStore(_Store):
    """Every write is kept (VictoriaMetrics, ClickHouse)."""

    def _keep(self, kept: list[Stored], new: Stored) -> None:
        kept.append(new)
