"""Single values of a column: what JSON may say for them, and the one form they are kept in."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_INT64 = range(-(2**63), 2**63)
_INTEGER = re.compile(r"[+-]?\d{1,4000}")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_ZONE = re.compile(r"\s*(UTC|Z|z)$")
_NUMERIC_MOST = Decimal("99999999999999999999999999999.999999999")
_BIGNUMERIC_MOST = Decimal(f"{2**255 - 1}E-38")


class BadValueError(ValueError):
    """A value that the column does not take."""


def value_of(kind: str, value: Any, name: str) -> Any:
    """Give a value in the form it is kept in.

    Args:
        kind: the column's type, in normal spelling, no RECORD.
        value: a JSON scalar, not null.
        name: the column, for messages.

    Raises:
        BadValueError: it is none of that type.
    """
    return _READERS[kind](value, name)


def _string(value: Any, name: str) -> str:
    del name
    if isinstance(value, bool):
        raise BadValueError("Conversion from bool to string is unsupported.")
    return value if isinstance(value, str) else _shown(value)


def _int64(value: Any, name: str) -> int:
    del name
    number: int | None = None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float) and math.isfinite(value) and value.is_integer():
        number = int(value)
    if number is None or number not in _INT64:
        raise BadValueError(f"Cannot convert value to integer (bad value): {_shown(value)}")
    return number


def _float64(value: Any, name: str) -> float:
    del name
    if not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    raise BadValueError(f"Cannot convert value to floating point (bad value): {_shown(value)}")


def _bool(value: Any, name: str) -> bool:
    del name
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise BadValueError(f"Cannot convert value to boolean (bad value): {_shown(value)}")


def _numeric(value: Any, name: str) -> str:
    return _decimal("NUMERIC", 9, _NUMERIC_MOST, value, name)


def _bignumeric(value: Any, name: str) -> str:
    return _decimal("BIGNUMERIC", 38, _BIGNUMERIC_MOST, value, name)


def _decimal(kind: str, places: int, most: Decimal, value: Any, name: str) -> str:
    text = _shown(value).strip()
    if not isinstance(value, bool) and _DECIMAL.fullmatch(text):
        # Compared and written out without arithmetic: that would round to the context.
        number = Decimal(text)
        if number == 0:
            return "0"
        plain = format(number, "f")
        whole, _, fraction = plain.partition(".")
        fraction = fraction.rstrip("0")
        if len(fraction) <= places and number.copy_abs() <= most:
            return f"{whole}.{fraction}" if fraction else whole
    raise BadValueError(f"Invalid {kind} value: {_shown(value)} {_at(name, value)}")


def _date(value: Any, name: str) -> str:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
            year, month, day = map(int, value.split("-"))
            return dt.date(year, month, day).isoformat()
    except ValueError:
        pass
    raise BadValueError(f"Invalid date: '{_shown(value)}' {_at(name, value)}")


def _timestamp(value: Any, name: str) -> str:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=value)
            return moment.isoformat(timespec="microseconds")
        if isinstance(value, str) and value[4:5] == "-":
            moment = dt.datetime.fromisoformat(_ZONE.sub("+00:00", value))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=dt.UTC)
            return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        pass
    raise BadValueError(f"Invalid timestamp: '{_shown(value)}' {_at(name, value)}")


def _datetime(value: Any, name: str) -> str:
    try:
        if isinstance(value, str) and value[4:5] == "-":
            moment = dt.datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return moment.isoformat(timespec="microseconds")
    except ValueError:
        pass
    raise BadValueError(f'Invalid datetime string "{_shown(value)}" {_at(name, value)}')


def _time(value: Any, name: str) -> str:
    try:
        if isinstance(value, str):
            moment = dt.time.fromisoformat(value)
            if moment.tzinfo is None:
                return moment.isoformat(timespec="microseconds")
    except ValueError:
        pass
    raise BadValueError(f'Invalid time string "{_shown(value)}" {_at(name, value)}')


def _bytes(value: Any, name: str) -> str:
    try:
        if isinstance(value, str):
            return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except binascii.Error:
        pass
    raise BadValueError(f"Could not decode base64 string to bytes. {_at(name, value)}")


def _json(value: Any, name: str) -> str:
    try:
        if isinstance(value, str):
            json.loads(value)
            return value
    except ValueError:
        pass
    raise BadValueError(f"Invalid JSON text. {_at(name, value)}")


def _shown(value: Any) -> str:
    """Give a JSON scalar as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def _at(name: str, value: Any) -> str:
    return f"Field: {name}; Value: {_shown(value)}"


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "STRING": _string,
    "GEOGRAPHY": _string,
    "INTEGER": _int64,
    "FLOAT": _float64,
    "BOOLEAN": _bool,
    "NUMERIC": _numeric,
    "BIGNUMERIC": _bignumeric,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "DATETIME": _datetime,
    "TIME": _time,
    "BYTES": _bytes,
    "JSON": _json,
}
