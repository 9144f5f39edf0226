"""What is in a file: known as one of ccsync, of this version, or refused.

It holds the tables and views of `ccsync.warehouse`, and one more table, `ccsync_file`, by which it
is known.
"""

# ruff: noqa: S608 - names of this package get into the SQL

from __future__ import annotations

from pathlib import Path

import msgspec

from ccsync.warehouse.columns import SCHEMA_VERSION
from ccsync_duckdb.errors import OTHER_FILE, EmptyFileError, FileRefusedError
from ccsync_duckdb.file import DIALECT, DuckDBFile, Names, opened

ABOUT = "ccsync_file"
"""The table by which a file of ccsync is known; one row."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself."""

    id: str
    """Made with the file: another file under the same name has another one."""

    schema_version: int
    views: str
    """A digest of the views' SQL."""


def about(file: DuckDBFile, names: Names) -> About | None:
    """Read what a file says of itself; None if ccsync did not make it.

    Args:
        file: an open one.
        names: what is in it.
    """
    if ABOUT not in names.tables:
        return None
    fields = About.__struct_fields__
    found = file.run(f"SELECT {', '.join(fields)} FROM {DIALECT.table(ABOUT)} LIMIT 1")
    return msgspec.convert(dict(zip(fields, found[0], strict=True)), About) if found else None


def opened_to_read(path: Path) -> DuckDBFile:
    """Open a file of ccsync as it is; nothing is made or changed. Close what is given.

    A run that wants to write waits until it is closed again.

    Raises:
        SinkUnavailable: another program writes there.
        SinkRefused: it is not there, not a file of ccsync, or of another version.
    """
    file = opened(path, read_only=True)
    try:
        check_version(path, known(file))
    except BaseException:
        file.close()
        raise
    return file


def known(file: DuckDBFile) -> About:
    """Read what a file of ccsync says of itself.

    Raises:
        SinkRefused: ccsync did not make it.
    """
    names = file.names()
    said = about(file, names)
    if said is None:
        raise foreign(file.path, names)
    return said


def check_version(path: Path, said: About) -> None:
    """Make sure that a file has the tables of this version.

    Raises:
        SinkRefused: they are older or newer.
    """
    if said.schema_version < SCHEMA_VERSION:
        raise FileRefusedError(
            f"{path}: an older ccsync made its tables (schema version {said.schema_version}, now "
            f"it is {SCHEMA_VERSION})",
            f"Run `ccsync duckdb upgrade {path}`; nothing in them is lost",
        )
    if said.schema_version > SCHEMA_VERSION:
        raise FileRefusedError(
            f"{path}: a newer ccsync made its tables (schema version {said.schema_version}, this "
            f"one knows {SCHEMA_VERSION})",
            "Update ccsync",
        )


def foreign(path: Path, names: Names) -> FileRefusedError:
    """Say that a database is not one of ccsync, or that nothing is in it."""
    made = sorted(names.tables | names.views)
    if not made:
        return EmptyFileError(path, "database")
    some = ", ".join(made[:3]) + (", ..." if made[3:] else "")
    return FileRefusedError(
        f"{path}: a DuckDB database of something else: it has the tables {some}, and not "
        f"`{ABOUT}`, by which ccsync knows its own",
        f"{OTHER_FILE}. To query both, ATTACH one to the other",
    )
