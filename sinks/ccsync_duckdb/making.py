"""Makes what a file has to have: tables, views, and the row by which it is known."""

# ruff: noqa: S608 - names of this package get into the SQL

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from ccsync.warehouse.columns import SCHEMA_VERSION, TABLES
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, create_view
from ccsync_duckdb import private
from ccsync_duckdb.access import is_empty
from ccsync_duckdb.contents import ABOUT, About, about, check_version, foreign, known
from ccsync_duckdb.errors import explained_os
from ccsync_duckdb.file import DIALECT, DuckDBFile, opened

_MAKE_ABOUT = f"""\
CREATE TABLE {DIALECT.table(ABOUT)} (
  id VARCHAR NOT NULL,
  schema_version BIGINT NOT NULL,
  views VARCHAR NOT NULL
);
COMMENT ON TABLE {DIALECT.table(ABOUT)} IS 'By this table ccsync knows its files. One row.';
INSERT INTO {DIALECT.table(ABOUT)} VALUES (CAST(uuid() AS VARCHAR), {SCHEMA_VERSION}, '')
"""

_VIEWS = "".join(create_view(view, DIALECT) for view in VIEWS)
_VIEWS_DIGEST = hashlib.sha256(_VIEWS.encode()).hexdigest()[:32]


def make_file(path: Path) -> None:
    """Make a file with everything in it, also in place of one without a byte.

    Unless somebody else was faster.

    It appears under its name whole: a run that is killed meanwhile leaves none, and two runs that
    begin at one moment make one.

    Raises:
        SinkRefused: it cannot be made there.
    """
    try:
        with TemporaryDirectory(prefix=".ccsync-", dir=path.parent) as folder, private.umask():
            draft = Path(folder, "draft.duckdb")
            file = opened(draft, read_only=False)
            try:
                make_contents(file)
            finally:
                file.close()
            _publish(draft, path)
    except OSError as error:
        raise explained_os(path, error) from error


def prepare(file: DuckDBFile) -> About:
    """Make what is missing in an open file; replaces views of another version.

    Returns:
        What the file says of itself now. Its id is another one if tables had to be made anew.

    Raises:
        SinkRefused: it is not a file of ccsync, or of another schema version.
        SinkUnavailable: it cannot be used now.
    """
    names = file.names()
    said = about(file, names)
    if said is None:
        if names.tables | names.views:
            raise foreign(file.path, names)
        make_contents(file)
        return known(file)
    check_version(file.path, said)
    if any(table.name not in names.tables for table in TABLES):
        # What was in it is gone: the ledger must not believe that it is still shown.
        with file.transaction():
            file.run(f"DROP TABLE {DIALECT.table(ABOUT)}")
            _make_tables(file)
            replace_views(file)
        return known(file)
    if said.views != _VIEWS_DIGEST or any(view.name not in names.views for view in VIEWS):
        with file.transaction():
            replace_views(file)
        return known(file)
    return said


def make_contents(file: DuckDBFile) -> None:
    """Make tables and views in an empty file."""
    with file.transaction():
        _make_tables(file)
        replace_views(file)


def replace_views(file: DuckDBFile) -> None:
    """Make the views as this version has them, within a transaction."""
    file.run(_VIEWS)
    file.run(f"UPDATE {DIALECT.table(ABOUT)} SET views = '{_VIEWS_DIGEST}'")


def drop_views(file: DuckDBFile) -> None:
    """Drop our views, of those that are there."""
    there = file.names().views
    for view in VIEWS:
        if view.name in there:
            file.run(f"DROP VIEW {DIALECT.table(view.name)}")


def _make_tables(file: DuckDBFile) -> None:
    for table in TABLES:
        file.run(create_table(table, DIALECT))
    file.run(_MAKE_ABOUT)


def _publish(draft: Path, path: Path) -> None:
    """Give the file its name, if nothing has it yet but an empty file; durably."""
    try:
        os.link(draft, path)
    except OSError:
        # Over an empty file, or where a file system has no links, two runs that begin at one
        # moment can still collide: then one of them finds its file replaced, and tries again.
        if is_empty(path) or not path.exists():
            draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
