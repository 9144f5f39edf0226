"""Rows of tabledata.insertAll: read as BigQuery reads them, checked against the fields.

Texts of errors are those of BigQuery where they are known from its users' reports: `no such
field: x.`, `Array specified for non-repeated field: x.` with a location such as `fields[0].x`,
`Missing required field: Msg_0_CLOUD_QUERY_TABLE.x`, `Invalid NUMERIC value: 1 Field: x; Value: 1`,
`Cannot convert value to integer (bad value): x`, `Conversion from bool to string is unsupported.`,
and the one about partitions. The others are worded alike.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeGuard, cast

from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.values import BadValueError, value_of

_EXACT = 2**53
_DAYS_BACK = 3650
_DAYS_AHEAD = 366
_EPOCH = dt.date(1970, 1, 1)


class RowError(Exception):
    """A row that the table does not take; `location` as BigQuery gives it."""

    def __init__(self, message: str, location: str = "") -> None:
        """Refuse a row."""
        super().__init__(message)
        self.message = message
        self.location = location


def parse(body: bytes) -> Any:
    """Read JSON as BigQuery's front end does: a number is a double, so beyond 2^53 it is rounded.

    Raises:
        ValueError: no JSON.
    """
    return json.loads(body, parse_int=_integer, parse_constant=_no_constant)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Say whether JSON is an array."""
    return isinstance(value, list)


def normalize(fields: Sequence[Field], row: Any, *, ignore_unknown: bool = False) -> dict[str, Any]:
    """Give the row as the storage takes it, every column in it.

    Integers are int, NUMERIC and BIGNUMERIC decimal text, DATE and TIMESTAMP ISO text (in UTC),
    records dict, repeated ones list, and what is not there None.

    Args:
        fields: of the table, in normal spelling.
        row: one JSON object.
        ignore_unknown: drop what is no column.

    Raises:
        RowError: the first fault of the row.
    """
    if not isinstance(row, dict):
        raise RowError("This field: row is not a record.")
    return _record(fields, cast("dict[str, Any]", row), "", ignore_unknown)


def check_partition(table: str, column: str, row: dict[str, Any], today: dt.date) -> None:
    """Refuse a row whose day lies too far from today.

    Args:
        table: "p:d.t".
        column: the partitioning one, a DATE or TIMESTAMP.
        row: normalized.
        today: by the clock.

    Raises:
        RowError: more than ten years back, or one year ahead.
    """
    text = row.get(column)
    if text is None:
        return
    day = dt.date.fromisoformat(text[:10])
    if -_DAYS_BACK <= (day - today).days <= _DAYS_AHEAD:
        return
    raise RowError(
        f"Value {(day - _EPOCH).days} for partition column {column} of the destination table"
        f" {table} is outside the allowed bounds. You can only stream to partitions of date range"
        f" within {_DAYS_BACK} days in the past and {_DAYS_AHEAD} days in the future relative to"
        " the current date."
    )


def _record(
    fields: Sequence[Field], row: dict[str, Any], inside: str, ignore_unknown: bool
) -> dict[str, Any]:
    by_name = {field["name"].casefold(): field for field in fields}
    result: dict[str, Any] = {
        field["name"]: [] if field["mode"] == "REPEATED" else None for field in fields
    }
    for name, value in row.items():
        field = by_name.get(name.casefold())
        if field is not None:
            result[field["name"]] = _column(field, value, inside + name, ignore_unknown)
        elif not ignore_unknown:
            raise RowError(f"no such field: {name}.", inside + name)
    missing = [
        f"Msg_0_CLOUD_QUERY_TABLE.{inside}{field['name']}"
        for field in fields
        if field["mode"] == "REQUIRED" and result[field["name"]] is None
    ]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise RowError(f"Missing required field{plural}: {', '.join(missing)}")
    return result


def _column(field: Field, value: Any, path: str, ignore_unknown: bool) -> Any:
    name, mode = field["name"], field["mode"]
    if mode == "REPEATED":
        if value is None:
            return []
        if not is_list(value):
            raise RowError(f"Repeated field must be imported as a JSON array. Field: {name}.", path)
        return [
            _value(field, item, f"{path}[{index}]", ignore_unknown)
            for index, item in enumerate(value)
        ]
    if value is None and mode == "NULLABLE":
        return None
    return _value(field, value, path, ignore_unknown)


def _value(field: Field, value: Any, path: str, ignore_unknown: bool) -> Any:
    name = field["name"]
    if value is None:
        raise RowError(f"Only optional fields can be set to NULL. Field: {name}; Value: NULL", path)
    if isinstance(value, list):
        raise RowError(f"Array specified for non-repeated field: {name}.", path)
    if field["type"] == "RECORD":
        if not isinstance(value, dict):
            raise RowError(f"This field: {name} is not a record.", path)
        return _record(field["fields"], cast("dict[str, Any]", value), f"{path}.", ignore_unknown)
    if isinstance(value, dict):
        raise RowError(f"This field: {name} is a record, but its type is {field['type']}.", path)
    try:
        return value_of(field["type"], value, name)
    except BadValueError as error:
        raise RowError(str(error), path) from error


def _integer(text: str) -> int | float:
    exact = int(text)
    if abs(exact) <= _EXACT:
        return exact
    try:
        return int(float(text))
    except OverflowError:
        return float(text)


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
