"""What a run says of itself, as numbers. Pure; `ccsync.telemetry_export` sends them.

All of them are gauges that speak of the last run. Counters would be wrong here: a process that ends
starts them anew each time, and backends would take some runs for a counter's reset and others not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from ccsync.errors import Exit
from ccsync.report import Kind, Report


class Metric(msgspec.Struct, frozen=True):
    """One metric."""

    name: str
    unit: str
    """A UCUM unit; never `1`, to which some destinations add a suffix."""

    description: str


DURATION = Metric("ccsync.run.duration", "s", "How long the last run took.")
EXIT = Metric("ccsync.run.exit", "{code}", "Exit code of the last run; 0 is success.")
LAST_SUCCESS = Metric(
    "ccsync.run.last_success", "s", "When a run last exited with 0, in seconds since 1970."
)
DAYS = Metric("ccsync.days.delivered", "{day}", "Days that the last run delivered.")
RECORDS = Metric("ccsync.records", "{record}", "Records of the days that the last run delivered.")
ERRORS = Metric(
    "ccsync.errors",
    "{error}",
    "Days that the last run could not bring to a sink; without a sink: what ended the run early.",
)
FRESHNESS = Metric(
    "ccsync.data.freshness",
    "s",
    "Time since the API was last asked for a day that the sink has acknowledged.",
)

METRICS = (DURATION, EXIT, LAST_SUCCESS, DAYS, RECORDS, ERRORS, FRESHNESS)


class Point(msgspec.Struct, frozen=True):
    """One number."""

    metric: Metric
    value: int | float
    sink: str | None = None
    """The sink that it is about; None: the run."""


def points(report: Report, now: dt.datetime) -> Iterator[Point]:
    """Give the numbers of a run that ended just `now`, however it ended."""
    code = report.exit
    yield Point(DURATION, max(0.0, (now - report.started_at).total_seconds()))
    yield Point(EXIT, int(code))
    if code == Exit.OK:
        yield Point(LAST_SUCCESS, now.timestamp())
    yield Point(ERRORS, int(report.error is not None))
    for sink in report.sinks:
        results = [result for result in report.results if result.sink == sink]
        delivered = [result for result in results if result.kind is Kind.DELIVERED]
        failed = [result for result in results if result.exit is not Exit.OK]
        yield Point(DAYS, len(delivered), sink)
        yield Point(RECORDS, sum(result.records for result in delivered), sink)
        yield Point(ERRORS, len(failed), sink)
        if (fetched_at := report.acknowledged.get(sink)) is not None:
            yield Point(FRESHNESS, max(0.0, (now - fetched_at).total_seconds()), sink)
