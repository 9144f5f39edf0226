"""A path for a file, and what makes sinks over it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeAlias

import pytest

from ccsync.testing.contract.context import ContractContext
from ccsync_duckdb.sink import DuckDBSink
from tests.support import duckdb

Make: TypeAlias = Callable[[], DuckDBSink]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


@pytest.fixture
def new(path: Path) -> Path:
    """A file without a day at the path, for tests that do not care how one is made."""
    duckdb.make(path)
    return path


@pytest.fixture
def make(path: Path) -> Generator[Make]:
    made: list[DuckDBSink] = []

    def one() -> DuckDBSink:
        made.append(DuckDBSink(duckdb.a_config(path), ContractContext()))
        return made[-1]

    yield one
    for sink in made:
        sink.close()
