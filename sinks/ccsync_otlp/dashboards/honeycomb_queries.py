"""From a question to a query specification of Honeycomb, for a dataset of time series metrics.

Honeycomb reads a gauge as its last value in each step, and adds up after that. So with a step of a
day `SUM` is each UTC day's value, and a revision or a zero for what vanished counts as it should.
A longer step would show its last day only, and nothing adds up several days or counts people: there
are questions about days here, none about a range, and none about people.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ccsync_otlp.dashboards.questions import (
    PERSON,
    Column,
    Measure,
    Question,
    Ratio,
    Total,
    unit_of,
)

Json: TypeAlias = dict[str, Any]

DAY = 86_400
"""Seconds. Steps of this length begin at midnights UTC."""

DAYS = 30
MOST = 100
"""Lines of a chart that does not say how many it wants."""

PART, WHOLE, SHARE = "part", "whole", "share"


def can_be_asked(column: Column) -> bool:
    """Tell whether each day's value can be asked for."""
    value = column.value
    if isinstance(value, Total):
        return value.days == 1
    return isinstance(value, Ratio) and unit_of(value) == "share"


def query(question: Question, column: Column) -> Json:
    """Write the query of one column of a question, of each day."""
    by = question.by_of(column)
    who = [_filter("actor.type", ("user_actor",))] if set(by) & set(PERSON) else []
    value = column.value
    if isinstance(value, Total):
        asked: Json = {"calculations": [_sum(value.measure)]}
        if filters := [*_where(value.measure), *who]:
            asked["filters"] = filters
        order: Json = {"op": "SUM", "column": value.measure.of.name}
    elif isinstance(value, Ratio):
        asked = {
            "calculations": [
                _named(PART, value.part, who),
                _named(WHOLE, value.whole, who),
            ],
            "formulas": [{"name": SHARE, "expression": f"MUL(100, DIV(${PART}, ${WHOLE}))"}],
        }
        order = {"column": SHARE}
    else:
        raise TypeError(f"{question.key} cannot be asked of Honeycomb")
    return {
        "time_range": DAYS * DAY,
        "granularity": DAY,
        **({"breakdowns": list(by)} if by else {}),
        **asked,
        "orders": [{**order, "order": "descending"}],
        "limit": question.limit or MOST,
    }


def _sum(measure: Measure) -> Json:
    return {"op": "SUM", "column": measure.of.name}


def _named(name: str, measure: Measure, who: list[Json]) -> Json:
    filters = [*_where(measure), *who]
    return {**_sum(measure), "name": name, **({"filters": filters} if filters else {})}


def _where(measure: Measure) -> list[Json]:
    return [_filter(name, values) for name, values in measure.where]


def _filter(column: str, values: tuple[str, ...]) -> Json:
    if len(values) == 1:
        return {"column": column, "op": "=", "value": values[0]}
    return {"column": column, "op": "in", "value": list(values)}
