"""The world of stories with the DuckDB sink over a real file in it.

A process can die before each statement and after each commit. Then the file and its log are put
back as they were on the disk at that moment: what a killed process would still have written, were
it to end in good order, is never seen. While a run has the file no other one gets it.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ccsync.settings.model import Start, SyncSettings
from ccsync.sink import Shown, SinkContext
from ccsync.testing.builders import ORGANIZATION
from ccsync.testing.contract.context import ContractContext
from ccsync_duckdb.errors import FileBusyError
from ccsync_duckdb.file import DuckDBFile
from ccsync_duckdb.sink import DuckDBSink
from tests.support.bigquery_destination import RecordingApi, Tally, picture
from tests.support.duckdb import a_config
from tests.support.world import DAY, START, Death, Destination, Mortality, World

FIRST_DAY = START.date() - 2 * DAY
NAME = "local"


class FileDestination(Destination):
    """A file, who has it, and what was ever seen wrong in it."""

    def __init__(self, mortality: Mortality, path: Path) -> None:
        super().__init__(mortality)
        self.path = path
        self.connection: MortalConnection | None = None
        """Of whoever has the file."""
        self.frozen = False
        """Whether somebody died who had it: the file is as it was then."""

    @property
    def files(self) -> tuple[Path, Path]:
        return self.path, self.path.with_name(f"{self.path.name}.wal")

    def step(self) -> None:
        """Be in contact with the disk; this may be the end."""
        try:
            self.touch()
        except Death:
            self._freeze()
            raise

    def recreate(self) -> None:
        for file in self.files:
            file.unlink(missing_ok=True)

    def bury(self) -> None:
        """Let go of what a dead run had, and give the file back as its death left it."""
        if self.connection is not None:
            self.connection.let_go()
            self.connection = None
        if self.frozen:
            for file in self.files:
                file.unlink(missing_ok=True)
                if (kept := file.with_name(f"{file.name}.kept")).exists():
                    kept.rename(file)
            self.frozen = False

    def _freeze(self) -> None:
        if not self.frozen:
            self.frozen = True
            for file in self.files:
                if file.exists():
                    shutil.copyfile(file, file.with_name(f"{file.name}.kept"))


class MortalConnection:
    """A connection to DuckDB whose owner may die at any statement."""

    def __init__(self, connection: Any, there: FileDestination) -> None:
        self._connection = connection
        self._there = there

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        self._there.step()
        if sql.startswith(("INSERT", "DELETE", "COMMIT")) and self._there.before_write is not None:
            self._there.before_write()
        answer = self._connection.execute(sql, parameters)
        if sql == "COMMIT":
            self._there.step()
        return answer

    def close(self) -> None:
        self.let_go()
        self._there.connection = None

    def let_go(self) -> None:
        self._connection.close()


class MortalSink(DuckDBSink):
    """The real sink, over a connection that may be its last."""

    def __init__(self, there: FileDestination, context: SinkContext) -> None:
        super().__init__(a_config(there.path), context)
        self._there = there

    def _connected(self) -> tuple[DuckDBFile, str]:
        self._there.step()
        if self._there.connection is not None:
            raise FileBusyError(f"{self._there.path}: another run has it", "Wait")
        file, named = super()._connected()
        connection: Any = file
        self._there.connection = MortalConnection(connection._connection, self._there)
        connection._connection = self._there.connection
        return file, named


class DuckDBStories(World):
    """The world with a DuckDB file as the one destination. A context manager."""

    def __init__(self, *, sink: type[MortalSink] = MortalSink, tally: Tally | None = None) -> None:
        super().__init__()
        self.tally = tally or Tally()
        self.tally.stories += 1
        self.api: RecordingApi = RecordingApi()
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.there = FileDestination(self.mortality, folder.resolve() / "usage.duckdb")
        self._stack.callback(self.there.bury)
        self.sinks = {NAME: lambda _destination, context: sink(self.there, context)}
        self.destinations = {NAME: self.there}
        self.rules = SyncSettings(start=Start(date=FIRST_DAY))
        self._floor: dict[dt.date, dt.datetime] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, *, dies_at: int | None = None, **named: Any) -> Any:
        """Run once; None when it died."""
        is_within_another = self.there.connection is not None
        report = super().run(dies_at=dies_at, **named)
        self.tally.runs += 1
        if report is None:
            self.tally.deaths += 1
            if not is_within_another:
                self.there.bury()
        return report

    def recreate(self) -> None:
        self.there.recreate()
        self._floor.clear()

    def shown_days(self) -> dict[dt.date, Shown]:
        """Read the file as a report would."""
        if not self.there.path.exists():
            return {}
        sink = DuckDBSink(a_config(self.there.path), ContractContext())
        return {shown.day: shown for shown in sink.read(None, None)}

    def assert_whole(self) -> None:
        """Check that each day is one revision of the API, whole, and none older than before."""
        self.tally.looks += 1
        days = self.shown_days()
        for day, shown in days.items():
            assert shown.source_id == ORGANIZATION
            self.tally.cells += len(shown.records)
            seen = picture(shown.records)
            assert seen in self.api.revisions.get(day, {()}), f"{day}: torn: {shown.records}"
            floor = self._floor.get(day, shown.fetched_at)
            assert shown.fetched_at >= floor, f"{day}: goes back from {floor}"
            self._floor[day] = shown.fetched_at
        gone = self._floor.keys() - days.keys()
        assert not gone, f"{sorted(gone)}: not shown any more"

    def assert_true(self) -> None:
        """Check that every day shown is what the API says now."""
        days = self.shown_days()
        for number in range((self.today() - FIRST_DAY).days + 1):
            day = FIRST_DAY + number * DAY
            records = days[day].records if day in days else ()
            true = self.api.seen(day, self.policy)
            assert picture(records) == picture(true), f"{day}: not true: {records}"
