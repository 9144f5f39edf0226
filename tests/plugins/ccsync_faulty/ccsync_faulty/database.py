"""The SQLite file behind both sinks."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ccsync.errors import SinkUnavailable

_SCHEMA = """
pragma synchronous = off;
begin immediate;
create table if not exists born (id);
insert into born select lower(hex(randomblob(8))) where not exists (select * from born);
create table if not exists points
    (source_id, day, series, time, value, primary key (source_id, day, series));
create table if not exists days
    (source_id, day, fetched_at, primary key (source_id, day));
create table if not exists records (source_id, day, record);
commit;
"""


class Database:
    """Opens, closes, and tells an outage from a fault."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._opened = ExitStack()
        self._connection: sqlite3.Connection

    def open(self) -> str:
        """Connect, and give what changes when the file is made anew."""
        self.close()
        with self.reported():
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._connection = self._opened.enter_context(closing(connection))
            self._connection.executescript(_SCHEMA)
            (born,) = self._connection.execute("select id from born").fetchone()
        return f"{self._path.resolve()} born {born}"

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Write all, or nothing."""
        with self.reported(), self._connection as connection:
            connection.execute("begin immediate")
            yield connection

    @contextmanager
    def reported(self) -> Generator[None]:
        """Say that the outcome is unknown when the database fails."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise SinkUnavailable(f"{self._path}: {error}") from error

    def close(self) -> None:
        """Let go."""
        self._opened.close()
