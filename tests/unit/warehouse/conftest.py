"""One scene, in one database per dialect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .engine import Engine
from .scene import Scene, make_scene


@pytest.fixture(scope="session")
def scene() -> Scene:
    return make_scene()


@pytest.fixture(scope="session", params=["duckdb", "bigquery"])
def engine(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The tables, filled, and all views; asked in either dialect."""
    made = Engine(request.param)
    made.fill(scene)
    made.create_views()
    yield made
    made.close()


@pytest.fixture(scope="session", params=["duckdb", "bigquery"])
def stored(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The tables, filled, and what the views show of them; asked in either dialect."""
    made = Engine(request.param)
    made.fill(scene)
    made.store_views()
    yield made
    made.close()
