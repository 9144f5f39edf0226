"""From a question to widgets of Datadog, in the form of its Dashboards API (v1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from ccsync_otlp.dashboards.datadog_queries import Asked, Datadog
from ccsync_otlp.dashboards.questions import CURRENCY, Column, Question, Ratio, unit_of

Json: TypeAlias = dict[str, Any]

_MOST = 100
"""Lines of a table that does not say how many it wants."""


def widgets(question: Question, asking: Datadog) -> Iterator[Json]:
    """Make the widgets of a question: one, or one for each way in which its lines are told apart.

    A table cannot hold lines with a currency beside lines without.
    """
    if question.per == "day":
        yield _chart(question, asking)
        return
    # A range need not begin with a day: its points are added up where they are, at their noons.
    asking = Datadog(asking.variables, rollup=False)
    if question.chart == "number":
        yield _number(question, asking)
        return
    apart: dict[tuple[str, ...], list[Column]] = {}
    for column in question.columns:
        apart.setdefault(question.by_of(column), []).append(column)
    for by, columns in apart.items():
        several = len(apart) > 1
        about = (
            f": {_lower(columns[0].title) if len(columns) == 1 else 'counts'}" if several else ""
        )
        yield _table(question, asking, by, columns, f"{question.title}{about}")


def _number(question: Question, asking: Datadog) -> Json:
    (column,) = question.columns
    crosses = isinstance(column.value, Ratio) and unit_of(column.value) == "money"
    by = () if crosses else question.by_of(column)
    asked = asking.ask(column.value, by)
    if crosses:
        asked = _one_currency(asked)
    if by:
        # Amounts of several currencies stand below one another and are never added.
        request = _request([asked], [_formula(column, asked, limit=_MOST)], "scalar")
        return _widget("toplist", question, requests=[request])
    share = unit_of(column.value) == "share"
    precision = 2 if crosses else 1 if share else 0
    unit = {"custom_unit": "%"} if share else {}
    request = _request([asked], [_formula(column, asked)], "scalar")
    return _widget(
        "query_value", question, requests=[request], autoscale=False, precision=precision, **unit
    )


def _chart(question: Question, asking: Datadog) -> Json:
    asked: list[Asked] = []
    for column in question.columns:
        first = 1 + sum(len(one.queries) for one in asked)
        asked.append(asking.ask(column.value, question.by_of(column), first))
    formulas = [_formula(*pair) for pair in zip(question.columns, asked, strict=True)]
    bars = question.chart == "bars"
    request = {
        **_request(asked, formulas, "timeseries"),
        "display_type": "bars" if bars else "line",
    }
    share = unit_of(question.columns[0].value) == "share"
    return _widget(
        "timeseries",
        question,
        requests=[request],
        show_legend=True,
        legend_layout="auto",
        yaxis={"min": "0", **({"max": "100", "label": "%"} if share else {})},
    )


def _table(
    question: Question, asking: Datadog, by: tuple[str, ...], columns: list[Column], title: str
) -> Json:
    asked: list[Asked] = []
    for column in columns:
        first = 1 + sum(len(one.queries) for one in asked)
        asked.append(asking.ask(column.value, by, first))
    formulas = [
        _formula(column, one, limit=None if place else question.limit or _MOST)
        for place, (column, one) in enumerate(zip(columns, asked, strict=True))
    ]
    made = _widget("query_table", question, requests=[_request(asked, formulas, "scalar")])
    return {"definition": {**made["definition"], "title": title}}


def _request(asked: list[Asked], formulas: list[Json], form: str) -> Json:
    scalar = {"aggregator": "sum"} if form == "scalar" else {}
    return {
        "response_format": form,
        "queries": [
            {"data_source": "metrics", "name": query.name, "query": query.text, **scalar}
            for one in asked
            for query in one.queries
        ],
        "formulas": formulas,
    }


def _formula(column: Column, asked: Asked, *, limit: int | None = None) -> Json:
    formula = f"100 * {asked.formula}" if unit_of(column.value) == "share" else asked.formula
    percent = " (%)" if unit_of(column.value) == "share" else ""
    made: Json = {"formula": formula, "alias": f"{column.title}{percent}"}
    return made if limit is None else {**made, "limit": {"count": limit, "order": "desc"}}


def _one_currency(asked: Asked) -> Asked:
    part, whole = asked.queries
    narrowed = part.text.replace("{", f"{{${CURRENCY},", 1)
    return Asked((type(part)(part.name, narrowed), whole), asked.formula)


def _widget(kind: str, question: Question, **more: Any) -> Json:
    return {"definition": {"type": kind, "title": question.title, **more}}


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def note(question: Question) -> str:
    """Say in a line of Markdown what a question asks, and what a reader has to know."""
    return f"**{question.title}**: {question.description}"
