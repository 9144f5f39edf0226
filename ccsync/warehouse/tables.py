"""Tables as SQL."""

from __future__ import annotations

from ccsync.warehouse.columns import SCHEMA_VERSION, Table
from ccsync.warehouse.dialect import Dialect, Options
from ccsync.warehouse.dialect.base import listed

LABELS = {"managed_by": "ccsync", "schema_version": str(SCHEMA_VERSION)}
"""On every table and view, where the engine has labels."""


def create_table(table: Table, dialect: Dialect, options: Options | None = None) -> str:
    """Write what creates a table, unless it is there, and describes it.

    Args:
        table: One of `ccsync.warehouse.columns.TABLES`.
        dialect: Whose SQL.
        options: What else to set; `LABELS` are added to its labels.

    Returns:
        Statements, each ended by a semicolon: one for BigQuery, several for DuckDB.
    """
    chosen = options or Options()
    labelled = Options(
        labels={**chosen.labels, **LABELS},
        partition_expiration_days=chosen.partition_expiration_days,
        require_partition_filter=chosen.require_partition_filter,
    )
    columns = listed(dialect.column(column) for column in table.columns)
    create = (
        f"CREATE TABLE IF NOT EXISTS {dialect.table(table.name)} {columns}"
        f"{dialect.table_clauses(table, labelled)}"
    )
    described = [(column.name, column.description) for column in table.columns]
    comments = dialect.comments("TABLE", table.name, table.description, described)
    return "".join(f"{statement};\n" for statement in (create, *comments))
