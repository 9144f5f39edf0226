"""The sink: has the file for as long as a run takes, and replaces one day per transaction."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence

from ccsync.errors import RecordsRefused
from ccsync.sink import (
    DELIVERED,
    Finding,
    Outcome,
    Shown,
    SinkContext,
    Totals,
)
from ccsync.snapshot import Snapshot
from ccsync.warehouse import reading
from ccsync.warehouse.columns import SYNC_DAYS
from ccsync.warehouse.overtaken import overtaken
from ccsync_duckdb import checking, making, private, readback, writing
from ccsync_duckdb.contents import opened_to_read
from ccsync_duckdb.errors import EmptyFileError, FileBusyError, MemoryNeededError
from ccsync_duckdb.file import DIALECT, DuckDBFile, opened
from ccsync_duckdb.settings import DuckDBConfig

_DELETE = ": DELETE FROM {commits} WHERE date = '{day}' AND source_id = '{source_id}'"


class DuckDBSink:
    """Writes days to one file."""

    def __init__(self, config: DuckDBConfig, context: SinkContext) -> None:
        """Take the settings; opens nothing."""
        import duckdb  # so that whoever lacks the library hears of it before anything is done

        del duckdb
        self._path = config.file
        self._context = context
        self._file: DuckDBFile | None = None
        self._named = ""
        """What `open` answered."""

    def open(self) -> str:
        """Take hold of the file, make what it lacks, and name it: its path and its own id.

        Raises:
            SinkUnavailable: another program has it.
            SinkRefused: it is of another program or version, or cannot be used as things are.
        """
        self.close()
        self._file, self._named = self._connected()
        return self._named

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        """Replace the day, unless it is there already, or a newer revision of it.

        Raises:
            SinkUnavailable: the outcome is unknown.
            SinkRefused: the file cannot be used until someone changes something.
            RecordsRefused: some records do not fit; the day is as it was.
        """
        del memory, remember  # the file itself is asked what it has
        self._context.proceed()
        try:
            with private.umask():
                outcome = self._delivered(snapshot)
        except RecordsRefused:
            raise
        except BaseException:
            # Whatever it was, the next try begins with the file as it is then: DuckDB may have
            # given up the one that is open.
            self.close()
            raise
        return outcome

    def preview(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the rows that a first delivery would write, then the commit, one per line."""
        return writing.lines_of(snapshot, self._context)

    def check(self) -> Sequence[Finding]:
        """Say whether the file can be used. Makes and writes nothing."""
        return list(checking.findings(self._path, self._file))

    def totals(self, source_id: str, day: dt.date) -> Totals:
        """Add up what the views show."""
        file = self._held()
        file.bound_memory(yes=False)
        return readback.totals(file, source_id, day)

    def read(self, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
        """Give whole days back; without `open`, from a file that is opened to be read only."""
        if self._file is None:
            file = opened_to_read(self._path)
            try:
                yield from reading.read(file.ask, DIALECT, first, last)
            finally:
                file.close()
        else:
            self._file.bound_memory(yes=False)
            yield from reading.read(self._file.ask, DIALECT, first, last)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with private.umask():
                self._file.close()
            self._file = None

    def _delivered(self, snapshot: Snapshot) -> Outcome:
        """Replace the day in little memory; one that is odd enough to need more gets it."""
        file = self._held()
        try:
            file.bound_memory(yes=True)
            outcome = self._replaced(file, snapshot)
        except MemoryNeededError as error:
            self._context.log("duckdb.more_memory", day=str(snapshot.day), reason=error.what)
            # DuckDB gives a file up whose log did not go into it, though the day be there.
            self.close()
            file = self._held()
            outcome = self._replaced(file, snapshot)
            file.empty_log()
        file.check_place()
        return outcome

    def _replaced(self, file: DuckDBFile, snapshot: Snapshot) -> Outcome:
        before = writing.newest(file, snapshot)
        if before is not None and before.fetched_at > snapshot.fetched_at:
            return self._overtaken(before.fetched_at, snapshot)
        is_known = before is not None and before.snapshot_id == snapshot.snapshot_id
        has_rows = is_known and writing.has_rows(file, snapshot)
        if has_rows and before is not None and before.is_commit_of(snapshot):
            return DELIVERED
        with file.transaction():
            if not has_rows:
                writing.replace_rows(file, snapshot, self._context)
            writing.replace_commit(file, snapshot, self._context)
            self._context.proceed()
        return DELIVERED

    def _overtaken(self, fetched_at: dt.datetime, snapshot: Snapshot) -> Outcome:
        """Leave a newer revision alone.

        Raises:
            RecordsRefused: it lies in the future.
        """
        commits = DIALECT.table(SYNC_DAYS.name)
        advice = _DELETE.format(commits=commits, day=snapshot.day, source_id=snapshot.source_id)
        now = self._context.now()
        return overtaken(snapshot, fetched_at, now, place=self._path, advice=advice)

    def _held(self) -> DuckDBFile:
        """Give the open file; opens it again after an outage."""
        if self._file is None:
            file, named = self._connected()
            if self._named not in ("", named):
                file.close()
                raise FileBusyError(
                    f"{self._path}: the file was replaced by another one while the run was at work",
                    "The next run delivers every day to it",
                )
            self._file = file
        self._file.check_place()
        return self._file

    def _connected(self) -> tuple[DuckDBFile, str]:
        if not os.path.exists(self._path):  # noqa: PTH110 - Path's raises where nobody may look
            making.make_file(self._path)
        with private.umask():
            try:
                file = opened(self._path, read_only=False)
            except EmptyFileError:
                making.make_file(self._path)
                file = opened(self._path, read_only=False)
            try:
                about = making.prepare(file)
            except BaseException:
                file.close()
                raise
        return file, f"{self._path} {about.id}"
