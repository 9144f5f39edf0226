"""Datadog's monitors: each alerts when it should, and is silent at the last value that is well."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ccsync.testing.otlp import Point
from ccsync_otlp.catalogue import COST, DECISIONS, METRICS, SESSIONS, TOKENS
from ccsync_otlp.dashboards.conditions import ALERTS
from ccsync_otlp.dashboards.datadog import files
from ccsync_otlp.dashboards.sent import Sent

from .datadog_like import Datadog
from .formulas import Lines
from .monitors_like import alerting

MONITORS: dict[str, Any] = {
    path.removeprefix("monitors/").removesuffix(".json"): json.loads(text)
    for path, text in files(Sent()).items()
    if path.startswith("monitors/")
}
TODAY = dt.date(2026, 11, 20)
EVENING = int(dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC).timestamp())
MORNING = int(dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC).timestamp())
NOON = MORNING + 4 * 3600
ALL_DAY = [NOON + 60, *(MORNING - 8 * 3600 + hour * 3600 for hour in range(24))]

Days = Mapping[int, float]
"""Values by age of the day; what is not named was not sent."""


def counts(metric: int, days: Days, **tags: str) -> list[Point]:
    """Give the points of a series, as the sink sends them to Datadog."""
    of = METRICS[metric]
    return [
        Point(
            metric=of.name,
            unit=of.unit,
            description=of.description,
            kind="sum",
            temporality="delta",
            monotonic=True,
            attributes=tuple(
                sorted((name.replace("__", "."), text) for name, text in tags.items())
            ),
            start_ns=0,
            time_ns=int(
                dt.datetime.combine(TODAY - dt.timedelta(days=age), dt.time(12), dt.UTC).timestamp()
            )
            * 10**9,
            value=value,
            resource=(("service.name", "ccsync"),),
            scope=("ccsync", ""),
        )
        for age, value in days.items()
    ]


def every(first: int, last: int, value: float) -> dict[int, float]:
    return dict.fromkeys(range(first, last + 1), value)


def organizations(key: str, points: list[Point], now: int) -> set[str]:
    found = alerting(MONITORS[key], Datadog(points), now)
    return {dict(group).get("organization.id", "") for group in found}


def test_there_is_a_monitor_for_every_alert() -> None:
    assert MONITORS.keys() == {*(one.key for one in ALERTS), "no-run"}
    for alert in ALERTS:
        body = MONITORS[alert.key]
        assert body["name"] == f"{alert.name}: {alert.summary}"
        assert f"What to do: {alert.runbook}" in body["message"]


def test_over_budget() -> None:
    spent: list[Point] = []
    for name, days in {
        "well": every(0, 29, 300) | {20: 1_300} | every(30, 40, 9_999),
        "wrong": every(0, 29, 300) | {20: 1_300.01},
    }.items():
        spent += counts(COST, days, organization__id=name, currency="usd", model="a")
        spent += counts(COST, days, organization__id=name, currency="eur", model="a")
    assert organizations("over-budget", spent, EVENING) == {"wrong"}
    assert len(alerting(MONITORS["over-budget"], Datadog(spent), EVENING)) == 2
    # In the morning the window reaches back to the noon of the thirtieth day before today.
    earlier = [one for one in spent if dict(one.attributes)["organization.id"] == "wrong"]
    assert organizations("over-budget", earlier, MORNING) == set()


def test_cost_unusual() -> None:
    spent = [
        *counts(COST, every(0, 14, 100) | {0: 300}, organization__id="well", currency="usd"),
        *counts(COST, every(0, 14, 100) | {0: 301}, organization__id="wrong", currency="usd"),
        *counts(COST, {0: 999, 1: 1}, organization__id="new", currency="usd"),
    ]
    assert organizations("cost-unusual", spent, EVENING) == {"wrong"}
    assert organizations("cost-unusual", spent, MORNING) == set()


@pytest.mark.parametrize("now", ALL_DAY)
def test_day_missing(now: int) -> None:
    """Of a day that has ended, at any time of today; a weekend without anybody is none."""
    newest = 1 if now > NOON else 2
    sessions = [
        *counts(SESSIONS, every(newest, 14, 5), organization__id="well"),
        *counts(SESSIONS, every(newest + 1, 14, 5), organization__id="wrong"),
        *counts(SESSIONS, every(newest, 14, 5) | {newest: 0}, organization__id="gone"),
        *counts(
            SESSIONS,
            {age: 5 for age in range(newest + 1, 15) if age % 7 != newest % 7},
            organization__id="weekend",
        ),
    ]
    assert organizations("day-missing", sessions, now) == {"wrong", "gone"}


@pytest.mark.parametrize("now", ALL_DAY)
def test_acceptance_falling(now: int) -> None:
    newest = 1 if now > NOON else 2

    def decisions(name: str, accepted: int, rejected: int) -> list[Point]:
        own = {"organization__id": name, "tool_name": "edit"}
        recent, former = (newest, newest + 6), (newest + 7, newest + 13)
        return [
            *counts(
                DECISIONS,
                every(*recent, accepted) | every(*former, 75) | {0: 0},
                decision="accept",
                **own,
            ),
            *counts(
                DECISIONS,
                every(*recent, rejected) | every(*former, 25) | {0: 99},
                decision="reject",
                **own,
            ),
        ]

    points = [*decisions("well", 61, 39), *decisions("wrong", 59, 41)]
    if newest == 2:
        points = [one for one in points if one.time_ns < (NOON - 16 * 3600) * 10**9]
    assert organizations("acceptance-falling", points, now) == {"wrong"}


@pytest.mark.parametrize("now", ALL_DAY)
@pytest.mark.parametrize(("left", "alerts"), [(6, False), (4, True), (0, True)])
def test_people_vanished(now: int, left: int, alerts: bool) -> None:
    points: list[Point] = []
    for number in range(10):
        days = every(8, 20, 1) | (every(0, 7, 1) if number < left else every(0, 7, 0))
        who = {"user__email": f"{number}_x.example", "actor__type": "user_actor"}
        points += counts(TOKENS, days, organization__id="o", **who)
    keys = every(8, 20, 1)
    points += counts(TOKENS, keys, api_key__name="k", actor__type="api_actor")
    # A day on which all are gone leaves no line at all, unless zeros were sent.
    assert bool(alerting(MONITORS["people-vanished"], Datadog(points), now)) is alerts


@pytest.mark.parametrize(
    ("hours_ago", "alerts"),
    [
        ({3: 23, 2: 24, 1: 25, 0: 26}, True),
        ({3: 21, 2: 23, 1: 24, 0: 25}, False),
        ({3: 25, 2: 26, 1: 27, 0: 0.1}, False),
        ({5: 0.1, 0: 24}, True),
        ({}, False),
    ],
)
def test_data_stale(hours_ago: Mapping[int, float], alerts: bool) -> None:
    text = "max:ccsync.data.freshness{*} by {service,sink}"
    lines: Lines = {
        (("service", "ccsync"), ("sink", "datadog")): {
            EVENING - hour * 3600 - 60: 3600 * age for hour, age in hours_ago.items()
        }
    }
    found = alerting(MONITORS["data-stale"], Datadog([]), EVENING, {text: lines})
    assert bool(found) is alerts


@pytest.mark.parametrize(
    ("codes", "alerts"),
    [
        ([5, 3, 5], True),
        ([5, 0, 5], False),
        ([75, 75, 75], False),
        ([5, 143, 5], True),
        ([], False),
    ],
)
def test_job_failing(codes: list[int], alerts: bool) -> None:
    text = "max:ccsync.run.exit{*} by {service}"
    lines: Lines = {
        (("service", "ccsync"),): {
            EVENING - hour * 3600 - 60: float(code) for hour, code in enumerate(codes)
        }
    }
    found = alerting(MONITORS["job-failing"], Datadog([]), EVENING, {text: lines})
    assert bool(found) is alerts


def test_no_run_only_hears_that_nothing_is_heard() -> None:
    body = MONITORS["no-run"]
    text = "max:ccsync.run.exit{*} by {service}"
    lines: Lines = {(("service", "ccsync"),): {EVENING - 60: 143.0}}
    assert alerting(body, Datadog([]), EVENING, {text: lines}) == set()
    assert body["options"]["on_missing_data"] == "show_and_notify_no_data"
    assert "last_26h" in body["query"]
