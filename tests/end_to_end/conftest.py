"""A place to run the command in, and a scene with an API and a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.end_to_end.scene import Scene
from tests.end_to_end.truth import Database
from tests.support.command import Place

PLUGINS = {
    "sqlite": Path(__file__).parents[1] / "plugins" / "ccsync_sqlite",
    "scripted": Path(__file__).parent / "plugins",
}
"""Sinks by type, and the directory that holds the package `ccsync_TYPE` of each."""


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Give directories for PYTHONPATH that offer these sinks as installed packages would."""
    offers = tmp_path_factory.mktemp("plugins")
    for name in PLUGINS:
        metadata = offers / f"ccsync_{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: ccsync-{name}\nVersion: 1.0\n"
        )
        (metadata / "entry_points.txt").write_text(
            f"[ccsync.sinks]\n{name} = ccsync_{name}:PLUGIN\n"
        )
    return (offers, *PLUGINS.values())


@pytest.fixture
def place(tmp_path: Path, plugins: tuple[Path, ...]) -> Place:
    """A directory of its own, with a clock at noon."""
    return Place(tmp_path, plugins=plugins)


@pytest.fixture
def scene(place: Place) -> Iterator[Scene]:
    """A week of usage, its API by the clock of the place, and settings for a database."""
    organization = ScriptedOrganization()
    with Simulator(organization, now=place.clock) as api:
        scene = Scene(place, api, organization, Database(place.directory / "usage.db"))
        scene.put_week()
        scene.configure()
        yield scene
