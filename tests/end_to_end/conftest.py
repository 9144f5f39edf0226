"""A place to run the command in, and a scene with an API and a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.end_to_end.scene import Scene
from tests.end_to_end.truth import Database
from tests.support.command import Place
from tests.support.plugins import plugin_path

__all__ = ["plugin_path"]

SCRIPTED = Path(__file__).parent / "plugins"


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory, plugin_path: Path) -> tuple[Path, ...]:
    """Give folders for PYTHONPATH: the sinks of tests/plugins, and what is here, found likewise."""
    offers = tmp_path_factory.mktemp("offers")
    metadata = offers / "ccsync_scripted-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: ccsync-scripted\nVersion: 1.0\n"
    )
    (metadata / "entry_points.txt").write_text(
        "[ccsync.sinks]\nscripted = ccsync_scripted:PLUGIN\nleaky = ccsync_leaky:PLUGIN\n"
        "[ccsync.state]\nshared = ccsync_shared:open_store\n"
    )
    return (plugin_path, offers, SCRIPTED)


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
