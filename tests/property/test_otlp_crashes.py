"""The OTLP sink's answer stays right whatever dies, gets lost or comes twice on the way.

Twelve days, restated up and down in four rounds while they are open and again when they are
settled; sixty runs, of which three in ten die at some contact with the outside: before and after
each request, each note and each saving of the ledger. In the end every cell, which is a series that
ever had to be shown and a day, equals what the API says, at each kind of store.
"""

from __future__ import annotations

import pytest

from ccsync.testing.otlp import AppendStore, FirstWinsStore, OtlpReceiver, OverwriteStore
from ccsync_otlp import OtlpConfig
from tests.property.otlp_mutants import EVERY_STORE, MUTANTS, Stores
from tests.support.otlp_world import OtlpWorld, real_way, settings

pytestmark = pytest.mark.thorough

SEEDS = (4, 6, 7, 11)

_CASES: dict[str, tuple[OtlpConfig, tuple[Stores, ...]]] = {
    "otlp": (settings("otlp"), EVERY_STORE),
    "honeycomb": (settings("honeycomb"), EVERY_STORE),
    "observed": (settings(point_time="observed"), EVERY_STORE),
    # The last write of a series and time wins there; elsewhere this preset has no business.
    "datadog": (settings("datadog"), (OverwriteStore,)),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", _CASES)
def test_every_cell_is_right_in_the_end(case: str, seed: int) -> None:
    config, kinds = _CASES[case]
    stores = [kind() for kind in kinds]
    world = OtlpWorld(seed, config, stores)
    world.live()
    assert world.deaths >= 5, "too peaceful a life"
    for store in stores:
        found = world.compare(store)
        assert found.cells > 1_000
        assert found.wrong == [], type(store).__name__


def test_over_real_http() -> None:
    """The same life, each request through the official exporter's session to a real server."""
    with OtlpReceiver() as receiver:
        config = settings(endpoint=receiver.endpoint)
        way = real_way(config)
        world = OtlpWorld(9, config, way=way)
        world.live()
        way.close()
        assert len(receiver.requests) > 300
        for kind in (OverwriteStore, FirstWinsStore, AppendStore):
            assert world.compare(kind(receiver.stored)).wrong == [], kind.__name__


def wrong_cells(name: str, seed: int) -> list[int]:
    """Let a mutant live; give how many cells are wrong at each of its stores."""
    mutant = MUTANTS[name]
    stores = [kind() for kind in mutant.stores]
    world = OtlpWorld(seed, mutant.config, stores, sink=mutant.sink)
    with mutant.at_work():
        world.live()
    return [len(world.compare(store).wrong) for store in stores]


@pytest.mark.parametrize("name", MUTANTS)
def test_each_rule_is_needed(name: str) -> None:
    first = MUTANTS[name].found_by[0]
    # The seed known to find it comes first; other changes of the world may need another one.
    seeds = sorted(SEEDS, key=lambda seed: seed != first)
    assert any(all(wrong_cells(name, seed)) for seed in seeds), f"nobody misses: {name}"


@pytest.mark.parametrize("name", [name for name, one in MUTANTS.items() if one.right_in_peace])
def test_these_faults_need_trouble_to_show(name: str) -> None:
    """So a test without deaths would call these sinks right."""
    mutant = MUTANTS[name]
    stores = [kind() for kind in mutant.stores]
    world = OtlpWorld(4, mutant.config, stores, sink=mutant.sink, crashes=0.0, calm=True)
    with mutant.at_work():
        world.live()
    assert world.deaths == 0
    for store in stores:
        assert world.compare(store).wrong == [], type(store).__name__


if __name__ == "__main__":
    for fault in MUTANTS:
        print(fault, {seed: wrong_cells(fault, seed) for seed in SEEDS}, flush=True)  # noqa: T201
