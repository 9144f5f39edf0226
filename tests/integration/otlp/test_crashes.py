"""The lives of tests/property/test_otlp_crashes.py, lived with real backends.

Each life takes place in days of its own, at one backend.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ccsync_otlp.settings import PresetName
from tests.support.backends import Backend, collector, prometheus, victoriametrics
from tests.support.otlp_world import DAYS, LIFE, OtlpWorld, real_way, settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SEEDS = (1, 2, 4, 7)
PRESETS: dict[str, PresetName] = {
    "prometheus": "prometheus",
    "victoriametrics": "victoriametrics",
    "victoriametrics-dedup": "victoriametrics",
    "collector": "otlp",
}


@pytest.fixture(scope="module", params=PRESETS)
def where(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Backend, str]]:
    """Give a name, a backend, and the endpoint of the way to it."""
    name = str(request.param)
    base = tmp_path_factory.mktemp(name)
    with ExitStack() as stack:
        backend: Backend
        match name:
            case "prometheus":
                backend = stack.enter_context(prometheus(base / "prometheus"))
            case "victoriametrics-dedup":
                backend = stack.enter_context(victoriametrics(base / "vm", dedup="1m"))
            case _:
                backend = stack.enter_context(victoriametrics(base / "vm"))
        endpoint = backend.endpoint
        if name == "collector":
            behind = collector(base / "collector", endpoint.removesuffix("/v1/metrics"))
            endpoint = stack.enter_context(behind).http
        yield name, backend, endpoint


def a_life(seed: int, number: int, name: str, endpoint: str, **more: object) -> OtlpWorld:
    """Live, in days before those of the lives with lower numbers."""
    today = dt.datetime.combine(dt.datetime.now(dt.UTC).date(), dt.time(), dt.UTC)
    start = today - LIFE - dt.timedelta(days=1 + DAYS * number)
    config = settings(PRESETS[name], endpoint=endpoint, **more)
    way = real_way(config)
    try:
        world = OtlpWorld(seed, config, way=way, start=start)
        world.live()
    finally:
        way.close()
    return world


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_right_in_the_end(seed: int, where: tuple[str, Backend, str]) -> None:
    name, backend, endpoint = where
    world = a_life(seed, SEEDS.index(seed), name, endpoint)
    assert world.deaths >= 5, "too peaceful a life"
    found = world.compare(backend)
    assert found.cells > 1_000
    assert found.wrong == []


def test_one_time_for_all_revisions_would_be_wrong(tmp_path: Path) -> None:
    """So these lives do find out: of the same time, Prometheus keeps what came first."""
    with prometheus(tmp_path / "prometheus") as backend:
        world = a_life(1, 0, "prometheus", backend.endpoint, point_time="fixed")
        assert len(world.compare(backend).wrong) > 100
