"""`ccsync duckdb upgrade`: tables of an older schema version become those of this one."""

# ruff: noqa: S608 - names of this package get into the SQL

from __future__ import annotations

import os
from pathlib import Path

from ccsync.warehouse.columns import SCHEMA_VERSION, TABLES
from ccsync.warehouse.tables import create_table
from ccsync_duckdb import making, private
from ccsync_duckdb.contents import ABOUT, check_version, known
from ccsync_duckdb.errors import FileRefusedError
from ccsync_duckdb.file import DIALECT, opened

_FORMER = "former_"


def upgrade(path: Path) -> int:
    """Bring a file to the schema version of this ccsync, in one transaction.

    Rows are copied column by column, by name: what is new is null in them. Columns that somebody
    added, and that ccsync never had, are not kept. The file stays the same destination.

    Args:
        path: in full.

    Returns:
        The version that its tables had.

    Raises:
        SinkUnavailable: another program has it.
        SinkRefused: it is not a file of ccsync, or of a newer one.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path's raises where nobody may look
        raise FileRefusedError(
            f"{path}: there is no such file", "Nothing to do: the first `ccsync sync` makes it"
        )
    with private.umask():
        file = opened(path, read_only=False)
        try:
            about, tables = known(file), file.names().tables
            if about.schema_version >= SCHEMA_VERSION:
                check_version(path, about)
                making.prepare(file)
                return about.schema_version
            with file.transaction():
                making.drop_views(file)
                for table in TABLES:
                    if table.name not in tables:
                        continue
                    name, former = DIALECT.table(table.name), DIALECT.table(_FORMER + table.name)
                    file.run(f'ALTER TABLE {name} RENAME TO "{_FORMER}{table.name}"')
                    file.run(create_table(table, DIALECT))
                    wanted = {column.name for column in table.columns}
                    names = [one for one in file.columns(_FORMER + table.name) if one in wanted]
                    columns = ", ".join(names)
                    file.run(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {former}")
                    file.run(f"UPDATE {name} SET schema_version = {SCHEMA_VERSION}")
                    file.run(f"DROP TABLE {former}")
                making.replace_views(file)
                file.run(f"UPDATE {DIALECT.table(ABOUT)} SET schema_version = {SCHEMA_VERSION}")
            making.prepare(file)
        finally:
            file.close()
    return about.schema_version
