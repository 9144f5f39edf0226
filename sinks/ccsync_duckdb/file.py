"""A DuckDB file: opened, and asked, or refused in words that say what to do.

Whoever writes has it alone; several may read while nobody writes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from ccsync.warehouse import duckdb_rows
from ccsync.warehouse.dialect import DuckDB
from ccsync_duckdb.errors import FileBusyError, explained

R = TypeVar("R", bound=msgspec.Struct)

DIALECT = DuckDB("main")

_ALIAS = "ccsync"
"""What the file is called in our sessions, whatever its name: `temp.duckdb` would be a clash."""

_MEMORY_TO_WRITE = "48MB"
"""What DuckDB may hold while days are written: some thousand rows at a time, however large the file
is. Queries of views may take more: nothing goes to temporary files."""

_THREADS = 2
"""At work at a time; while days are written one alone, as each holds memory of its own."""

_ROW_GROUP = 10_240
"""Rows that DuckDB holds back until it writes them: a twelfth of its default, for less memory."""

_LOG = "8MB"
"""Of the write-ahead log, before it goes into the file. What is in it is in memory, too, and is
read again on the way: with DuckDB's 16 MiB that takes more than it may hold."""

_NAMES = (
    "SELECT list(name) FILTER (kind = 't'), list(name) FILTER (kind = 'v') FROM ("
    "SELECT table_name, 't' FROM duckdb_tables() WHERE database_name = $1 AND NOT internal "
    "UNION ALL "
    "SELECT view_name, 'v' FROM duckdb_views() WHERE database_name = $1 AND NOT internal"
    ") AS made(name, kind)"
)


class Names(NamedTuple):
    """What somebody made in a file, ours or not."""

    tables: frozenset[str]
    views: frozenset[str]


class DuckDBFile:
    """An open file. Whatever DuckDB says against it is raised as an error of a sink."""

    def __init__(self, path: Path, connection: Any) -> None:
        """Take a connection whose default catalog is the file; `opened` makes one."""
        self.path = path
        self._connection = connection
        self._place = _place(path)
        self._is_bounded = False

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run statements, and give the rows of the last one.

        Raises:
            SinkUnavailable: the file cannot be used now.
            SinkRefused: it cannot be used until someone changes something.
        """
        with self._explaining():
            found: list[tuple[Any, ...]] = self._connection.execute(sql, parameters).fetchall()
            return found

    def rows(self, sql: str, row: type[R], parameters: Sequence[object] = ()) -> Iterator[R]:
        """Run a query, and give its rows as Structs; see `duckdb_rows`.

        Raises:
            SinkUnavailable, SinkRefused: as `run`.
        """
        with self._explaining():
            yield from duckdb_rows.rows(self._connection, sql, row, parameters)

    def ask(self, doing: str, sql: str, row: type[R]) -> Iterator[R]:
        """Run a query for `ccsync.warehouse.reading`."""
        del doing  # what is wrong with a file does not depend on it
        return self.rows(sql, row)

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Make all of it happen, durably, or nothing.

        Raises:
            SinkUnavailable, SinkRefused: as `run`; the outcome is unknown when it came at the end.
        """
        self.run("BEGIN TRANSACTION")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def bound_memory(self, *, yes: bool) -> None:
        """Let DuckDB hold no more than writing needs, or as much as queries of views may need.

        Raises:
            SinkUnavailable, SinkRefused: as `run`.
        """
        if yes != self._is_bounded:
            limit = f"SET memory_limit = '{_MEMORY_TO_WRITE}'" if yes else "RESET memory_limit"
            self.run(f"{limit}; SET threads = {1 if yes else _THREADS}")
            self._is_bounded = yes

    def empty_log(self) -> None:
        """Put what is in the write-ahead log into the file, which needs memory.

        Raises:
            SinkUnavailable, SinkRefused: as `run`.
        """
        self.run("CHECKPOINT")

    def names(self) -> Names:
        """Name the tables and views that somebody made, ours or not."""
        ((tables, views),) = self.run(_NAMES, [_ALIAS])
        return Names(frozenset(tables or ()), frozenset(views or ()))

    def columns(self, table: str) -> list[str]:
        """Name the columns of a table, in order."""
        sql = (
            "SELECT column_name FROM duckdb_columns() "
            "WHERE database_name = $1 AND table_name = $2 ORDER BY column_index"
        )
        return [name for (name,) in self.run(sql, [_ALIAS, table])]

    def check_place(self) -> None:
        """Make sure that the file still has its name: nobody would see what is written to it.

        Raises:
            SinkUnavailable: it was moved, deleted or replaced.
        """
        if _place(self.path) != self._place:
            raise FileBusyError(
                f"{self.path}: somebody moved, deleted or replaced the file while it was open",
                "Do so when no run is at work",
            )

    def close(self) -> None:
        """Let go of the file; what is in its write-ahead log goes into it, if that works now."""
        import duckdb

        # If it fails the log stays beside the file, and counts when that is opened next.
        with suppress(duckdb.Error):
            self._connection.execute("USE memory")
            self._connection.execute(f"DETACH {_ALIAS}")
        self._connection.close()

    def _roll_back(self) -> None:
        import duckdb

        # If it fails DuckDB has done so itself, or lost the file: nothing was committed either.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _explaining(self) -> Generator[None, None, None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            known = explained(self.path, error)
            if known is None:
                raise
            raise known from error


def opened(path: Path, *, read_only: bool) -> DuckDBFile:
    """Open a file; close what is given.

    A file that is not there is made, and empty, unless it is opened to be read only.

    Args:
        path: in full; no part of it is a link.
        read_only: whether others may read meanwhile.

    Raises:
        SinkUnavailable: another program has the file.
        SinkRefused: it cannot be used until someone changes something.
    """
    import duckdb

    config: dict[str, Any] = {
        # A file of another kind would make DuckDB look for an extension, on the network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # Usage is personal data: it goes into this file and no other.
        "temp_directory": "",
        "checkpoint_threshold": _LOG,
        "threads": _THREADS,
        "write_buffer_row_group_count": 1,
    }
    connection = duckdb.connect(config=config)
    options = ["TYPE duckdb", "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {_ROW_GROUP}"]
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {DIALECT.text(str(path))} AS {_ALIAS} ({', '.join(options)})")
        connection.execute(f"USE {_ALIAS}.main")
        # Somebody else may have made the file, and with it a view that reads other files.
        connection.execute("SET enable_external_access = false")
    except BaseException as error:
        connection.close()
        if isinstance(error, duckdb.Error) and (known := explained(path, error)) is not None:
            raise known from error
        raise
    return DuckDBFile(path, connection)


def _place(path: Path) -> tuple[int, int] | None:
    """Tell one file from another that has its name; None if nothing has."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
