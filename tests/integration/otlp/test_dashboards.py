"""Every query of the Grafana dashboards over usage, asked of real backends: it says the truth."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ccsync_otlp.dashboards import grafana
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.questions import PERSON, Board, Question, Total
from ccsync_otlp.dashboards.sent import Sent
from tests.integration.otlp.dashboard_truth import DAY, Answer, Truth, points
from tests.integration.otlp.dashboard_world import World, world
from tests.integration.otlp.grafana_like import (
    Query,
    View,
    choices,
    days,
    instant,
    queries,
    ranged,
    written,
)
from tests.support.backends import prometheus, victoriametrics
from tests.support.programs import program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

TOLERANCE = Decimal("1e-9")
PATIENCE = 30.0
VARIANTS = ("prometheus", "victoriametrics")
FILES = grafana.files(Sent())


@pytest.fixture(scope="module", params=VARIANTS)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    directory = tmp_path_factory.mktemp(request.param)
    program(request.param)
    started = prometheus if request.param == "prometheus" else victoriametrics
    with (
        started(directory / "backend") as backend,
        world(directory, backend, request.param) as found,
    ):
        yield found


def views(now: dt.datetime) -> list[View]:
    """Give ranges as readers choose them: by the clock, whole days, and between midnights."""
    midnight = dt.datetime.combine(now.date(), dt.time(), dt.UTC)
    almost = dt.timedelta(milliseconds=1)
    us = "5c21f0de-7a43-4b8e-9d06-3e1f84c7a920"
    return [
        View("the last 30 days", now - 30 * DAY, now),
        View("between midnights", midnight - 25 * DAY, midnight - 5 * DAY),
        View("whole days", midnight - 10 * DAY, midnight - DAY - almost),
        View("until the last second", midnight - 9 * DAY, midnight - dt.timedelta(seconds=1)),
        View(
            "in the middle of days, narrowed",
            midnight - 21 * DAY + dt.timedelta(hours=13),
            midnight - 3 * DAY + dt.timedelta(hours=7),
            {
                "organization": [us],
                "customer_type": ["subscription", "api"],
                "actor_type": ["user_actor"],
                "model": ["claude-opus-5", "claude-haiku-5-5"],
                "currency": ["EUR"],
            },
        ),
        View(
            "one model of subscriptions",
            now - 7 * DAY,
            now,
            {"customer_type": ["subscription"], "model": ["claude-haiku-5-5"]},
        ),
        View("today", midnight, now),
    ]


ATTRIBUTES = {
    "organization": "organization.id",
    "customer_type": "customer_type",
    "actor_type": "actor.type",
    "model": "model",
    "currency": "currency",
}


def question_of(query: Query, board_key: str) -> Question:
    board = next(one for one in BOARDS if one.key == board_key)
    (found,) = [one for one in board.questions if one.title == query.title]
    return found


def labels_of(question: Question, place: int, variant: str) -> list[str]:
    by = question.by_of(question.columns[place])
    spelled = (
        "person" if name in PERSON else name.replace(".", "_" if variant == "prometheus" else ".")
        for name in by
    )
    return list(dict.fromkeys(spelled))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_every_query_answers_the_truth(board: Board, filled: World) -> None:
    variant = filled.preset
    text = FILES[f"{variant}/{board.key}.json"]
    dashboard, everything = json.loads(text), list(points(filled.rows))
    asked = lines = 0
    wrong: list[str] = []
    for view in views(filled.now):
        wanted = {ATTRIBUTES[name]: values for name, values in view.chosen.items()}
        truth = Truth(everything, {"currency": ["USD"], **wanted})
        for query in queries(text):
            question = question_of(query, board.key)
            until = time.monotonic() + PATIENCE
            while True:
                pairs = compare(filled, dashboard, question, query, view, truth)
                found = [
                    f"{view.name}: {query.name}: {where}: {got} instead of {true}"
                    for where, got, true in pairs
                    if differs(question, query, got, true)
                ]
                # New points show after a moment, the first time.
                if not found or wrong or time.monotonic() > until:
                    break
                time.sleep(0.5)
            asked, lines = asked + 1, lines + len(pairs)
            wrong += found
    print(f"{variant} {board.key}: {asked} queries, {lines} values, {len(wrong)} wrong")  # noqa: T201
    assert not wrong, "\n".join(wrong[:40])
    assert lines > asked


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_there_is_to_choose_what_there_is(board: Board, filled: World) -> None:
    dashboard = json.loads(FILES[f"{filled.preset}/{board.key}.json"])
    view = View("", filled.now - 30 * DAY, filled.now)
    shown = [one for one in points(filled.rows) if one.day in days(view) and one.value]
    asked = 0
    until = time.monotonic() + PATIENCE
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        name, true = variable["name"], {"ccsync"}
        asked += 1
        if name != "service":
            of_each = (one.attributes.get(ATTRIBUTES[name]) for one in shown)
            true = {value for value in of_each if value}
        while (found := choices(filled.backend, variable, dashboard, view)) != true:
            # New points show after a moment, the first time.
            assert time.monotonic() < until, (name, found, true)
            time.sleep(0.5)
    assert asked == len(ATTRIBUTES) + 1


Pair = tuple[str, Decimal | None, Decimal | None]


def compare(
    filled: World,
    dashboard: dict[str, Any],
    question: Question,
    query: Query,
    view: View,
    truth: Truth,
) -> list[Pair]:
    """Give every value that is shown or true."""
    expression = written(query.target["expr"], dashboard, view)
    keys = labels_of(question, query.place, filled.preset)
    if query.target["instant"]:
        assert question.per == "range"
        shown = {"range": instant(filled.backend, expression, view.until, keys)}
        true = {"range": truth.range(question, query.place, days(view))}
    else:
        assert query.target["interval"] == "1d"
        answers = ranged(filled.backend, expression, view, 86_400, keys)
        shown = {str(moment.date()): one for moment, one in answers.items()}
        column = question.columns[query.place]
        chart = set(days(view)) | {view.since.date()}
        if view.until == dt.datetime.combine(view.until.date(), dt.time(), dt.UTC):
            chart.add(view.until.date())
        true = {str(day): one for day, one in truth.days(question, column, chart).items()}
    return [
        (f"{when} {key}", shown.get(when, {}).get(key), true.get(when, {}).get(key))
        for when in sorted(shown.keys() | true.keys())
        for key in sorted(shown.get(when, Answer()).keys() | true.get(when, Answer()).keys())
    ]


def differs(question: Question, query: Query, got: Decimal | None, true: Decimal | None) -> bool:
    """Tell whether a value is wrong. A sum of zero may be shown or not; nothing else may."""
    if got is None or true is None:
        value = question.columns[query.place].value
        return not (isinstance(value, Total) and not (got or true))
    return got.is_nan() or abs(got - true) > TOLERANCE * max(Decimal(1), abs(true))
