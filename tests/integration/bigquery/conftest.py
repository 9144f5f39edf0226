"""The tables of the warehouse's unit tests, at each emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from ccsync.warehouse.dialect import BigQuery
from tests.support.bigquery_emulators import EMULATORS, Emulator, Row, emulator
from tests.unit.warehouse.engine import plain
from tests.unit.warehouse.scene import TODAY, Scene, make_scene

DATASET = "claude_code"


class Warehouse(NamedTuple):
    """Tables that are filled, and views over them."""

    emulator: Emulator
    scene: Scene
    dialect: BigQuery

    def ask(self, sql: str) -> list[Row]:
        """Give the rows of a query, in order; equal amounts are spelled alike."""
        return [
            {name: plain(value) for name, value in row.items()} for row in self.emulator.run(sql)
        ]


@pytest.fixture(scope="module", params=EMULATORS)
def empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """An emulator of the module's own: one of them grows slower with each query."""
    name = str(request.param)
    directory: Path = tmp_path_factory.mktemp(name)
    with emulator(name, directory) as running:
        yield running


@pytest.fixture(scope="module")
def warehouse(empty: Emulator) -> Warehouse:
    scene = make_scene()
    line = msgspec.json.Encoder(decimal_format="string").encode
    empty.create_all(DATASET)
    empty.insert(DATASET, "usage_raw", map(line, scene.rows))
    empty.insert(DATASET, "sync_days", map(line, scene.commits))
    return Warehouse(empty, scene, empty.dialect(DATASET, today=TODAY))
