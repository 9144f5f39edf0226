"""Every query of the Grafana dashboard of the runs, asked of real backends after real runs.

What Kubernetes would say is sent by the test itself, by the names that kube-state-metrics has.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pytest

from ccsync_otlp.dashboards import grafana
from ccsync_otlp.dashboards.sent import Sent
from tests.integration.otlp.dashboard_truth import points
from tests.integration.otlp.dashboard_world import World, world
from tests.integration.otlp.grafana_like import Query, View, instant, queries, ranged, written
from tests.integration.otlp.pushing import Gauged, push
from tests.support.backends import prometheus, victoriametrics
from tests.support.programs import program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

FILES = grafana.files(Sent())
PATIENCE = 30.0
SOON = 120.0
"""Seconds that runs and tests may take."""

HOUR = dt.timedelta(hours=1)
STEP = 3600
"""Of charts, in seconds: each run is in one window, and in one only."""

Numbers: TypeAlias = dict[str, float]
"""By what the panel's legend names."""


@pytest.fixture(scope="module", params=["prometheus", "victoriametrics"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    directory = tmp_path_factory.mktemp(request.param)
    program(request.param)
    started = prometheus if request.param == "prometheus" else victoriametrics
    with (
        started(directory / "backend") as backend,
        world(directory, backend, request.param) as found,
    ):
        said = list(kubernetes(found.ended.timestamp() - 1))
        push(backend.endpoint, said, "kube-state-metrics")
        yield found


def kubernetes(now: float) -> Iterator[Gauged]:
    """Give what kube-state-metrics says of our CronJob, and of one that is none of our business."""
    for name, age, suspended in (("my-ccsync", 7_200, 0), ("backup", 90_000, 1)):
        where = {"namespace": "usage", "cronjob": name}
        yield Gauged("kube_cronjob_status_last_successful_time", now - age, now, where)
        yield Gauged("kube_cronjob_spec_suspend", suspended, now, where)
        for number, failed in enumerate((1, 0, 1, 1)):
            job = {"namespace": "usage", "job_name": f"{name}-{number}"}
            owner = {"owner_kind": "CronJob", "owner_name": name}
            yield Gauged("kube_job_owner", 1, now, {**job, **owner})
            yield Gauged("kube_job_failed", failed, now, {**job, "condition": "true"})
            yield Gauged("kube_job_failed", 1 - failed, now, {**job, "condition": "false"})


def expected(filled: World) -> dict[str, tuple[Numbers, float]]:
    """Give what each panel shows an hour after the last run, and how exactly; charts added up."""
    with_sessions = {
        one.day for one in points(filled.rows) if one.metric.endswith("session.count") and one.value
    }
    newest = dt.datetime.combine(max(with_sessions), dt.time(), dt.UTC).timestamp() * 1000
    delivered = [event for run in filled.runs for event in run.named("day.delivered")]
    first = (filled.ended + HOUR - dt.timedelta(days=30)).date()
    return {
        "Age of the data": ({"metrics": 3600}, SOON),
        "Since the last success": ({"": 3600}, SOON),
        "Last exit code": ({"": 0}, 0),
        "Newest day with usage": ({"": newest}, 0),
        "Days with usage": ({"": len([day for day in with_sessions if day > first])}, 0),
        "Exit codes": ({"": 0}, 0),
        "Errors": ({"metrics": 0, "": 0}, 0),
        "Days delivered": ({"metrics": len(delivered)}, 0),
        "Records delivered": ({"metrics": sum(one["records"] for one in delivered)}, 0),
        "Since the CronJob's last success": ({"usage my-ccsync": 7_200}, SOON),
        "Failed Jobs": ({"usage my-ccsync": 3}, 0),
        "Suspended": ({"usage my-ccsync": 0}, 0),
        "Duration of runs": ({"": sum(one.finished["seconds"] for one in filled.runs)}, SOON),
    }


KEYS: Mapping[str, list[str]] = {
    "Age of the data": ["sink"],
    "Errors": ["sink"],
    "Days delivered": ["sink"],
    "Records delivered": ["sink"],
    "Since the CronJob's last success": ["namespace", "cronjob"],
    "Failed Jobs": ["namespace", "owner_name"],
    "Suspended": ["namespace", "cronjob"],
}


def test_every_query_says_what_happened(filled: World) -> None:
    text = FILES[f"{filled.preset}/health.json"]
    dashboard, wanted = json.loads(text), expected(filled)
    assert {query.title for query in queries(text)} == set(wanted)
    for query in queries(text):
        truth, near = wanted[query.title]
        until = time.monotonic() + PATIENCE
        while (found := shown(filled, dashboard, query)) != pytest.approx(truth, abs=near):
            assert time.monotonic() < until, f"{query.title}: {found}, not {truth}"
            time.sleep(0.5)  # new points show after a moment
    print(f"{filled.preset} health: {len(wanted)} queries, 0 wrong")  # noqa: T201


def shown(filled: World, dashboard: dict[str, Any], query: Query) -> Numbers:
    """Give what a panel shows; the values of a chart are added up."""
    # What Kubernetes says is said all the time, what runs say when they end.
    now = filled.ended if "kube" in query.target["expr"] else filled.ended + HOUR
    service = "job" if filled.preset == "prometheus" else "service.name"
    keys = [service, "__name__", *KEYS.get(query.title, [])]
    view = View("30 days", now - dt.timedelta(days=30), now)
    expression = written(query.target["expr"], dashboard, view, STEP)
    if query.target["instant"]:
        answers = [instant(filled.backend, expression, now, keys)]
    else:
        whole = view._replace(until=now + HOUR)
        answers = list(ranged(filled.backend, expression, whole, STEP, keys).values())
    found: Numbers = {}
    for answer in answers:
        for key, value in answer.items():
            name = " ".join(key[2:])
            found[name] = found.get(name, 0) + float(value)
    return found
