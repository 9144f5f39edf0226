"""From a question to a panel of Grafana.

Charts ask a range query with a step of a day; where a dashboard is in UTC, Grafana puts its steps
on multiples of the step, so each is a midnight. Numbers and tables ask once, at the end of the
range, for the days that begin in it.
"""

from __future__ import annotations

from ccsync_otlp import naming
from ccsync_otlp.dashboards.grafana_json import Json, Panel, Target, letter, override
from ccsync_otlp.dashboards.promql import Asking
from ccsync_otlp.dashboards.questions import (
    CURRENCY,
    Column,
    Question,
    Ratio,
    Unit,
    unit_of,
)

IN_RANGE = "[$__range:1d] offset 1s"
"""A window leaves its first moment out: without the offset, a range from a midnight on would lose
its first day, and one that ends at a midnight would have a day too many."""

_STEP = "1d"
_WIDTHS = {1: 24, 2: 12, 3: 8}
_UNITS: dict[Unit, Json] = {
    "count": {"unit": "locale", "decimals": 0},
    "lines": {"unit": "locale", "decimals": 0},
    "people": {"unit": "locale", "decimals": 0},
    "tokens": {"unit": "short"},
    "money": {"unit": "locale", "decimals": 2},
    "share": {"unit": "percentunit", "decimals": 1},
}
"""Money has no sign: its currency is an attribute, and stands beside it."""


def panel(question: Question, asking: Asking, beside: int) -> Panel:
    """Make a panel; `beside` says how many stand in its row."""
    if question.chart == "number":
        return _number(question, asking, max(3, 24 // beside))
    width = _WIDTHS.get(beside, 8)
    return (
        _table(question, asking, width)
        if question.chart == "table"
        else _chart(question, asking, width)
    )


def expressions(question: Question, asking: Asking) -> list[str]:
    """Write the queries of a question, one for each column."""
    window = "" if question.per == "day" else IN_RANGE
    written = [asking.value(one.value, question.by, window) for one in question.columns]
    if question.limit is None:
        return written
    # Without `> 0` those whose usage was taken back, and is a zero now, would fill a short list.
    highest = f"topk({question.limit}, {written[0]} > 0)"
    keys = ", ".join(naming.label(key, "dots") for key in asking.labels(question.by))
    return [highest, *(f"{one} and on ({keys}) {highest}" for one in written[1:])]


def _number(question: Question, asking: Asking, width: int) -> Panel:
    column = question.columns[0]
    is_money = unit_of(column.value) == "money"
    return Panel(
        kind="stat",
        title=question.title,
        description=question.description,
        width=width,
        height=4,
        targets=tuple(
            Target(one, legend=_legend(question, column, asking), instant=True)
            for one in expressions(question, asking)
        ),
        defaults={
            **_UNITS[unit_of(column.value)],
            "noValue": "-" if isinstance(column.value, Ratio) else "0",
            "color": {"mode": "fixed", "fixedColor": "text"},
        },
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "value_and_name" if is_money else "value",
        },
    )


def _chart(question: Question, asking: Asking, width: int) -> Panel:
    bars = question.chart == "bars"
    unit = unit_of(question.columns[0].value)
    style: Json = {
        "drawStyle": "bars" if bars else "line",
        # A bar stands on the right of its day's midnight: on its day.
        "barAlignment": 1,
        "fillOpacity": 80 if bars else 0,
        "lineWidth": 0 if bars else 2,
        "showPoints": "never" if bars else "always",
        "spanNulls": False,
        "stacking": {"mode": "normal" if bars else "none", "group": "A"},
        "axisSoftMin": 0,
    }
    return Panel(
        kind="timeseries",
        title=question.title,
        description=question.description,
        width=width,
        height=9,
        step=_STEP,
        targets=tuple(
            Target(expression, legend=_legend(question, column, asking), step=_STEP)
            for expression, column in zip(
                expressions(question, asking), question.columns, strict=True
            )
        ),
        defaults={
            **_UNITS[unit],
            "min": 0,
            **({"max": 1} if unit == "share" else {}),
            "color": {"mode": "palette-classic"},
            "custom": style,
        },
        options={
            "legend": {
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": True,
                "calcs": [],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    )


def _table(question: Question, asking: Asking, width: int) -> Panel:
    columns = question.columns
    keys = asking.labels(question.by)
    has_money = any(CURRENCY in question.by_of(one) for one in columns)
    if has_money:
        keys = [*keys, CURRENCY]
    # A table of one query has a field `Value`, one of several has `Value #A`, `Value #B` ...
    several = len(columns) > 1
    values = [f"Value #{letter(place)}" if several else "Value" for place in range(len(columns))]
    renamed = {key: _heading(key) for key in keys}
    renamed |= {value: one.title for value, one in zip(values, columns, strict=True)}
    return Panel(
        kind="table",
        title=question.title,
        description=question.description,
        width=width,
        height=10,
        targets=tuple(
            Target(one, instant=True, table=True) for one in expressions(question, asking)
        ),
        transformations=(
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "indexByName": {name: place for place, name in enumerate([*keys, *values])},
                    "renameByName": renamed,
                },
            },
        ),
        defaults={"custom": {"align": "auto", "filterable": True}},
        overrides=tuple(override(one.title, **_UNITS[unit_of(one.value)]) for one in columns),
        options={
            "showHeader": True,
            "cellHeight": "sm",
            "sortBy": [{"displayName": columns[0].title, "desc": True}],
        },
    )


def _legend(question: Question, column: Column, asking: Asking) -> str:
    keys = asking.labels(question.by_of(column))
    title = column.title if len(question.columns) > 1 or not keys else ""
    return " ".join([*([title] if title else []), *(f"{{{{{key}}}}}" for key in keys)])


def _heading(key: str) -> str:
    words = key.replace(".", " ").replace("_", " ").replace("api key", "API key")
    return words[0].upper() + words[1:]
