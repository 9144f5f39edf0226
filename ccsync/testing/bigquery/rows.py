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
    return Reader(fields, ignore_unknown=ignore_unknown).read(row)


class Reader:
    """Reads the rows of one table: `normalize`, made once for many rows."""

    def __init__(self, fields: Sequence[Field], *, ignore_unknown: bool = False) -> None:
        """Read rows of these fields; see `normalize`."""
        self._ignore_unknown = ignore_unknown
        self._columns = {
            field["name"].casefold(): _Column(field, ignore_unknown) for field in fields
        }
        self._required = [field["name"] for field in fields if field["mode"] == "REQUIRED"]

    def read(self, row: Any, inside: str = "") -> dict[str, Any]:
        """Give a row, or a record at the path `inside`, as the storage takes it.

        Raises:
            RowError: its first fault.
        """
        if not isinstance(row, dict):
            raise RowError("This field: row is not a record.")
        result = {column.name: column.nothing() for column in self._columns.values()}
        for name, value in cast("dict[str, Any]", row).items():
            column = self._columns.get(name.casefold())
            if column is not None:
                result[column.name] = column.read(value, inside + name)
            elif not self._ignore_unknown:
                raise RowError(f"no such field: {name}.", inside + name)
        missing = [name for name in self._required if result[name] is None]
        if missing:
            named = ", ".join(f"Msg_0_CLOUD_QUERY_TABLE.{inside}{name}" for name in missing)
            raise RowError(f"Missing required field{'s' * (len(missing) > 1)}: {named}")
        return result


class _Column:
    def __init__(self, field: Field, ignore_unknown: bool) -> None:
        self.name = str(field["name"])
        self._type = str(field["type"])
        self._mode = str(field["mode"])
        self._record = (
            Reader(field["fields"], ignore_unknown=ignore_unknown)
            if self._type == "RECORD"
            else None
        )

    def nothing(self) -> Any:
        return [] if self._mode == "REPEATED" else None

    def read(self, value: Any, path: str) -> Any:
        if self._mode != "REPEATED":
            nothing = value is None and self._mode == "NULLABLE"
            return None if nothing else self._one(value, path)
        if value is None:
            return []
        if not is_list(value):
            raise RowError(
                f"Repeated field must be imported as a JSON array. Field: {self.name}.", path
            )
        return [self._one(item, f"{path}[{index}]") for index, item in enumerate(value)]

    def _one(self, value: Any, path: str) -> Any:
        name = self.name
        if value is None:
            raise RowError(
                f"Only optional fields can be set to NULL. Field: {name}; Value: NULL", path
            )
        if isinstance(value, list):
            raise RowError(f"Array specified for non-repeated field: {name}.", path)
        if self._record is not None:
            if not isinstance(value, dict):
                raise RowError(f"This field: {name} is not a record.", path)
            return self._record.read(value, f"{path}.")
        if isinstance(value, dict):
            raise RowError(f"This field: {name} is a record, but its type is {self._type}.", path)
        try:
            return value_of(self._type, value, name)
        except BadValueError as error:
            raise RowError(str(error), path) from error


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
