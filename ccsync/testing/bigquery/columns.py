"""Columns between BigQuery and DuckDB: the type a field is kept in, the field a result has.

BIGNUMERIC is kept as DECIMAL(38, 18): twenty digits before the point and eighteen behind it, of
the 38 each that BigQuery has. What does not fit is refused, never rounded.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.schema import Field

NUMERIC_PLACES = 9
BIGNUMERIC_PLACES = 18
_DIGITS = 38

_TYPES = {
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "STRING": "VARCHAR",
    "JSON": "JSON",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ",
    "NUMERIC": f"DECIMAL({_DIGITS}, {NUMERIC_PLACES})",
    "BIGNUMERIC": f"DECIMAL({_DIGITS}, {BIGNUMERIC_PLACES})",
}

_KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint", "hugeint"), "INTEGER"),
    **dict.fromkeys(("utinyint", "usmallint", "uinteger", "ubigint"), "INTEGER"),
    "null": "INTEGER",
    "float": "FLOAT",
    "double": "FLOAT",
    "boolean": "BOOLEAN",
    "varchar": "STRING",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "DATETIME",
    "timestamp with time zone": "TIMESTAMP",
}
"""BigQuery's type of a DuckDB type: a sum of INT64 is INT64, an untyped NULL too."""


def duckdb_type(field: Field) -> str:
    """Give the DuckDB type of a field in normal spelling.

    Raises:
        ApiError: 501, a type this double does not keep (BYTES, GEOGRAPHY).
    """
    if field["type"] == "RECORD":
        kind = f"STRUCT({', '.join(map(column_of, field['fields']))})"
    elif field["type"] in _TYPES:
        kind = _TYPES[field["type"]]
    else:
        raise ApiError(
            501, "notImplemented", f"this double keeps no {field['type']} (field {field['name']})"
        )
    return f"{kind}[]" if field["mode"] == "REPEATED" else kind


def column_of(field: Field) -> str:
    """Give a field's name and type as DDL and STRUCT write them."""
    return f"{quoted(field['name'])} {duckdb_type(field)}"


def structure(fields: Sequence[Field]) -> dict[str, Any]:
    """Give the shape of rows as DuckDB's `from_json_strict` takes it."""
    return {field["name"]: _shape(field) for field in fields}


def quoted(name: str) -> str:
    """Give an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def field_of(name: str, kind: Any) -> Field:
    """Give the field of a result's column.

    Args:
        name: of the column.
        kind: a `DuckDBPyType`.

    Raises:
        ApiError: 400, a type that BigQuery does not return, or this double does not.
    """
    if kind.id == "list":
        inner = field_of(name, kind.children[0][1])
        if inner["mode"] == "REPEATED":
            raise ApiError(400, "invalidQuery", "Cannot construct array with element type ARRAY")
        return {**inner, "mode": "REPEATED"}
    if kind.id == "struct":
        fields = [field_of(*child) for child in kind.children]
        return {"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields}
    if kind.id == "decimal":
        said = "NUMERIC" if kind.children[1][1] == NUMERIC_PLACES else "BIGNUMERIC"
    elif str(kind) == "JSON":
        said = "JSON"
    else:
        said = _KINDS.get(kind.id, "")
    if not said:
        raise ApiError(400, "invalidQuery", f"this double returns no column of type {kind}: {name}")
    return {"name": name, "type": said, "mode": "NULLABLE"}


def read(field: Field, value: Any) -> Any:
    """Give a value of DuckDB's JSON as `rows.normalize` writes it.

    Args:
        field: of the value.
        value: read with decimals as Decimal.

    Raises:
        ApiError: 400, an integer beyond INT64.
    """
    if field["mode"] == "REPEATED":
        one = {**field, "mode": "NULLABLE"}
        return [read(one, item) for item in value or ()]
    if value is None:
        return None
    match field["type"]:
        case "RECORD":
            return {inner["name"]: read(inner, value[inner["name"]]) for inner in field["fields"]}
        case "FLOAT":
            return float(value)
        case "INTEGER":
            if not -(2**63) <= value < 2**63:
                raise ApiError(400, "invalidQuery", f"int64 overflow: {value}", "q")
            return value
        case "NUMERIC" | "BIGNUMERIC":
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case "JSON":
            return json.dumps(value, default=float, separators=(",", ":"))
        case "DATETIME" | "TIMESTAMP":
            return dt.datetime.fromisoformat(value).isoformat(timespec="microseconds")
        case _:
            return value


def write(field: Field, value: Any) -> Any:
    """Give a normalized value as JSON for DuckDB: each column of a record there, a list for none.

    Raises:
        ApiError: 501, a decimal that this double cannot keep.
    """
    if field["mode"] == "REPEATED":
        one = {**field, "mode": "NULLABLE"}
        return [write(one, item) for item in value or ()]
    if value is None:
        return None
    if field["type"] == "RECORD":
        return {inner["name"]: write(inner, value.get(inner["name"])) for inner in field["fields"]}
    if field["type"] in ("NUMERIC", "BIGNUMERIC"):
        check_fits(str(value), field["type"])
        return str(value)
    return json.loads(value) if field["type"] == "JSON" else value


def check_fits(text: str, kind: str) -> None:
    """Refuse a decimal that the double would have to round; `kind` is NUMERIC or BIGNUMERIC.

    Raises:
        ApiError: 501.
    """
    places = NUMERIC_PLACES if kind == "NUMERIC" else BIGNUMERIC_PLACES
    number = Decimal(text)
    exponent = number.normalize().as_tuple().exponent if number else 0
    assert isinstance(exponent, int)
    if -exponent > places or number.copy_abs() >= 10 ** (_DIGITS - places):
        raise ApiError(
            501,
            "notImplemented",
            f"this double keeps {kind} with {_DIGITS - places} digits before the point and"
            f" {places} behind it, not {text}",
        )


def _shape(field: Field) -> Any:
    if field["type"] == "RECORD":
        shape: Any = structure(field["fields"])
    else:
        shape = duckdb_type({**field, "mode": "NULLABLE"})
    return [shape] if field["mode"] == "REPEATED" else shape
