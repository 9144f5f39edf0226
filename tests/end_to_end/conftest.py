"""A place to run the command in, and an organization whose days a test puts row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.support.command import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A directory of its own, with a clock at noon."""
    return Place(tmp_path)


@pytest.fixture
def organization() -> ScriptedOrganization:
    """An organization without any usage yet."""
    return ScriptedOrganization()


@pytest.fixture
def api(organization: ScriptedOrganization, place: Place) -> Iterator[Simulator]:
    """The API of that organization, by the clock of the place."""
    assert place.clock is not None
    with Simulator(organization, now=place.clock) as running:
        yield running
