"""The promises of a sink, kept by a third party's: the one that sinks/README.md shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from ccsync.records import Record
from ccsync.testing import SinkContract
from ccsync.testing.contract.given import Shown, Trouble
from ccsync_sqlite import PLUGIN, SqliteConfig


class TestSqlite(SinkContract):
    plugin = PLUGIN

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "usage.db"

    @pytest.fixture
    def config(self, path: Path) -> SqliteConfig:
        return SqliteConfig(type="sqlite", path=str(path))

    @pytest.fixture
    def shown(self, path: Path) -> Shown:
        def read(source_id: str, day: object) -> list[Record]:
            query = "select record from records where source_id = ? and day = ?"
            if not path.exists():
                return []
            with closing(sqlite3.connect(path)) as database:
                rows = database.execute(query, (source_id, str(day))).fetchall()
            return [msgspec.json.decode(row[0], type=Record) for row in rows]

        return read

    @pytest.fixture
    def outage(self, path: Path) -> Trouble:
        """Another program has the database to itself."""

        @contextmanager
        def locked() -> Generator[None]:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("begin exclusive")
                yield

        return locked

    @pytest.fixture
    def refusal(self, path: Path) -> Trouble:
        """Somebody put another file in its place."""

        @contextmanager
        def replaced() -> Generator[None]:
            database = path.rename(path.with_suffix(".aside"))
            path.write_text("This is no database. " * 100)
            yield
            database.rename(path)

        return replaced

    @pytest.fixture
    def recreate(self, path: Path) -> Callable[[], None]:
        return path.unlink
