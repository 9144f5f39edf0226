"""Pages of a query's result, as jobs.query and jobs.getQueryResults give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from ccsync.testing.bigquery.cells import row as cells
from ccsync.testing.bigquery.errors import invalid
from ccsync.testing.bigquery.schema import Field

Timestamps: TypeAlias = Literal["FLOAT64", "INT64", "ISO8601_STRING"]
"""Of `DataFormatOptions`: seconds (the default), microseconds since 1970, or text."""

_PAGE = 10_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def timestamps(options: Mapping[str, Any]) -> Timestamps:
    """Read `formatOptions`.

    Raises:
        ApiError: 400, both options at once, or a format that is none.
    """
    said = str(options.get("timestampOutputFormat") or "")
    if str(options.get("useInt64Timestamp", "")).lower() == "true":
        if said:
            raise invalid("Cannot specify both use_int64_timestamp and timestamp_output_format.")
        return "INT64"
    match said:
        case "" | "TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED" | "FLOAT64":
            return "FLOAT64"
        case "INT64":
            return "INT64"
        case "ISO8601_STRING":
            return "ISO8601_STRING"
        case _:
            raise invalid(f"Invalid value for timestampOutputFormat: {said}")


def page(
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    asked: Mapping[str, Any],
    form: Timestamps,
) -> dict[str, Any]:
    """Give `totalRows`, `rows` and, if there are more, `pageToken`.

    Args:
        fields: of the result.
        rows: all of them, by column name.
        asked: `maxResults`, `pageToken` and `startIndex` of the request.
        form: how points in time are written.

    Raises:
        ApiError: 400, a token or a number that is none.
    """
    try:
        start = int(asked.get("pageToken") or asked.get("startIndex") or 0)
        size = int(_PAGE if asked.get("maxResults") is None else asked["maxResults"])
    except (TypeError, ValueError):
        raise invalid("Invalid value for pageToken, startIndex or maxResults") from None
    end = min(start + size, len(rows))
    plain = list(fields) if form == "INT64" else [_as_text(field) for field in fields]
    answer: dict[str, Any] = {"totalRows": str(len(rows))}
    if end > start:
        shown = rows[start:end]
        if form != "INT64":
            shown = [_written(fields, one, form) for one in shown]
        answer["rows"] = [cells(plain, one) for one in shown]
    return answer if end >= len(rows) else {**answer, "pageToken": str(end)}


def _as_text(field: Field) -> Field:
    if field["type"] == "RECORD":
        return {**field, "fields": [_as_text(one) for one in field["fields"]]}
    return {**field, "type": "STRING"} if field["type"] == "TIMESTAMP" else field


def _written(fields: Sequence[Field], row: Mapping[str, Any], form: Timestamps) -> dict[str, Any]:
    return {one["name"]: _value(one, row.get(one["name"]), form) for one in fields}


def _value(field: Field, value: Any, form: Timestamps) -> Any:
    if value is None:
        return None
    if field["mode"] == "REPEATED":
        return [_value({**field, "mode": "NULLABLE"}, one, form) for one in value]
    if field["type"] == "RECORD":
        return _written(field["fields"], value, form)
    if field["type"] != "TIMESTAMP":
        return value
    moment = dt.datetime.fromisoformat(value)
    if form == "ISO8601_STRING":
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{(moment - _EPOCH).total_seconds():.15E}".replace("E+0", "E").replace("E+", "E")
