"""Columns as the REST API spells them, which Terraform does too. Needs no client library."""

from __future__ import annotations

from typing import Any

from ccsync.warehouse.columns import Column

_API_NAMES = {"INT64": "INTEGER", "BOOL": "BOOLEAN"}
"""The API answers with the older names, whichever were given when the table was made."""

_SQL_NAMES = {
    "INTEGER": "INT64",
    "BOOLEAN": "BOOL",
    "FLOAT": "FLOAT64",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}


def field(column: Column, *, required: bool | None = None) -> dict[str, Any]:
    """Give a column as the API wants it.

    Args:
        column: with its fields, if it is a record.
        required: overrides the column's own: BigQuery adds none that must not be null.
    """
    spelled: dict[str, Any] = {
        "name": column.name,
        "type": _API_NAMES.get(column.type, column.type),
        "mode": _mode(column, column.required if required is None else required),
        "description": column.description,
    }
    if column.fields:
        spelled["fields"] = [field(one) for one in column.fields]
    return spelled


def sql_name(api_type: str) -> str:
    """Give a type's name as SQL and `ccsync.warehouse` spell it."""
    return _SQL_NAMES.get(api_type, api_type)


def _mode(column: Column, required: bool) -> str:
    if column.repeated:
        return "REPEATED"
    return "REQUIRED" if required else "NULLABLE"
