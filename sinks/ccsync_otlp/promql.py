"""Questions to a Prometheus HTTP API: what is shown of one metric and day. Pure.

A series shows its last value within the day, and the day's total is their sum: the same reading
that the sink's README recommends for dashboards, over whatever is there. So a series that nobody
should see any more (a lost tombstone, an older choice of dimensions) is in the total, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from ccsync_otlp import naming
from ccsync_otlp.catalogue import COST, METRICS
from ccsync_otlp.naming import Names, quoted, underscored

_UNTIL_AHEAD = dt.timedelta(minutes=5)
"""So far in the future a point of the running day may lie, by its stamp or by another clock."""

_KINDS = {"type", "decision", "currency"}
"""Attributes by which totals are told apart."""


class Asked(msgspec.Struct, frozen=True):
    """One question."""

    expression: str
    at: float
    """Moment of evaluation, in seconds since the epoch."""


class Sample(msgspec.Struct, frozen=True):
    """One line of an answer."""

    labels: Mapping[str, str]
    value: Decimal


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How what one sink sent is found again."""

    names: Names
    service_name: str
    service_namespace: str | None
    observed: bool
    """Whether the day is an attribute, and points have the time of sending."""

    def ask(
        self, metric: int, day: dt.date, organization_id: str | None, now: dt.datetime
    ) -> Asked:
        """Ask for the total of a metric on a day, by the kinds of its own attributes."""
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        until = now + _UNTIL_AHEAD
        if not self.observed:
            until = min(until, start + dt.timedelta(days=1))
        # A window leaves its first moment out, and no point of ours lies at a day's start.
        length = max(1, (until - start) // dt.timedelta(milliseconds=1))
        matchers = [self._named(metric), *self._of_service()]
        if organization_id is not None:
            matchers.append(f"{self._label('organization.id')}={quoted(organization_id)}")
        if self.observed:
            matchers.append(f"day={quoted(str(day))}")
        by = ", ".join(["__name__", *(one for one in METRICS[metric].extra if one in _KINDS)])
        inner = f"last_over_time({{{', '.join(matchers)}}}[{length}ms])"
        return Asked(f"sum by ({by}) ({inner})", until.timestamp())

    def choose(self, metric: int, samples: list[Sample]) -> list[Sample]:
        """Leave out what is under a name that dashboards of this backend do not use."""
        if metric != COST or self.names == "dots":
            return samples
        name = f"{underscored(METRICS[COST].name)}_{METRICS[COST].unit}"
        suffixed = [one for one in samples if one.labels.get("__name__") == name]
        return suffixed or samples

    def _named(self, metric: int) -> str:
        return naming.metric(METRICS[metric].name, METRICS[metric].unit, self.names)

    def _of_service(self) -> list[str]:
        name, namespace = self.service_name, self.service_namespace or ""
        if self.names == "underscores":
            return [f"job={quoted(f'{namespace}/{name}' if namespace else name)}"]
        return [
            f"{self._label('service.name')}={quoted(name)}",
            f"{self._label('service.namespace')}={quoted(namespace)}",
        ]

    def _label(self, name: str) -> str:
        return name.replace(".", "\\.") if self.names == "dots" else underscored(name)
