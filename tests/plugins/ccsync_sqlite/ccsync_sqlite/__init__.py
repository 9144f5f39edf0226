"""A ccsync sink in one file: usage in an SQLite database, one row per record."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated

import msgspec

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.sink import DELIVERED, Outcome, SinkConfig, SinkContext, SinkPlugin, Totals, not_yet
from ccsync.snapshot import Snapshot

SCHEMA = """
begin immediate;
create table if not exists records (source_id, day, snapshot_id, fetched_at, record);
create index if not exists records_by_day on records (source_id, day);
create table if not exists days (source_id, day, fetched_at, primary key (source_id, day));
create table if not exists born (id);
insert into born select lower(hex(randomblob(8))) where not exists (select * from born);
commit;
"""
NEWER = "select 1 from days where source_id = ? and day = ? and fetched_at > ?"
TOTALS = """
select count(*), coalesce(sum(json_extract(record, '$.sessions')), 0)
from records where source_id = ? and day = ?
"""
PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR)


class SqliteConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: sqlite`."""

    path: Annotated[str, msgspec.Meta(description="Database file; made when it is missing.")]


class SqliteSink:
    """Replaces a day in one transaction: readers see all of a revision, or nothing of it."""

    def __init__(self, config: SqliteConfig, context: SinkContext) -> None:
        self._path, self._context, self._opened = Path(config.path), context, ExitStack()
        self._database: sqlite3.Connection

    def open(self) -> str:
        self.close()
        with self._reported():
            self._path.touch(mode=0o600)  # it will hold personal data
            # No timeout: after SinkUnavailable the core tries again, with patience.
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._database = self._opened.enter_context(closing(connection))
            self._database.executescript(SCHEMA)
            (born,) = self._database.execute("select id from born").fetchone()
        return f"{self._path.resolve()} born {born}"  # another file of this name is another one

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        day = (snapshot.source_id, str(snapshot.day))
        fetched_at = snapshot.fetched_at.isoformat(timespec="microseconds")
        named = (*day, snapshot.snapshot_id, fetched_at)
        rows = ((*named, msgspec.json.encode(one).decode()) for one in snapshot.records())
        self._context.proceed()
        with self._reported(), self._database as database:
            database.execute("begin immediate")
            if database.execute(NEWER, (*day, fetched_at)).fetchone():
                return not_yet("the database holds a newer revision of the day")
            database.execute("delete from records where source_id = ? and day = ?", day)
            database.executemany("insert into records values (?, ?, ?, ?, ?)", rows)
            database.execute("insert or replace into days values (?, ?, ?)", (*day, fetched_at))
        return DELIVERED

    def totals(self, source_id: str, day: dt.date) -> Totals:
        with self._reported():
            row = self._database.execute(TOTALS, (source_id, str(day))).fetchone()
        return Totals(records=row[0], sessions=row[1])

    def close(self) -> None:
        self._opened.close()

    @contextmanager
    def _reported(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise SinkRefused(f"{self._path}: {error.strerror}; check the path") from error
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in PASSING:
                raise SinkUnavailable(f"{self._path}: {error}") from error
            raise SinkRefused(f"{self._path}: {error}; is it an SQLite database?") from error


PLUGIN = SinkPlugin(
    config=SqliteConfig,
    build=SqliteSink,
    summary="records as JSON in an SQLite database, one row each",
    example="""\
  # One row per record: select record ->> 'actor_id', record ->> 'sessions' from records;
  {name}:
    type: sqlite
    path: usage.db
""",
)
