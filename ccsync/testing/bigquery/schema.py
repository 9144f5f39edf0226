"""A table's fields as REST describes them: one spelling, and what an update may change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from ccsync.testing.bigquery.errors import invalid

Field: TypeAlias = dict[str, Any]
"""`{"name", "type", "mode", "description"?, "fields"?}`, as in `schema.fields`."""

_SPELLINGS = {
    "INT64": "INTEGER",
    "FLOAT64": "FLOAT",
    "BOOL": "BOOLEAN",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
_TYPES = frozenset(
    {
        *_SPELLINGS.values(),
        *("STRING", "BYTES", "DATE", "TIME", "DATETIME", "TIMESTAMP", "JSON", "GEOGRAPHY"),
    }
)
_MODES = ("NULLABLE", "REQUIRED", "REPEATED")


def normal(fields: Sequence[Field], inside: str = "") -> list[Field]:
    """Give fields in BigQuery's own spelling: INTEGER for INT64, a mode on each.

    Raises:
        ApiError: an unknown type or mode, a record without fields, a name that comes twice.
    """
    seen: set[str] = set()
    result: list[Field] = []
    for field in fields:
        name = str(field.get("name", ""))
        path = f"{inside}{name}"
        if not name or name.casefold() in seen:
            raise invalid(f"Duplicate or missing field name in schema: {path}", path)
        seen.add(name.casefold())
        said = str(field.get("type", "")).upper()
        kind = _SPELLINGS.get(said, said)
        if kind not in _TYPES:
            raise invalid(f"Invalid value for type: {said} is not a valid value", path)
        mode = str(field.get("mode") or "NULLABLE").upper()
        if mode not in _MODES:
            raise invalid(f"Invalid value for mode: {mode} is not a valid value", path)
        plain: Field = {**field, "name": name, "type": kind, "mode": mode}
        if kind == "RECORD":
            if not field.get("fields"):
                raise invalid(f"Field {path} is type RECORD but has no schema", path)
            plain["fields"] = normal(field["fields"], f"{path}.")
        result.append(plain)
    return result


def updated(table: str, old: Sequence[Field], new: Sequence[Field]) -> list[Field]:
    """Give the fields after an update, in the old order, added ones last.

    Allowed are new columns, also inside of records, REQUIRED becoming NULLABLE, and other
    descriptions. Names are compared without case.

    Args:
        table: "p:d.t", for messages.
        old: normal fields.
        new: normal fields, the whole list.

    Raises:
        ApiError: a column was left out, changed its type or mode, or is new and REQUIRED.
    """
    return _merged(f"Provided Schema does not match Table {table}.", old, new, "")


def _merged(sorry: str, old: Sequence[Field], new: Sequence[Field], inside: str) -> list[Field]:
    wanted = {field["name"].casefold(): field for field in new}
    result: list[Field] = []
    for field in old:
        path = inside + field["name"]
        after = wanted.pop(field["name"].casefold(), None)
        if after is None:
            raise invalid(f"{sorry} Field {path} is missing in new schema")
        if after["type"] != field["type"]:
            raise invalid(
                f"{sorry} Field {path} has changed type from {field['type']} to {after['type']}"
            )
        modes = (field["mode"], after["mode"])
        if modes[0] != modes[1] and modes != ("REQUIRED", "NULLABLE"):
            raise invalid(f"{sorry} Field {path} has changed mode from {modes[0]} to {modes[1]}")
        kept: Field = {**after, "name": field["name"]}
        if field["type"] == "RECORD":
            kept["fields"] = _merged(sorry, field["fields"], after["fields"], f"{path}.")
        result.append(kept)
    for field in wanted.values():
        if field["mode"] == "REQUIRED":
            raise invalid(
                f"{sorry} Cannot add required fields to an existing schema."
                f" (field: {inside}{field['name']})"
            )
        result.append(field)
    return result
