"""Datadog's monitors from `conditions`, in the form of its Monitors API (v1).

A window of so many days holds so many noons whenever it is looked at, and so as many whole days.
Some conditions have no such form; the nearest one is taken, and the message says which.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeAlias

from ccsync import telemetry
from ccsync_otlp.catalogue import COST, DECISIONS, SESSIONS
from ccsync_otlp.dashboards import thresholds
from ccsync_otlp.dashboards.conditions import (
    AcceptanceFalling,
    Alert,
    DayMissing,
    Failing,
    FarAboveUsual,
    OverBudget,
    PeopleVanished,
    Stale,
)
from ccsync_otlp.dashboards.datadog_queries import ANY_USE, DAY, Datadog
from ccsync_otlp.dashboards.measures import ACCEPTED
from ccsync_otlp.dashboards.questions import CURRENCY, PERSON, Measure
from ccsync_otlp.dashboards.sent import Sent

Json: TypeAlias = dict[str, Any]

_PRIORITIES = {"critical": 2, "warning": 3, "info": 4}
_WEEK = 7 * DAY
_LOOK_BACK = dt.timedelta(hours=4)
"""Of freshness: with runs every hour, all of these hours' runs have to have found the same."""

_SILENT = "show_no_data"
_LOUD = "show_and_notify_no_data"
_AS_ZERO = "default"


class Written:
    """Writes the monitors for what a sink sends."""

    def __init__(self, sent: Sent) -> None:
        """Take what is sent."""
        self._organization = ("organization.id",) if "organization" in sent.dimensions else ()
        self._alerts = sent.alerts
        self._people = "user" in sent.dimensions
        self._asking = Datadog(rollup=False)

    def monitors(self) -> dict[str, Json]:
        """Give the body of each monitor by its key."""
        found: dict[str, Json] = {}
        for alert in self._alerts:
            if isinstance(alert.condition, PeopleVanished) and not self._people:
                continue
            found[alert.key] = self._monitor(alert)
            if isinstance(alert.condition, Stale):
                found["no-run"] = _no_run(alert, alert.condition)
        return found

    def _monitor(self, alert: Alert) -> Json:
        cost, sessions = Measure(COST), Measure(SESSIONS)
        by = self._organization
        match alert.condition:
            case Stale(longer_than=longest):
                limit = int((longest - _LOOK_BACK).total_seconds())
                query = f"min({_window(_LOOK_BACK)}):{_of_runs(telemetry.FRESHNESS, 'sink')}"
                says = "Each run of four hours ended that long after the API was last asked."
                return _body(alert, query, ">", limit, says)
            case DayMissing():
                query = f"pct_change(sum(last_1d),last_1w):{self._asking.measure(sessions, by)}"
                says = "Against the same day of one week before."
                return _ended(_body(alert, query, "<=", -100, says, missing=_AS_ZERO))
            case OverBudget(amount=amount, days=days):
                query = f"sum(last_{days}d):{self._asking.measure(cost, (*by, CURRENCY))}"
                says = "In whole units of the currency in the tag."
                return _body(alert, query, ">", amount, says)
            case FarAboveUsual(times=times):
                spent = self._asking.measure(cost, (*by, CURRENCY))
                query = f"pct_change(sum(last_1d),last_1w):{spent}"
                says = f"More than {times:g} times the same day of the week before, in percent."
                return _body(alert, query, ">", round(100 * (times - 1)), says)
            case AcceptanceFalling(to=to):
                parts = [self._asking.measure(one, by) for one in (ACCEPTED, Measure(DECISIONS))]
                now = " / ".join(parts)
                former = " / ".join(f"timeshift({one}, -{_WEEK})" for one in parts)
                query = f"sum(last_1w):({now}) / ({former})"
                says = "The share of seven days, of that of the seven days before."
                return _ended(_body(alert, query, "<", to, says))
            case PeopleVanished(to=to):
                daily = Datadog().measure(ANY_USE, PERSON, people=True)
                query = f"pct_change(sum(last_1w),last_1w):count_nonzero({daily})"
                says = "People of each day, added up over a week, against the week before."
                return _ended(_body(alert, query, "<", round(100 * (to - 1)), says))
            case Failing(since=since, harmless=harmless):
                least = min(code for code in harmless if code)
                runs = _of_runs(telemetry.EXIT)
                query = f"min({_window(since)}):cutoff_max({runs}, {least - 1})"
                says = f"Exit codes from {least} on want nobody and do not count."
                return _body(alert, query, ">", 0, says)


def _no_run(alert: Alert, stale: Stale) -> Json:
    hours = int(stale.longer_than.total_seconds()) // 3600
    query = f"min(last_{hours}h):{_of_runs(telemetry.EXIT)}"
    body = _body(alert, query, ">", 255, "No run said anything of itself.", missing=_LOUD)
    # There is no such exit code: this monitor only hears that nothing is heard.
    return {**body, "name": "CcsyncNoRun: ccsync does not run any more"}


def _ended(body: Json) -> Json:
    """Look a day late: the newest noon is then of a day that has ended, and was sent since."""
    return {**body, "options": {**body["options"], "evaluation_delay": DAY}}


def _of_runs(metric: telemetry.Metric, *by: str) -> str:
    return f"max:{metric.name}{{*}} by {{{','.join(('service', *by))}}}"


def _window(time: dt.timedelta) -> str:
    return f"last_{int(time.total_seconds()) // 3600}h"


def _body(
    alert: Alert, query: str, operator: str, threshold: float, says: str, *, missing: str = _SILENT
) -> Json:
    return {
        "name": f"{alert.name}: {alert.summary}",
        "type": "query alert",
        "query": f"{query} {operator} {thresholds.number('', threshold)}",
        "message": f"{alert.description} {says} Now: {{{{value}}}}.\n\n"
        f"What to do: {alert.runbook}\n",
        "tags": ["managed_by:ccsync", f"severity:{alert.severity}"],
        "priority": _PRIORITIES[alert.severity],
        "options": {
            "thresholds": {"critical": threshold},
            "on_missing_data": missing,
            "require_full_window": False,
            "include_tags": True,
            "renotify_interval": 0,
        },
    }
