"""The promises of a sink, kept by one that writes point by point and needs tombstones."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ccsync.snapshot import Snapshot
from ccsync.testing import SinkContract
from ccsync.testing.contract.given import Shown, Trouble
from ccsync_faulty import SERIES, SeriesConfig
from ccsync_faulty.series import series_of


class TestSeries(SinkContract):
    plugin = SERIES
    atomic = False
    day_size = 4

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "points.db"

    @pytest.fixture
    def config(self, path: Path) -> SeriesConfig:
        return SeriesConfig(type="series", path=str(path))

    @pytest.fixture
    def shown(self, path: Path) -> Shown:
        def read(source_id: str, day: dt.date) -> Collection[tuple[str, int]]:
            query = "select series, value from points where source_id = ? and day = ? and value > 0"
            with closing(sqlite3.connect(path)) as database:
                return database.execute(query, (source_id, str(day))).fetchall()

        return read

    def expected(self, snapshot: Snapshot) -> Collection[tuple[str, int]]:
        """Sessions by series; a series at zero is not shown."""
        sums: Counter[str] = Counter()
        for record in snapshot.records():
            sums[series_of(record)] += record.sessions
        return [(series, value) for series, value in sums.items() if value]

    @pytest.fixture
    def outage(self, path: Path) -> Trouble:
        @contextmanager
        def locked() -> Generator[None]:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("begin exclusive")
                yield

        return locked

    @pytest.fixture
    def recreate(self, path: Path) -> Callable[[], None]:
        return path.unlink
