"""What Honeycomb's published API description (version 1.0.0) says of the fields that are used here.

Stricter in one thing: what it does not name is refused, so that a slip of the pen is found.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def _text(longest: int | None = None, shortest: int = 0) -> Schema:
    limit = {} if longest is None else {"maxLength": longest}
    return {"type": "string", "minLength": shortest, **limit}


def _list(items: Schema, most: int | None = None) -> Schema:
    return {"type": "array", "items": items, **({} if most is None else {"maxItems": most})}


def _number(lowest: int, highest: int | None = None) -> Schema:
    limit = {} if highest is None else {"maximum": highest}
    return {"type": "integer", "minimum": lowest, **limit}


_PERCENTILES = (
    "P001", "P01", "P05", "P10", "P20", "P25", "P50", "P75", "P80", "P90", "P95", "P99", "P999",
)  # fmt: skip
_OP: Schema = {"enum": ["SUM", "AVG", "COUNT_DISTINCT", "HEATMAP", "MAX", "MIN", *_PERCENTILES]}
"""Without those that datasets of metrics refuse: COUNT, CONCURRENCY and RATE_*."""

_FILTERS = _list(
    _object(
        ("column", "op"),
        column=_text(),
        op={
            "enum": [
                "=", "!=", ">", ">=", "<", "<=", "starts-with", "does-not-start-with", "ends-with",
                "does-not-end-with", "exists", "does-not-exist", "contains", "does-not-contain",
                "in", "not-in",
            ]
        },
        value={"type": ["null", "number", "string", "boolean", "array"]},
    ),
    100,
)  # fmt: skip

QUERY = _object(
    ("calculations", "time_range"),
    breakdowns=_list(_text(), 100),
    calculations=_list(
        _object(("op",), op=_OP, column=_text(), name=_text(), filters=_FILTERS), 100
    ),
    filters=_FILTERS,
    formulas=_list(_object(("name", "expression"), name=_text(), expression=_text()), 100),
    granularity=_number(1),
    orders=_list(_object(column=_text(), op=_OP, order={"enum": ["ascending", "descending"]}), 100),
    limit=_number(1, 1000),
    time_range=_number(1),
)

ANNOTATION = _object(
    ("name", "query_id"), name=_text(shortest=1), description=_text(), query_id=_text()
)
"""As the guide to the API shows it; its limits were not to be had."""

_CHART = _object(
    chart_index=_number(0),
    chart_type={"enum": ["default", "line", "stacked", "stat", "tsbar", "cbar", "cpie"]},
)
_QUERY_PANEL = _object(
    ("type", "query_panel"),
    type={"const": "query"},
    query_panel=_object(
        ("query_id", "query_annotation_id"),
        query_id=_text(),
        query_annotation_id=_text(),
        query_style={"enum": ["graph", "table", "combo"]},
        visualization_settings=_object(utc_xaxis={"type": "boolean"}, charts=_list(_CHART)),
    ),
)
_TEXT_PANEL = _object(
    ("type", "text_panel"),
    type={"const": "text"},
    text_panel=_object(("content",), content=_text(10_000)),
)

BOARD = _object(
    ("type", "name"),
    name=_text(255, 1),
    description=_text(1024),
    type={"const": "flexible"},
    layout_generation={"enum": ["auto", "manual"]},
    panels=_list({"oneOf": [_QUERY_PANEL, _TEXT_PANEL]}),
    preset_filters=_list(_object(("column", "alias"), column=_text(), alias=_text(50)), 5),
)

TRIGGER = _object(
    ("name", "query", "threshold"),
    name=_text(120, 1),
    description=_text(1023),
    query={
        **QUERY,
        # A trigger takes neither an order nor a limit, and looks at a day at most.
        "properties": {
            name: schema
            for name, schema in QUERY["properties"].items()
            if name not in {"orders", "limit"}
        }
        | {"time_range": _number(60, 86_400)},
    },
    threshold=_object(
        ("op", "value"), op={"enum": [">", ">=", "<", "<="]}, value={"type": "number"}
    ),
    frequency={"type": "integer", "minimum": 60, "maximum": 86_400, "multipleOf": 60},
    alert_type={"enum": ["on_change", "on_true"]},
)
