"""Datadog's dashboards and monitors as files: bodies for its API, and for its import of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ccsync_otlp.catalogue import ATTRIBUTES
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.datadog_monitors import Written
from ccsync_otlp.dashboards.datadog_queries import RULES, Datadog
from ccsync_otlp.dashboards.datadog_widgets import Json, note, widgets
from ccsync_otlp.dashboards.questions import CURRENCY, Board
from ccsync_otlp.dashboards.sent import Sent

MONITORS = "monitors"

_SERVICE = ("service", "service")
_NARROWING = (
    ("organization", "organization.id"),
    ("customer_type", "customer_type"),
    ("actor_type", "actor.type"),
    ("model", "model"),
)
_DIMENSIONS = {one.name: one.dimension for one in ATTRIBUTES}


def files(sent: Sent) -> Mapping[str, str]:
    """Write every file, by its path."""
    return {path: json.dumps(body, indent=2) + "\n" for path, body in _files(sent)}


def _files(sent: Sent) -> Iterator[tuple[str, Json]]:
    for board in BOARDS:
        yield f"{board.key}.json", dashboard(board.without(sent.dimensions), sent)
    for key, body in Written(sent).monitors().items():
        yield f"{MONITORS}/{key}.json", body


def dashboard(board: Board, sent: Sent) -> Json:
    """Write the body of a dashboard."""
    asking = Datadog(variables(sent))
    groups = [
        _group(row.title, [one for question in row.questions for one in widgets(question, asking)])
        for row in board.rows
    ]
    return {
        "title": board.title,
        "description": board.description,
        "layout_type": "ordered",
        "reflow_type": "auto",
        "template_variables": [
            {"name": name, "prefix": tag, "defaults": [_default(name, sent)]}
            for name, tag in (*variables(sent), (CURRENCY, CURRENCY))
        ],
        "widgets": [*groups, _group("What these show", [_notes(board)])],
    }


def variables(sent: Sent) -> tuple[tuple[str, str], ...]:
    """Give the template variables that narrow every query, and the tags of each."""
    chosen = [one for one in _NARROWING if _DIMENSIONS[one[1]] in sent.dimensions]
    return (_SERVICE, *chosen)


def _default(name: str, sent: Sent) -> str:
    return {"service": RULES.spell(sent.service_name), CURRENCY: RULES.spell("USD")}.get(name, "*")


def _group(title: str, inner: list[Json]) -> Json:
    definition = {"type": "group", "layout_type": "ordered", "title": title, "widgets": inner}
    return {"definition": definition}


def _notes(board: Board) -> Json:
    lines = [
        "Days are UTC days, and each stands at its noon: look at whole days. Today is there from "
        "noon UTC on. People are those with any tokens. In ratios of cost and something else the "
        f"variable `{CURRENCY}` has to be one currency.",
        *(note(question) for question in board.questions),
    ]
    return {"definition": {"type": "note", "content": "\n\n".join(lines)}}
