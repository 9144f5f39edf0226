"""PromQL over what runs say of themselves (`ccsync.telemetry`): one point of each metric per run.

Such a point is seen for five minutes at most by who asks for a value "now". So the last one is
asked for by a window, and its own moment by a subquery whose step is shorter than those minutes.
"""

from __future__ import annotations

from ccsync import telemetry
from ccsync_otlp import naming
from ccsync_otlp.naming import Names, quoted

_BACK = "14d"
_STEP = "4m"


def selector(metric: telemetry.Metric, names: Names, service: str | None) -> str:
    """Write what chooses the series of a metric; of one service, or of all."""
    matchers = [naming.metric(metric.name, metric.unit, names)]
    if service is not None:
        matchers.append(f"{naming.label(naming.service(names), 'dots')}={quoted(service)}")
    return f"{{{', '.join(matchers)}}}"


def over(
    function: str, metric: telemetry.Metric, names: Names, service: str | None, window: str
) -> str:
    """Apply a function to the points of all runs that ended in a window."""
    return f"{function}({selector(metric, names, service)}[{window}])"


def asked(names: Names, service: str | None) -> str:
    """By sink: the moment at which the API was last asked for a day that the sink acknowledged.

    A run says how long that was before its end, so it is told from the moment of the run's point.
    Nothing if no run ended in fourteen days.
    """
    point = selector(telemetry.FRESHNESS, names, service)
    by = ", ".join((naming.label(naming.service(names), "dots"), "sink"))
    return f"max by ({by}) (max_over_time((timestamp({point}) - {point})[{_BACK}:{_STEP}]))"
