"""Reads a DuckDB file of ccsync as it is: read-only, whatever settings wrote it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ccsync.errors import CcsyncError, Exit
from ccsync.insights.gathering import Read
from ccsync.warehouse.columns import SCHEMA_VERSION, TABLES
from ccsync.warehouse.dialect import DuckDB
from ccsync.warehouse.duckdb_rows import rows
from ccsync.warehouse.reading import read
from ccsync.warehouse.views import VIEWS

if TYPE_CHECKING:
    import duckdb

R = TypeVar("R", bound=msgspec.Struct)

_NEEDED = ("current_days", "usage_daily")
"""The views that are read."""

_HOLDER = re.compile(r"Conflicting lock is held in (.+?) \(PID (\d+)\)")

_SETTINGS = {"enable_external_access": "false", "autoinstall_known_extensions": "false"}
"""A file from elsewhere may have views of its own: they get at nothing but the file itself."""


class DatabaseError(CcsyncError):
    """A database cannot be read until someone changes something."""

    exit = Exit.REFUSED


class DatabaseLockedError(DatabaseError):
    """Another process has the file; trying again later helps."""

    exit = Exit.UNAVAILABLE


@contextmanager
def opened(path: Path) -> Generator[Read, None, None]:
    """Open a DuckDB file that a sink of type duckdb made; gives what reads its days.

    Raises:
        DatabaseError: DuckDB is not installed, or this is no database that this version can read;
            a subclass when another process is writing it.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise DatabaseError(
            f"{path}: is a DuckDB file, and the library duckdb is not installed: "
            "pip install 'ccsync[duckdb]'"
        ) from None
    try:
        with duckdb.connect(str(path), read_only=True, config=dict(_SETTINGS)) as connection:
            schema = _schema(path, connection)

            def ask(doing: str, sql: str, row: type[R]) -> Iterable[R]:
                del doing  # one file, and one message for whatever is wrong with it
                return rows(connection, sql, row)

            yield partial(read, ask, DuckDB(schema))
    except duckdb.Error as error:
        raise _fault(path, str(error)) from None


def _schema(path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    """Find our tables, and make sure that this version can read them."""
    found: dict[str, dict[str, set[str]]] = {}
    for schema, name, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal"
    ).fetchall():
        found.setdefault(schema, {}).setdefault(name, set()).add(column)
    tables = {table.name for table in TABLES}
    ours = sorted(schema for schema, names in found.items() if tables <= names.keys())
    if not ours:
        raise DatabaseError(
            f"{path}: is a DuckDB file of another program: it has no tables "
            f"{' and '.join(sorted(tables))}. Name the file that a sink of type duckdb writes"
        )
    if len(ours) > 1:
        raise DatabaseError(
            f"{path}: has usage in several schemas, {', '.join(ours)}; `ccsync insights --sink "
            "NAME` reads the one of a sink"
        )
    (schema,) = ours
    _check_version(path, connection, schema, found[schema])
    return schema


def _check_version(
    path: Path, connection: duckdb.DuckDBPyConnection, schema: str, there: dict[str, set[str]]
) -> None:
    """Compare what is there with what this version reads.

    Raises:
        DatabaseError: the tables are older or newer than this version's.
    """
    newest = DuckDB(schema).table("sync_days")
    version = 0
    if "schema_version" in there["sync_days"]:
        (row,) = connection.execute(f"SELECT max(schema_version) FROM {newest}").fetchall()  # noqa: S608 - our own name
        version = row[0] or SCHEMA_VERSION
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"{path}: was written by a newer ccsync (tables of version {version}, this one reads "
            f"version {SCHEMA_VERSION}): install that version or a newer one"
        )
    needed = {table.name: {column.name for column in table.columns} for table in TABLES}
    needed |= {
        view.name: {name for name, _ in view.columns} for view in VIEWS if view.name in _NEEDED
    }
    lacking = sorted(name for name, columns in needed.items() if columns - there.get(name, set()))
    if version < SCHEMA_VERSION or lacking:
        what = f"tables of version {version}, this one reads version {SCHEMA_VERSION}"
        if version == SCHEMA_VERSION:
            what = f"incomplete: {', '.join(lacking)}"
        raise DatabaseError(
            f"{path}: was made by an older ccsync ({what}). `ccsync duckdb upgrade` brings it up "
            "to date"
        )


def _fault(path: Path, said: str) -> DatabaseError:
    if holder := _HOLDER.search(said):
        program = Path(holder[1]).name
        return DatabaseLockedError(
            f"{path}: process {holder[2]} ({program}) has it open for writing, and DuckDB lets "
            "nobody else read it meanwhile. Is ccsync sync at work? Wait for its end, and try again"
        )
    return DatabaseError(
        f"{path}: cannot be read as a database: {said.partition(chr(10))[0]}. If it is damaged, "
        "move it away: the next ccsync sync makes a new one, and delivers every day since "
        "sync.start again"
    )
