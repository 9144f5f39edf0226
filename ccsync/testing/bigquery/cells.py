"""Rows as REST answers them: `{"f": [{"v": ...}]}`, every scalar a string."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ccsync.testing.bigquery.schema import Field

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def row(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row by column name in REST's form.

    Values may be Python's (date, Decimal, datetime in UTC or without zone) or the text of `rows`.
    A TIMESTAMP is microseconds since 1970, as with `formatOptions.useInt64Timestamp`, which the
    official client always sets.
    """
    return {"f": [{"v": _column(field, values.get(field["name"]))} for field in fields]}


def _column(field: Field, value: Any) -> Any:
    if field["mode"] == "REPEATED":
        return [{"v": _value(field, item)} for item in value or ()]
    return None if value is None else _value(field, value)


def _value(field: Field, value: Any) -> Any:
    match field["type"]:
        case "RECORD":
            return row(field["fields"], value)
        case "BOOLEAN":
            return "true" if value else "false"
        case "TIMESTAMP":
            return str(_microseconds(value))
        case "BYTES":
            return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
        case "NUMERIC" | "BIGNUMERIC":
            return _plain(Decimal(str(value)))
        case _:
            return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def _microseconds(value: Any) -> int:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def _plain(number: Decimal) -> str:
    """Write a number without an exponent and without zeros at its end, as BigQuery does."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
