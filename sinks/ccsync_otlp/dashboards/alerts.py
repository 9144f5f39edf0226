"""Rules of alerting for Prometheus, Mimir and vmalert, from `conditions`.

A rule is asked at any moment, so each day that it looks at is a step of a subquery: `[1d:1d]` is
the running day whenever it is asked, `[1d:1d] offset 1d` yesterday, `[7d:1d] offset 1d` the seven
days that end with yesterday. Lines are told apart by service and organization, and costs by
currency, so that nothing is ever added that must not be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeAlias

import yaml

from ccsync import telemetry
from ccsync_otlp import naming
from ccsync_otlp.catalogue import COST, DECISIONS, SESSIONS
from ccsync_otlp.dashboards import runs, thresholds
from ccsync_otlp.dashboards.conditions import (
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
from ccsync_otlp.dashboards.measures import ACCEPTED
from ccsync_otlp.dashboards.promql import Asking
from ccsync_otlp.dashboards.questions import Measure, People, Ratio, Total
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.dashboards.thresholds import Writing
from ccsync_otlp.naming import Names

_HEAD = """\
# Rules of alerting over Claude Code usage, for {who}.
# Written by {by}. Thresholds are first guesses: the budget above all.
# {each}; `for` is how long it must last.
# The group `ccsync-usage` reads the usage, `ccsync-runs` what runs say of themselves (settings:
# `telemetry`). Both look at the series of every `service_name` apart.
"""
_BY = (
    "`ccsync otlp dashboards`",
    "Each stands once in its `expr` and is named in `description`",
)
_BY_CHART = (
    "`make dashboards` for the Helm chart",
    "Each `<<NAME>>` becomes the value `prometheusRule.thresholds.NAME`",
)
_WHO: dict[Names, str] = {
    "underscores": "Prometheus and Mimir",
    "dots": "vmalert beside VictoriaMetrics",
}

_OF_RUNS = (Stale, Failing)
_Limits: TypeAlias = Mapping[str, str]
"""Thresholds of a condition as they are written, by their names."""


def rules(sent: Sent, names: Names) -> str:
    """Write the file of rules, as YAML."""
    by, each = _BY
    head = _HEAD.format(who=_WHO[names], by=by, each=each)
    return head + _groups(sent, names, thresholds.number)


def for_chart(names: Names) -> str:
    """Write the same for the Helm chart, with places where thresholds stand.

    YAML, too; a place is `<<NAME>>`, and the names are those of `thresholds.defaults`.
    """
    by, each = _BY_CHART
    head = _HEAD.format(who=_WHO[names], by=by, each=each)
    return head + _groups(Sent(), names, thresholds.place)


def _groups(sent: Sent, names: Names, writing: Writing) -> str:
    usage, runs_ = (
        [
            _rule(one, sent, names, thresholds.written(one.condition, writing))
            for one in sent.alerts
            if isinstance(one.condition, _OF_RUNS) is of_runs
            if "user" in sent.dimensions or not isinstance(one.condition, PeopleVanished)
        ]
        for of_runs in (False, True)
    )
    groups = [
        # A day's figures change with each run; looking at a month is work for the backend.
        {"name": "ccsync-usage", "interval": "15m", "rules": usage},
        {"name": "ccsync-runs", "interval": "5m", "rules": runs_},
    ]
    return yaml.dump({"groups": groups}, Dumper=_Dumper, sort_keys=False, width=10_000)


def _expression(condition: Condition, sent: Sent, names: Names, limits: _Limits) -> str:
    """Write the expression that gives something when a condition holds."""
    if isinstance(condition, Stale):
        return f"time() - {runs.asked(names, None)} > {limits['staleHours']} * 3600"
    if isinstance(condition, Failing):
        return _failing(condition, names, limits)
    return _of_usage(condition, _asking(sent, names), limits)


def _of_usage(condition: Condition, asking: Asking, limits: _Limits) -> str:
    match condition:
        case DayMissing(weeks=weeks):
            sessions = Total(Measure(SESSIONS))
            ago = [1, *(1 + 7 * week for week in range(1, weeks + 1))]
            had = [f"{asking.value(sessions, window=f'[1d:1d] offset {day}d')} > 0" for day in ago]
            return "\nand ".join(had[1:]) + f"\nunless {had[0]}"
        case OverBudget(days=days):
            cost = asking.value(Total(Measure(COST)), window=f"[{days}d:1d]")
            return f"{cost}\n> {limits['budget']}"
        case FarAboveUsual():
            cost = asking.value(Total(Measure(COST)))
            now = f"max_over_time(({cost})[2d:1d])"
            before = f"[{condition.days}d:1d] offset 2d"
            return (
                f"{now}\n> {limits['unusualTimes']} * avg_over_time(({cost} > 0){before})"
                f"\nand {now} > {limits['unusualAtLeast']}"
                f"\nand count_over_time(({cost} > 0){before}) >= {condition.known}"
            )
        case AcceptanceFalling(days=days, before=before):
            share = Ratio(ACCEPTED, Measure(DECISIONS))
            now, formerly = f"[{days}d:1d] offset 1d", f"[{before}d:1d] offset {1 + days}d"
            decisions = asking.value(Total(Measure(DECISIONS)), window=now)
            return (
                f"{asking.value(share, window=now)}"
                f"\n< {limits['acceptanceShare']} * ({asking.value(share, window=formerly)})"
                f"\nand {decisions} >= {limits['acceptanceDecisions']}"
            )
        case PeopleVanished(days=days):
            now = asking.value(People(), window=f"[{days}d:1d] offset 1d")
            formerly = asking.value(People(), window=f"[{days}d:1d] offset {1 + days}d")
            return (
                f"({now} or 0 * {formerly})\n< {limits['peopleShare']} * {formerly}"
                f"\nand {formerly} >= {limits['people']}"
            )
        case _:
            raise TypeError(f"{condition} is not about usage")


def _failing(condition: Failing, names: Names, limits: _Limits) -> str:
    window = f"{limits['failingHours']}h"
    lowest, newest = (
        runs.over(function, telemetry.EXIT, names, None, window)
        for function in ("min_over_time", "last_over_time")
    )
    harmless = "".join(f" != {code}" for code in condition.harmless if code)
    return f"{lowest} > 0\nand ({newest}{harmless})"


def _asking(sent: Sent, names: Names) -> Asking:
    apart = [naming.service(names)]
    if "organization" in sent.dimensions:
        apart.append(naming.label_key("organization.id", names))
    return Asking(names=names, namespace=sent.service_namespace, apart=tuple(apart))


def _rule(alert: Alert, sent: Sent, names: Names, limits: _Limits) -> dict[str, Any]:
    where = "" if isinstance(alert.condition, _OF_RUNS) else _place(sent, names)
    return {
        "alert": alert.name,
        "expr": _expression(alert.condition, sent, names, limits),
        "for": _duration(alert.lasting),
        "labels": {"severity": alert.severity},
        "annotations": {
            "summary": alert.summary,
            "description": f"{alert.description} {_figure(alert.condition, limits)}{where}",
            "runbook": alert.runbook,
        },
    }


def _place(sent: Sent, names: Names) -> str:
    if "organization" not in sent.dimensions:
        return ""
    return f' Organization: {{{{ index $labels "{naming.label_key("organization.id", names)}" }}}}.'


def _figure(condition: Condition, limits: _Limits) -> str:
    """Say the value that the rule found, and what it was held against."""
    match condition:
        case Stale():
            return (
                'Sink {{ index $labels "sink" }}: {{ $value | humanizeDuration }}, and at most '
                f"{limits['staleHours']}h is usual."
            )
        case DayMissing():
            return "A week before: {{ $value | humanize }} sessions."
        case OverBudget(days=days):
            return (
                '{{ $value | printf "%.2f" }} {{ index $labels "currency" }} in '
                f"{days} days; the budget is {limits['budget']}."
            )
        case FarAboveUsual():
            return (
                '{{ $value | printf "%.2f" }} {{ index $labels "currency" }} in a day, more than '
                f"{limits['unusualTimes']} times the usual."
            )
        case AcceptanceFalling(days=days):
            return (
                f"In {days} days {{{{ $value | humanizePercentage }}}}, less than "
                f"{limits['acceptanceShare']} of what it was."
            )
        case PeopleVanished(days=days):
            return (
                f"In {days} days {{{{ $value | humanize }}}}, less than {limits['peopleShare']} of "
                "the days before."
            )
        case Failing():
            return (
                f"None of {limits['failingHours']}h succeeded; exit code "
                "{{ $value | humanize }}."
            )


def _duration(time: dt.timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(_dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
