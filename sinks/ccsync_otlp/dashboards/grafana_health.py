"""Grafana's dashboard of the runs: from what runs say of themselves, and from Kubernetes.

Runs send a point of each metric when they end (`ccsync.telemetry`; settings `telemetry`), so
between two runs there is none: a window has to hold at least one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from ccsync import telemetry
from ccsync.errors import Exit
from ccsync_otlp.catalogue import SESSIONS
from ccsync_otlp.dashboards import grafana_variables, runs
from ccsync_otlp.dashboards.grafana_json import Json, Panel, Target, dashboard
from ccsync_otlp.dashboards.grafana_panels import IN_RANGE
from ccsync_otlp.dashboards.grafana_variables import SERVICE
from ccsync_otlp.dashboards.promql import Asking
from ccsync_otlp.dashboards.questions import Measure, Total
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.naming import Names

_LEAST_STEP = "10m"
_DAYS = (26 * 3600, 50 * 3600)
"""Seconds from which on an age is orange, and red."""

_EXITS: dict[Exit, tuple[str, str]] = {
    Exit.OK: ("success", "green"),
    Exit.BUG: ("bug", "red"),
    Exit.USAGE: ("settings", "red"),
    Exit.REFUSED: ("refused", "red"),
    Exit.DATA_REFUSED: ("data refused", "orange"),
    Exit.UNAVAILABLE: ("unavailable", "orange"),
    Exit.DIFFERENCE: ("verify differs", "red"),
    Exit.LEASED: ("another run at work", "blue"),
    Exit.SIGINT: ("stopped", "blue"),
    Exit.SIGTERM: ("stopped", "blue"),
}
"""What each exit code means, and its colour."""


def board(sent: Sent, names: Names, uid: str) -> Json:
    """Write the dashboard."""
    return dashboard(
        uid=uid,
        title="Claude Code usage: runs of ccsync",
        description=(
            "Whether the figures of the other dashboards are up to date. Runs and data need the "
            "settings `telemetry`; the last row needs kube-state-metrics."
        ),
        since=dt.timedelta(days=7),
        variables=[
            grafana_variables.datasource(),
            grafana_variables.service(sent, names),
            grafana_variables.text("cronjob", "CronJob (regular expression)", ".*ccsync.*"),
        ],
        rows={
            "Is it up to date?": [*_standing(names), *_coverage(sent, names)],
            "Runs": _runs(names),
            "Kubernetes": _kubernetes(),
        },
    )


def _standing(names: Names) -> list[Panel]:
    def last(metric: telemetry.Metric, window: str) -> str:
        return runs.over("last_over_time", metric, names, SERVICE, window)

    return [
        _stat(
            "Age of the data",
            "How long ago was the API last asked for a day that the sink has acknowledged?",
            f"time() - {runs.asked(names, SERVICE)}",
            "{{sink}}",
            {"unit": "s", "decimals": 1, "noValue": "no run in 14 days", **_steps(*_DAYS)},
        ),
        _stat(
            "Since the last success",
            "How long ago did a run last end with exit code 0?",
            f"time() - max({last(telemetry.LAST_SUCCESS, '30d')})",
            "since",
            {"unit": "s", "decimals": 1, "noValue": "not in 30 days", **_steps(*_DAYS)},
        ),
        _stat(
            "Last exit code",
            "How did the last run end?",
            last(telemetry.EXIT, "7d"),
            "exit code",
            {"unit": "none", "noValue": "no run in 7 days", "mappings": [_exits()]},
        ),
    ]


def _coverage(sent: Sent, names: Names) -> list[Panel]:
    asking = Asking(names=names, namespace=sent.service_namespace, service=SERVICE)
    some = f"{asking.value(Total(Measure(SESSIONS)))} > 0"
    return [
        _stat(
            "Newest day with usage",
            "Which is the newest UTC day with a session?",
            f"1000 * max_over_time((({some}) * 0 + time())[30d:1d])",
            "day",
            {"unit": "dateTimeAsIso", "noValue": "none in 30 days"},
        ),
        _stat(
            "Days with usage",
            "On how many days of this time was there a session?",
            f"count_over_time(({some}){IN_RANGE})",
            "days",
            {"unit": "none", "noValue": "0"},
        ),
    ]


def _runs(names: Names) -> list[Panel]:
    def each(metric: telemetry.Metric, function: str) -> str:
        return runs.over(function, metric, names, SERVICE, "$__interval")

    return [
        _chart(
            "Exit codes",
            "How did the runs end? 0 is success.",
            each(telemetry.EXIT, "max_over_time"),
            "exit code",
            {"unit": "none", "decimals": 0, "mappings": [_exits()], "custom": _POINTS},
        ),
        _chart(
            "Duration of runs",
            "How long did the runs take?",
            each(telemetry.DURATION, "max_over_time"),
            "duration",
            {"unit": "s", "custom": _POINTS},
        ),
        _chart(
            "Errors",
            "How many days could the runs not bring to a sink? Without a sink: what ended a run.",
            each(telemetry.ERRORS, "sum_over_time"),
            "{{sink}}",
            {"unit": "none", "decimals": 0, "custom": _BARS},
        ),
        _chart(
            "Days delivered",
            "How many days did the runs bring to each sink?",
            each(telemetry.DAYS, "sum_over_time"),
            "{{sink}}",
            {"unit": "none", "decimals": 0, "custom": _BARS},
        ),
        _chart(
            "Records delivered",
            "How many records did the runs bring to each sink?",
            each(telemetry.RECORDS, "sum_over_time"),
            "{{sink}}",
            {"unit": "locale", "decimals": 0, "custom": _BARS},
        ),
    ]


def _kubernetes() -> list[Panel]:
    last_success = 'kube_cronjob_status_last_successful_time{cronjob=~"$cronjob"}'
    owner = 'kube_job_owner{owner_kind="CronJob", owner_name=~"$cronjob"}'
    suspended = 'kube_cronjob_spec_suspend{cronjob=~"$cronjob"}'
    return [
        _stat(
            "Since the CronJob's last success",
            "How long ago did a Job of the CronJob last succeed?",
            f"time() - max by (namespace, cronjob) ({last_success})",
            "{{namespace}}/{{cronjob}}",
            {"unit": "s", "decimals": 1, "noValue": "unknown", **_steps(*_DAYS)},
        ),
        _stat(
            "Failed Jobs",
            "How many of the Jobs that Kubernetes still keeps have failed?",
            'sum by (namespace, owner_name) (kube_job_failed{condition="true"} '
            f"* on (namespace, job_name) group_left (owner_name) {owner})",
            "{{namespace}}/{{owner_name}}",
            {"unit": "none", "noValue": "0", **_steps(1, 3)},
        ),
        _stat(
            "Suspended",
            "Is the CronJob suspended?",
            f"max by (namespace, cronjob) ({suspended})",
            "{{namespace}}/{{cronjob}}",
            {
                "unit": "none",
                "noValue": "unknown",
                "mappings": [_words({0: ("no", "green"), 1: ("yes", "orange")})],
            },
        ),
    ]


def _stat(title: str, description: str, expression: str, legend: str, defaults: Json) -> Panel:
    return Panel(
        kind="stat",
        title=title,
        description=description,
        width=8 if "kube" in expression else 4,
        height=5,
        targets=(Target(expression, legend=legend, instant=True),),
        defaults=defaults,
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "auto",
        },
    )


def _chart(title: str, description: str, expression: str, legend: str, defaults: Json) -> Panel:
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        width=8,
        height=8,
        step=_LEAST_STEP,
        targets=(Target(expression, legend=legend, step=_LEAST_STEP),),
        defaults={"min": 0, **defaults},
        options={
            "legend": {
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": True,
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    )


_POINTS: Json = {"drawStyle": "points", "pointSize": 6}
_BARS: Json = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "barAlignment": -1}


def _steps(orange: float, red: float) -> Json:
    """Colour a value that is too high."""
    return {
        "color": {"mode": "thresholds"},
        "thresholds": {
            "mode": "absolute",
            "steps": [
                {"color": "green", "value": None},
                {"color": "orange", "value": orange},
                {"color": "red", "value": red},
            ],
        },
    }


def _exits() -> Json:
    return _words({int(code): (f"{code} {said}", color) for code, (said, color) in _EXITS.items()})


def _words(said: Mapping[int, tuple[str, str]]) -> Json:
    """Say words in place of numbers."""
    return {
        "type": "value",
        "options": {
            str(value): {"index": place, "text": text, "color": color}
            for place, (value, (text, color)) in enumerate(said.items())
        },
    }
