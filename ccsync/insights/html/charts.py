"""Charts as Vega-Lite specifications: what is drawn, not how it looks.

Colours are CSS variables, so that one drawing serves the light page, the dark page and paper; the
style sheet says which they are. Widths are those of the page. Numbers of money go into a drawing as
floating-point numbers, which is exact enough for a bar; tooltips show the text that comes along.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Spec: TypeAlias = dict[str, Any]
"""A Vega-Lite specification (https://vega.github.io/vega-lite/docs/spec.html)."""

Row: TypeAlias = Mapping[str, object]
"""One datum. Days are ISO dates; a field that ends in `_text` is what a tooltip shows."""

SERIES = 8
"""How many colours there are, the last one for all others."""

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_COLOURS = [f"var(--series-{number})" for number in range(1, SERIES + 1)]
_HEIGHT = 180
_ROW = 24
"""Height of one horizontal bar and what is around it, in pixels."""

_MOST_LABELS = 8
"""Below a chart, so that they are apart on a phone, too."""

_LONGEST_NAME = 210
"""Of a row, in pixels; what is longer ends in dots, and its tooltip has all of it."""

_PERCENT: Spec = {"tickCount": 5, "format": ".0%"}

_CONFIG: Spec = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "titleFontWeight": "normal",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "labelLimit": 150,
    },
    "bar": {"color": _COLOURS[0]},
    "line": {"color": _COLOURS[0]},
}


def per_day(
    rows: Sequence[Row],
    *,
    days: Sequence[str],
    value: str,
    title: str,
    series: str = "",
    order: Sequence[str] = (),
) -> Spec:
    """Draw bars over days, stacked when there are series.

    Args:
        rows: Each with `day` and, for tooltips, `{value}_text`.
        days: All days, also those without a row.
        value: The field that is drawn.
        title: What it is, with its unit.
        series: The field that tells the parts of a bar apart; empty: there is one.
        order: The series from the bottom up; at most `SERIES`.
    """
    encoding: Spec = {
        "x": _along("day", days),
        "y": {"field": value, "type": "quantitative", "title": title, "axis": _few()},
        "tooltip": [
            {"field": "day", "type": "nominal", "title": "day"},
            *([{"field": series, "type": "nominal"}] if series else []),
            {"field": f"{value}_text", "type": "nominal", "title": title},
        ],
    }
    if series:
        encoding["color"] = _colour(series, order)
        encoding["order"] = {"field": "position", "type": "quantitative"}
    return _spec(rows, "bar", encoding)


def both_ways(rows: Sequence[Row], *, days: Sequence[str], up: str, down: str, title: str) -> Spec:
    """Draw two values of each day, one upwards and one downwards."""
    layers = [
        {
            "mark": {"type": "bar", "color": _COLOURS[place]},
            "encoding": {
                "y": {
                    "field": field,
                    "type": "quantitative",
                    "title": title,
                    "axis": _few(),
                }
            },
        }
        for place, field in ((2, up), (1, down))
    ]
    shared = {
        "x": _along("day", days),
        "tooltip": [
            {"field": "day", "type": "nominal", "title": "day"},
            *({"field": f"{one}_text", "type": "nominal", "title": one} for one in (up, down)),
        ],
    }
    spec = _spec(rows, "bar", shared)
    del spec["mark"]
    return spec | {"layer": layers}


def over_weeks(
    rows: Sequence[Row],
    *,
    weeks: Sequence[str],
    value: str,
    title: str,
    series: str,
    order: Sequence[str],
) -> Spec:
    """Draw a share, 0 to 1, as a line over weeks for each series."""
    # From a half on, so that a fall is seen; from nothing where that would hide one.
    lowest = 0.5 if all(float(str(row[value])) >= 0.5 for row in rows) else 0.0
    return _spec(
        rows,
        {"type": "line", "point": True, "strokeWidth": 2},
        {
            "x": _along("week", weeks),
            "y": {
                "field": value,
                "type": "quantitative",
                "title": title,
                "scale": {"domain": [lowest, 1]},
                "axis": _PERCENT,
            },
            "color": _colour(series, order),
            "tooltip": [
                {"field": "week", "type": "nominal", "title": "week of"},
                {"field": series, "type": "nominal"},
                {"field": f"{value}_text", "type": "nominal", "title": title},
            ],
        },
    )


def ranked(rows: Sequence[Row], *, name: str, value: str, title: str, share: bool = False) -> Spec:
    """Draw a horizontal bar for each row, in the order given."""
    return _spec(
        rows,
        {"type": "bar", "height": {"band": 0.7}},
        {
            "y": {
                "field": name,
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": {
                    "labelColor": "var(--ink)",
                    "labelLimit": _LONGEST_NAME,
                    "ticks": False,
                    "domain": False,
                },
            },
            "x": {
                "field": value,
                "type": "quantitative",
                "title": title,
                "axis": _PERCENT if share else _few(),
                **({"scale": {"domain": [0, 1]}} if share else {}),
            },
            "tooltip": [
                {"field": name, "type": "nominal"},
                {"field": f"{value}_text", "type": "nominal", "title": title},
            ],
        },
        height=_ROW * max(1, len(rows)),
    )


def _spec(rows: Sequence[Row], mark: Spec | str, encoding: Spec, *, height: int = _HEIGHT) -> Spec:
    return {
        "$schema": _SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": [dict(row) for row in rows]},
        "mark": mark,
        "encoding": encoding,
        "config": _CONFIG,
    }


def _along(field: str, dates: Sequence[str]) -> Spec:
    """Place dates side by side, each as wide as the others, and name a few of them."""
    return {
        "field": field,
        "type": "ordinal",
        "title": None,
        "scale": {"type": "band", "domain": list(dates), "paddingInner": 0.2},
        "axis": {
            "values": labelled(dates),
            "labelExpr": "utcFormat(toDate(datum.value), '%d %b')",
            "labelAngle": 0,
            "labelOverlap": True,
            "labelBound": True,
        },
    }


def labelled(dates: Sequence[str]) -> list[str]:
    """Choose the dates that are named below a chart: Mondays, if there are several of them."""
    mondays = [one for one in dates if dt.date.fromisoformat(one).weekday() == 0]
    chosen = list(dates) if len(dates) <= _MOST_LABELS else mondays
    return chosen[:: -(-len(chosen) // _MOST_LABELS) or 1]


def _few() -> Spec:
    """Label a few values, the large ones with a prefix: 1.5k. What is downwards has no sign."""
    return {"tickCount": 4, "labelExpr": "format(abs(datum.value), '~s')"}


def _colour(series: str, order: Sequence[str]) -> Spec:
    """Give each series a colour of its own: the first ones are told apart best."""
    scale = {"domain": list(order), "range": _COLOURS[: len(order)]}
    return {"field": series, "type": "nominal", "scale": scale, "legend": None}
