"""The installed command into real backends, directly and through a Collector: the promise.

Ten days are synced, restated in every way, synced again, and some of it is taken back and synced a
third time. Every series of every day then shows what the API says, and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from ccsync.testing.otlp import AppendStore, OtlpReceiver
from tests.integration.otlp.truth import Cell, shown, some_rows, truth
from tests.support.backends import (
    METRICS,
    UNDERSCORED,
    Backend,
    Collector,
    Prometheus,
    collector,
    prometheus,
    victoriametrics,
)
from tests.support.command import DAY, Place
from tests.support.programs import path_of, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

WAYS = {
    "prometheus": ("prometheus",),
    "victoriametrics": ("victoriametrics",),
    "collector-http": ("otelcol",),
    "collector-grpc": ("otelcol", "victoriametrics"),
}
"""Where usage goes: straight to a backend, or through a Collector to our own receiver and to
VictoriaMetrics; and what each needs."""

LABELS = {
    *("actor.type", "api_key.name", "currency", "customer_type", "decision", "is_remote", "model"),
    *("organization.id", "subscription_type", "terminal.type", "tool_name", "type", "user.email"),
}


def needs(way: str) -> None:
    for name in WAYS[way]:
        program(name)


@dataclass
class Scene:
    """What was sent where, and what has to be shown."""

    place: Place
    api: Simulator
    organization: ScriptedOrganization
    days: list[dt.date]
    """Oldest first; the last is the running day by the clock of the runs."""

    backends: dict[str, Backend] = field(default_factory=dict[str, Backend])
    sinks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    direct: OtlpReceiver = field(default_factory=OtlpReceiver)
    """Gets everything directly."""

    behind: OtlpReceiver = field(default_factory=OtlpReceiver)
    """Gets everything through a Collector."""

    ever: dict[dt.date, set[Cell]] = field(default_factory=dict[dt.date, set[Cell]])
    """What a sync has shown at some time."""

    def sync(self, *arguments: str) -> None:
        for day in self.days:
            self.ever.setdefault(day, set()).update(truth(self.organization, day))
        done = self.place.sync(*arguments, timeout=100)
        assert done.exit == 0, done.problems

    def day(self, way: str, day: dt.date) -> dict[Cell, float]:
        """Give what is shown, zeros too."""
        if way == "collector-http":
            return shown(AppendStore(self.behind.stored).day(day, zeros=True))
        return shown(self.backends[way].day(day))


def restate(scene: Scene) -> None:
    today, old = scene.days[-1], scene.days[1]
    scene.organization.put(today, some_rows(today, scene.organization.organization_id))
    scene.api.restate(today - DAY, "values", share=0.5)
    scene.api.restate(today - 2 * DAY, "vanish", share=0.4)
    scene.api.restate(today - 3 * DAY, "redimension", share=0.5)
    scene.api.restate(today - 4 * DAY, "zero", share=0.5)
    scene.api.restate(today - 5 * DAY, "vanish")
    scene.api.restate(old, "vanish", share=0.2)
    scene.api.restate(old, "values", share=0.6)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    base = tmp_path_factory.mktemp("backends")
    organization = ScriptedOrganization()
    place = Place(base)
    # Two days back, so that the running day of these runs has really passed: then noon has, too.
    today = dt.datetime.now(dt.UTC).date() - 2 * DAY
    place.clock.at(today, "10:30")
    days = [today - number * DAY for number in range(9, -1, -1)]
    for day in days:
        rows = some_rows(day, organization.organization_id)
        organization.put(day, rows[: len(rows) // 2] if day == today else rows)
    with ExitStack() as stack:
        api = stack.enter_context(Simulator(organization, now=place.clock))
        scene = Scene(place, api, organization, days)
        stack.enter_context(scene.direct)
        stack.enter_context(scene.behind)
        _connect(scene, base, stack)
        place.configure(
            api.base_url, scene.sinks, sync={"start": str(days[0]), "include_today": True}
        )
        scene.sync()
        restate(scene)
        place.clock.at(today, "15:00")
        scene.sync("--from", str(days[0]))
        # What went away comes back, and what came goes.
        back = today - 2 * DAY
        organization.put(back, some_rows(back, organization.organization_id))
        api.restate(today - 3 * DAY, "vanish", share=0.5)
        place.clock.at(today + DAY, "09:00")
        scene.sync("--from", str(days[0]), "--to", str(today))
        yield scene


def _connect(scene: Scene, base: Path, stack: ExitStack) -> None:
    """Start what is there, and make a sink for each way."""

    def present(way: str) -> bool:
        return all(path_of(name).exists() for name in WAYS[way])

    def sink(preset: str, endpoint: str, **more: Any) -> dict[str, Any]:
        return {"type": "otlp", "preset": preset, "endpoint": endpoint, **more}

    scene.sinks["direct"] = sink("otlp", scene.direct.endpoint)
    if present("prometheus"):
        one = stack.enter_context(prometheus(base / "prometheus"))
        scene.backends["prometheus"] = one
        readback = {"url": one.address}
        scene.sinks["prometheus"] = sink("prometheus", one.endpoint, readback=readback)
    if present("victoriametrics"):
        two = stack.enter_context(victoriametrics(base / "victoriametrics"))
        scene.backends["victoriametrics"] = two
        readback = {"url": two.address}
        scene.sinks["victoriametrics"] = sink("victoriametrics", two.endpoint, readback=readback)
    through: Collector
    if present("collector-http"):
        through = stack.enter_context(collector(base / "http", scene.behind.base_url))
        scene.sinks["collector-http"] = sink("otlp", through.http)
    if present("collector-grpc"):
        three = stack.enter_context(victoriametrics(base / "behind"))
        scene.backends["collector-grpc"] = three
        address = three.endpoint.removesuffix("/v1/metrics")
        through = stack.enter_context(collector(base / "grpc", address))
        scene.sinks["collector-grpc"] = sink("otlp", through.grpc, protocol="grpc")


@pytest.mark.parametrize("way", WAYS)
def test_every_series_of_every_day_is_what_the_api_says(way: str, scene: Scene) -> None:
    needs(way)
    for day in scene.days:
        found = scene.day(way, day)
        assert {cell: value for cell, value in found.items() if value} == truth(
            scene.organization, day
        ), day


@pytest.mark.parametrize("way", WAYS)
def test_what_vanished_is_zero_and_nothing_else_is(way: str, scene: Scene) -> None:
    needs(way)
    ghosts = 0
    for day in scene.days:
        zeros = {cell for cell, value in scene.day(way, day).items() if not value}
        assert zeros == scene.ever[day] - truth(scene.organization, day).keys(), day
        ghosts += len(zeros)
    assert ghosts > 100, "nothing has vanished: what is tested here?"


@pytest.mark.parametrize("way", ["prometheus", "victoriametrics", "collector-grpc"])
def test_no_value_and_no_time_stamp_is_lost(way: str, scene: Scene) -> None:
    """Each point that was sent is stored, at its own millisecond, inside its day."""
    needs(way)
    sent: dict[Cell, set[tuple[int, float]]] = {}
    for point in scene.direct.stored:
        assert point.time_ns % 10**6 == 0
        (cell,) = shown({point.series: 0})
        sent.setdefault(cell, set()).add((point.time_ns // 10**6, float(point.value)))
    kept: dict[Cell, set[tuple[int, float]]] = {}
    for day in scene.days:
        for series, samples in scene.backends[way].samples(day).items():
            (cell,) = shown({series: 0})
            kept.setdefault(cell, set()).update((one.time_ms, one.value) for one in samples)
    assert kept == sent
    assert max(map(len, sent.values())) > len(scene.days), "no day has several revisions"


def test_the_collector_passes_on_what_it_got(scene: Scene) -> None:
    needs("collector-http")
    assert sorted(scene.behind.stored) == sorted(scene.direct.stored)


def test_names_in_prometheus_are_those_that_the_readme_gives(scene: Scene) -> None:
    """Underscores; the unit of money alone; no `_ratio`, no `_total`, no target_info."""
    needs("prometheus")
    series = scene.backends["prometheus"].labels(scene.days[-2])
    assert {labels.pop("__name__") for labels in series} == set(UNDERSCORED)
    assert {labels.pop("job") for labels in series} == {"ccsync"}
    names = {name.replace(".", "_") for name in LABELS}
    assert {name for labels in series for name in labels} == names
    assert _other_names(scene, "prometheus") == set()


@pytest.mark.parametrize("way", ["victoriametrics", "collector-grpc"])
def test_names_in_victoriametrics_are_as_sent(way: str, scene: Scene) -> None:
    needs(way)
    series = scene.backends[way].labels(scene.days[-2])
    assert {labels.pop("__name__") for labels in series} == set(METRICS)
    assert {labels.pop("service.name") for labels in series} == {"ccsync"}
    assert {name for labels in series for name in labels} == LABELS


@pytest.mark.parametrize("way", ["prometheus", "victoriametrics"])
def test_verify_agrees_until_the_api_says_something_else(way: str, scene: Scene) -> None:
    needs(way)
    first, last = scene.days[0], scene.days[-2]
    asked = ("verify", "--sink", way, "--from", str(first), "--to", str(last))
    done = scene.place.run(*asked, timeout=60)
    assert done.exit == 0, done
    day = scene.days[2]
    before = truth(scene.organization, day)
    rows = some_rows(day, scene.organization.organization_id)
    scene.organization.put(day, rows[1:])
    assert truth(scene.organization, day) != before
    differs = scene.place.run(*asked, timeout=60)
    scene.organization.put(day, rows)
    assert differs.exit == 6, differs
    assert str(day) in differs.stdout + differs.stderr


def _other_names(scene: Scene, way: str) -> set[str]:
    """Give names of metrics that came from us beside the documented ones."""
    backend = scene.backends[way]
    assert isinstance(backend, Prometheus)
    found = backend.ask('last_over_time({job="ccsync"}[1d])', scene.days[-1])
    return {one["metric"]["__name__"] for one in found} - set(UNDERSCORED)
