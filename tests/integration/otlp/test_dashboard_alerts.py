"""Every rule of alerting on real backends: raised by data made for it, and silent otherwise."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from ccsync import telemetry
from ccsync.simulator import ScriptedOrganization, Simulator
from ccsync_otlp.dashboards import grafana
from ccsync_otlp.dashboards.sent import Sent
from tests.integration.otlp.alert_scenes import AGES, Scene, rows, scenes
from tests.integration.otlp.grafana_like import Backend
from tests.integration.otlp.pushing import Gauged, push
from tests.integration.otlp.truth import some_rows
from tests.support.backends import Prometheus, prometheus, victoriametrics
from tests.support.command import DAY, Place
from tests.support.helm import Helm
from tests.support.programs import program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PATIENCE = 30.0
HOUR = 3600.0
VARIANTS = ("prometheus", "victoriametrics")
FILES = grafana.files(Sent())

TIMES = ["00:00:00", "00:00:01", "00:59:59", "09:30:00", "12:00:00", "23:59:59"]
"""Rules are asked at any moment of a day."""


class Seen(NamedTuple):
    """What there is to be alarmed about."""

    preset: str
    backend: Backend
    today: dt.date
    """The last day that there is anything about."""

    scenes: list[Scene]


@pytest.fixture(scope="module", params=VARIANTS)
def seen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    directory = tmp_path_factory.mktemp(request.param)
    program(request.param)
    started = prometheus if request.param == "prometheus" else victoriametrics
    # Yesterday, so that every moment of the day is over.
    today = dt.datetime.now(dt.UTC).date() - DAY
    found, organization = scenes(), ScriptedOrganization()
    with started(directory / "backend") as backend:
        place = Place(directory)
        place.clock.at(today, "23:30")
        with Simulator(organization, now=place.clock) as api:
            sink = {"type": "otlp", "preset": request.param, "endpoint": backend.endpoint}
            start = {"start": f"{len(AGES)}d", "include_today": True}
            place.configure(api.base_url, {"metrics": sink}, sync=start)
            for first in (True, False):
                for age in AGES:
                    day = today - age * DAY
                    organization.put(day, rows(day, age, found, first=first))
                done = place.sync("--from", str(today - (len(AGES) - 1) * DAY), timeout=120)
                assert done.exit == 0, done
        yield Seen(request.param, backend, today, found)


def expressions(variant: str, group: str) -> dict[str, str]:
    """Give the expression of each alert in a group of rules."""
    groups = yaml.safe_load(FILES[f"{variant}/alerts.yaml"])["groups"]
    (found,) = [one for one in groups if one["name"] == group]
    return {rule["alert"]: rule["expr"] for rule in found["rules"]}


def asked(backend: Backend, expression: str, moment: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = backend.get(
        "/api/v1/query", query=expression, time=f"{moment:.3f}", nocache="1"
    )["data"]["result"]
    return found


def fired(seen: Seen, moment: dt.datetime) -> dict[str, set[str]]:
    """Give what is said of each organization."""
    label = "organization_id" if seen.preset == "prometheus" else "organization.id"
    found: dict[str, set[str]] = defaultdict(set)
    for name, expression in expressions(seen.preset, "ccsync-usage").items():
        for one in asked(seen.backend, expression, moment.timestamp()):
            found[one["metric"][label]].add(name)
    return found


@pytest.mark.parametrize("at", TIMES)
def test_alerts_about_usage(seen: Seen, at: str) -> None:
    moment = dt.datetime.combine(seen.today, dt.time.fromisoformat(at), dt.UTC)
    wanted = {scene.name: set(scene.alerts) for scene in seen.scenes if scene.alerts}
    until = time.monotonic() + PATIENCE
    while (found := fired(seen, moment)) != wanted and time.monotonic() < until:
        time.sleep(0.5)  # new points show after a moment
    assert found == wanted
    assert set().union(*wanted.values()) == set(expressions(seen.preset, "ccsync-usage"))


RUNS: dict[str, tuple[list[int], bool]] = {
    "good": ([0, 0, 0], False),
    "bad": ([3, 4, 5], True),
    "was-bad": ([3, 3, 0], False),
    "once-bad": ([0, 3, 3], False),
    "bad-but-once": ([75, 3], True),
    "busy-elsewhere": ([75, 75], False),
    "stopped": ([3, 143], False),
    "interrupted": ([3, 130], False),
}
"""Exit codes of the runs of three hours by service, and whether somebody has to look."""


@pytest.mark.parametrize("variant", VARIANTS)
def test_job_failing(variant: str, tmp_path: Path) -> None:
    program(variant)
    started = prometheus if variant == "prometheus" else victoriametrics
    now = time.time()
    with started(tmp_path) as backend:
        for service, (codes, _) in RUNS.items():
            for age, code in enumerate(reversed(codes)):
                at = now - age * HOUR - 60
                point = Gauged(telemetry.EXIT.name, code, at)
                push(backend.endpoint, [point], service, telemetry.EXIT.unit)
        label = "job" if variant == "prometheus" else "service.name"
        expression = expressions(variant, "ccsync-runs")["CcsyncJobFailing"]
        wanted = {service for service, (_, looks) in RUNS.items() if looks}

        def failing(at: float) -> set[str]:
            return {one["metric"][label] for one in asked(backend, expression, at)}

        until = time.monotonic() + PATIENCE
        while failing(now) != wanted and time.monotonic() < until:
            time.sleep(0.5)
        assert failing(now) == wanted
        assert failing(now + 2.9 * HOUR) >= wanted, "nothing new is no reason to be silent yet"
        assert failing(now + 4 * HOUR) == set(), "after that the age of the data says it"


@pytest.mark.parametrize("variant", VARIANTS)
def test_data_stale(variant: str, tmp_path: Path) -> None:
    program(variant)
    started = prometheus if variant == "prometheus" else victoriametrics
    with started(tmp_path / "backend") as backend:
        organization = ScriptedOrganization()
        place = Place(tmp_path)
        today = dt.datetime.now(dt.UTC).date()
        for age in range(6):
            day = today - age * DAY
            organization.put(day, some_rows(day, organization.organization_id))
        place.clock.advance(seconds=(dt.datetime.now(dt.UTC) - place.clock()).total_seconds())
        with Simulator(organization, now=place.clock) as api:
            sink = {"type": "otlp", "preset": variant, "endpoint": backend.endpoint}
            unreachable = {"type": "otlp", "endpoint": "http://127.0.0.1:9", "retry_deadline": "1s"}
            place.configure(
                api.base_url,
                {"metrics": sink, "away": unreachable},
                telemetry={"endpoint": backend.endpoint},
            )
            assert place.sync().exit == 5
        expression = expressions(variant, "ccsync-runs")["CcsyncDataStale"]

        def stale(hours: float) -> dict[str, float]:
            found = asked(backend, expression, time.time() + hours * HOUR)
            return {one["metric"]["sink"]: float(one["value"][1]) for one in found}

        until = time.monotonic() + PATIENCE
        while not stale(27) and time.monotonic() < until:
            time.sleep(0.5)
        for hours in (0.01, 1.0, 25.9):
            assert stale(hours) == {}
        for hours in (26.1, 100.0, 300.0):
            assert stale(hours) == {"metrics": pytest.approx(hours * HOUR, abs=60)}


def of_the_chart(tmp_path: Path) -> dict[str, Any]:
    """Give all groups that the Helm chart makes, for both variants, with another budget."""
    values = {
        "image": {"repository": "registry.example/platform/ccsync"},
        "secret": {"existingSecret": "ccsync-credentials"},
        "config": {"sinks": {"console": {"type": "stdout"}}},
        "prometheusRule": {
            "enabled": True,
            "dataRules": "both",
            "thresholds": {"budget": 7777.5, "unusualTimes": 2.5, "failingHours": 4},
        },
    }
    (tmp_path / "helm").mkdir()
    made = Helm("helm4", tmp_path / "helm").manifests(values)
    groups = [
        # As the operator does it: each object becomes a file, in which names of groups are unique.
        {**group, "name": f"{one['metadata']['name']}/{group['name']}"}
        for one in made
        if one["kind"] == "PrometheusRule"
        for group in one["spec"]["groups"]
    ]
    return {"groups": groups}


@pytest.mark.parametrize(
    ("chart", "amount", "count"), [(False, "10000", 7), (True, "7777.5", 7 + 7 + 5)]
)
def test_prometheus_loads_the_rules_and_raises_them(
    chart: bool, amount: str, count: int, tmp_path: Path
) -> None:
    """Syntax, templates and all, with the waiting taken out."""
    program("prometheus")
    organization, place = ScriptedOrganization(), Place(tmp_path)
    today = dt.datetime.now(dt.UTC).date() - DAY
    found = [one for one in scenes() if one.name in ("well", "corrected-upward")]
    file = FILES["prometheus/alerts.yaml"]
    rules: dict[str, Any] = of_the_chart(tmp_path) if chart else yaml.safe_load(file)
    for group in rules["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            rule["for"] = "0s"
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), "utf-8")
    with prometheus(tmp_path / "backend") as backend:
        settings = tmp_path / "backend" / "prometheus.yml"
        own = f"rule_files: [{tmp_path / 'rules.yaml'}]\n"
        settings.write_text(settings.read_text("utf-8") + own, "utf-8")
        backend.post("/-/reload")
        place.clock.at(today, "23:30")
        for age in AGES:
            day = today - age * DAY
            organization.put(day, rows(day, age, found, first=False))
        with Simulator(organization, now=place.clock) as api:
            sink = {"type": "otlp", "preset": "prometheus", "endpoint": backend.endpoint}
            place.configure(
                api.base_url,
                {"metrics": sink},
                sync={"start": f"{len(AGES)}d", "include_today": True},
            )
            assert place.sync(timeout=120).exit == 0
        push(
            backend.endpoint,
            [Gauged(telemetry.EXIT.name, 3, time.time())],
            "ccsync",
            telemetry.EXIT.unit,
        )
        raised = _raised(backend, {"CcsyncCostOverBudget", "CcsyncJobFailing"})
        budget, failing = raised["CcsyncCostOverBudget"], raised["CcsyncJobFailing"]
        assert budget["labels"]["organization_id"] == "corrected-upward"
        assert budget["labels"]["severity"] == "warning"
        said = budget["annotations"]["description"]
        wanted = f"USD in 30 days; the budget is {amount}. Organization: corrected-upward."
        assert wanted in said, said
        assert "exit code 3." in failing["annotations"]["description"]
        health = [
            (rule["name"], rule["health"], rule.get("lastError", ""))
            for group in backend.get("/api/v1/rules")["data"]["groups"]
            for rule in group["rules"]
        ]
        assert len(health) == count
        assert all(state == "ok" and not error for _, state, error in health), health


def _raised(backend: Prometheus, names: set[str]) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while True:
        found = {
            one["labels"]["alertname"]: one
            for one in backend.get("/api/v1/alerts")["data"]["alerts"]
            if one["state"] == "firing"
        }
        if names <= set(found) or time.monotonic() > until:
            assert names <= set(found), found
            return found
        time.sleep(0.5)
