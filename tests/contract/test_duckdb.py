"""The promises of a sink, kept by DuckDB's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccsync.records import Record
from ccsync.testing import SinkContract, a_record
from ccsync.testing.contract.given import Shown, Trouble
from ccsync_duckdb import PLUGIN, DuckDBConfig
from tests.support import duckdb


class TestDuckDB(SinkContract):
    plugin = PLUGIN

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """A file without a day; how one is made is told in `tests/unit/sinks/duckdb`."""
        path = tmp_path / "usage.duckdb"
        duckdb.make(path)
        return path

    @pytest.fixture
    def config(self, path: Path) -> DuckDBConfig:
        return duckdb.a_config(path)

    @pytest.fixture(autouse=True)
    def small_slices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Two statements a day when there are newcomers, as in all that are interrupted.
        monkeypatch.setattr("ccsync_duckdb.writing._SLICE_ROWS", 25)

    @pytest.fixture
    def shown(self, path: Path) -> Shown:
        return functools.partial(duckdb.shown, path)

    @pytest.fixture
    def outage(self, path: Path) -> Trouble:
        return lambda: duckdb.away(path)

    @pytest.fixture
    def refusal(self, path: Path) -> Trouble:
        @contextmanager
        def foreign() -> Generator[None]:
            kept = path.with_name("kept")
            path.rename(kept)
            path.write_text("somebody else's notes")
            yield
            kept.replace(path)

        return foreign

    @pytest.fixture
    def recreate(self, path: Path) -> Callable[[], None]:
        return path.unlink

    @pytest.fixture
    def poison(self) -> Record:
        return a_record("poison@northwind.example", lines_added=2**63)  # one more than BIGINT holds
