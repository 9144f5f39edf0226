"""Datadog's dashboards: each number, read as Datadog documents it, is what the API said.

The points are those that the real sink sent, corrections and zeros included.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from ccsync_otlp.catalogue import ATTRIBUTES, METRICS
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.datadog import files, variables
from ccsync_otlp.dashboards.datadog_queries import RULES, Datadog, own_values
from ccsync_otlp.dashboards.datadog_widgets import widgets
from ccsync_otlp.dashboards.questions import PERSON, Board, Column, Question, Ratio, unit_of
from ccsync_otlp.dashboards.sent import Sent
from tests.integration.otlp.dashboard_truth import DAY, Answer, Key, Truth
from tests.integration.otlp.dashboard_truth import points as points_of

from . import datadog_like
from .datadog_like import NOTHING, fold
from .formulas import Group, Lines
from .vendor_world import OTHER, TODAY, World, make_world

SECOND = dt.timedelta(seconds=1)
SENT = Sent()
EVERYTHING = {
    "service": "service:ccsync",
    "organization": "organization.id:*",
    "customer_type": "customer_type:*",
    "actor_type": "actor.type:*",
    "model": "model:*",
    "currency": "currency:usd",
}
CHOICES: dict[str, dict[str, str]] = {
    "everything": {},
    "an organization": {"organization": f"organization.id:{OTHER}"},
    "a model": {"model": "model:claude-opus-5"},
    "people": {"actor_type": "actor.type:user_actor"},
}


class Panel(NamedTuple):
    """One formula of the files, and what it has to answer."""

    board: Board
    question: Question
    column: Column
    request: Mapping[str, Any]
    place: int
    """Of the formula in the request."""


def panels() -> Iterator[Panel]:
    """Take the files apart by the questions that they were made of."""
    texts = files(SENT)
    for board in BOARDS:
        groups = json.loads(texts[f"{board.key}.json"])["widgets"]
        assert [one["definition"]["title"] for one in groups[:-1]] == [r.title for r in board.rows]
        for row, group in zip(board.rows, groups, strict=False):
            inner = iter(group["definition"]["widgets"])
            for question in row.questions:
                for _ in widgets(question, Datadog(variables(SENT))):
                    yield from _formulas(board, question, next(inner)["definition"])
            assert next(inner, None) is None


def _formulas(board: Board, question: Question, widget: Mapping[str, Any]) -> Iterator[Panel]:
    assert str(widget["title"]).startswith(question.title)
    (request,) = widget["requests"]
    titles = {column.title: column for column in question.columns}
    for place, formula in enumerate(request["formulas"]):
        column = titles[str(formula["alias"]).removesuffix(" (%)")]
        yield Panel(board, question, column, request, place)


PANELS = list(panels())
IDS = [f"{one.board.key}-{one.question.key}-{one.column.title}" for one in PANELS]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("datadog")


@pytest.fixture(scope="module")
def there(world: World) -> datadog_like.Datadog:
    return datadog_like.Datadog(world.points)


@pytest.fixture(scope="module")
def truths(world: World) -> Mapping[str, Truth]:
    """Tell what has to be shown, by what is chosen at the top."""
    folded = [
        one._replace(
            attributes={
                name: text if name in _OWN else fold(text) for name, text in one.attributes.items()
            }
        )
        for one in points_of(world.rows)
        if one.value
    ]
    found: dict[str, Truth] = {}
    for choice, chosen in CHOICES.items():
        parts = [text.partition(":") for text in chosen.values()]
        found[choice] = Truth(folded, {tag: [value] for tag, _, value in parts})
    return found


_OWN = {name for metric in METRICS for name in metric.extra}
"""Attributes whose values the questions themselves name, as the sink chooses them."""


def key_of(group: Group, panel: Panel) -> Key:
    """Name a line as the truth does."""
    tags = {name: "" if value == NOTHING else value for name, value in group}
    if crosses(panel):
        return ("usd",)
    by = list(panel.question.by_of(panel.column))
    names = [name for name in by if name not in PERSON[1:]]
    return tuple(
        next((tags[one] for one in PERSON if tags[one]), "") if name in PERSON else tags[name]
        for name in names
    )


def crosses(panel: Panel) -> bool:
    return isinstance(panel.column.value, Ratio) and unit_of(panel.column.value) == "money"


def expected(panel: Panel, answer: Answer) -> dict[Key, float]:
    times = 100 if unit_of(panel.column.value) == "share" else 1
    found = {tuple(map(fold, key)): times * float(value) for key, value in answer.items()}
    assert len(found) == len(answer)
    return {("usd",): found[("usd",)]} if crosses(panel) and ("usd",) in found else found


def assert_same(shown: Mapping[Any, float], wanted: Mapping[Any, float]) -> None:
    """Nothing and zero are the same."""
    some = {key: value for key, value in shown.items() if value}
    assert some == pytest.approx({key: value for key, value in wanted.items() if value}, rel=1e-9)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("panel", PANELS, ids=IDS)
def test_a_panel_shows_what_the_api_said(
    panel: Panel,
    choice: str,
    world: World,
    there: datadog_like.Datadog,
    truths: Mapping[str, Truth],
) -> None:
    truth = truths[choice]
    chosen = {**EVERYTHING, **CHOICES[choice]}
    if panel.question.per == "day":
        lines = there.timeseries(panel.request, panel.place, chosen)
        # Where nobody did anything, there is no step: a gap, in what is added up over days, too.
        steps = {_day(at) for values in lines.values() for at in values}
        by_day = truth.days(panel.question, panel.column, sorted(steps & set(world.days)))
        wanted = {
            (key, day): value
            for day, answer in by_day.items()
            for key, value in expected(panel, answer).items()
        }
        assert_same(
            {
                (key_of(group, panel), _day(at)): value
                for group, values in _within(lines, world.days).items()
                for at, value in values.items()
            },
            wanted,
        )
        return
    # Noons count: a range may begin and end at any time before them.
    first, last = TODAY - 30 * DAY, TODAY - DAY
    since, until = _second(first) + 11 * 3600, _second(last) + 13 * 3600
    shown = there.scalar(panel.request, panel.place, chosen, since, until)
    days = [first + number * DAY for number in range(30)]
    answer = expected(panel, truth.value(panel.column.value, panel.question.by, days))
    assert answer
    limit = panel.request["formulas"][panel.place].get("limit")
    if limit is not None:
        best = sorted(answer, key=lambda key: answer[key], reverse=True)[: limit["count"]]
        answer = {key: answer[key] for key in best}
    assert_same({key_of(group, panel): value for group, value in shown.items()}, answer)


def _within(lines: Lines, days: list[dt.date]) -> Lines:
    """Leave out steps at which nothing was, where a longer time is added up."""
    seconds = {_second(day) for day in days}
    return {
        group: {at: value for at, value in values.items() if at in seconds}
        for group, values in lines.items()
    }


def _second(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def _day(second: int) -> dt.date:
    moment = dt.datetime.fromtimestamp(second, dt.UTC)
    assert moment.time() == dt.time(), "a step begins at a midnight"
    return moment.date()


def test_every_column_of_every_question_is_asked() -> None:
    asked = [(one.question.key, one.column.title) for one in PANELS]
    assert sorted(asked) == sorted(
        (question.key, column.title)
        for board in BOARDS
        for question in board.questions
        for column in question.columns
    )


def test_the_intake_folds_what_is_sent_to_itself(world: World) -> None:
    values = {str(value) for point in world.points for _, value in point.attributes}
    assert len(values) > 50
    assert {value: fold(value) for value in values} == {value: value for value in values}
    assert RULES.spell("cacheRead") == fold("cacheRead") == "cacheread"


def test_metrics_and_tags_are_those_that_are_sent(world: World) -> None:
    text = "".join(files(SENT).values())
    known = {metric.name for metric in METRICS}
    named = {part.partition("{")[0] for part in text.replace("max:", "sum:").split("sum:")[1:]}
    assert known - {"claude_code.daily.token.usage"} <= named | known
    assert named <= known | {"ccsync.data.freshness", "ccsync.run.exit"}
    assert {point.metric for point in world.points} == known
    tags = {one.name for one in ATTRIBUTES} | {"service", "sink"}
    board = json.loads(files(SENT)["overview.json"])
    assert {one["prefix"] for one in board["template_variables"]} <= tags


@pytest.mark.parametrize(
    ("metric", "attribute", "values"),
    [
        (1, "type", {"added", "removed"}),
        (4, "decision", {"accept", "reject"}),
        (5, "type", {"input", "output", "cacheRead", "cacheCreation"}),
    ],
)
def test_own_values_are_those_of_the_sink(metric: int, attribute: str, values: set[str]) -> None:
    assert own_values(metric, attribute) == values


def test_what_is_not_sent_is_not_asked_for() -> None:
    few = Sent(dimensions=frozenset({"organization", "model", "tool"}), service_name="Team A")
    written = files(few)
    text = "".join(written.values())
    assert "user.email" not in text
    assert "terminal.type" not in text
    assert "monitors/people-vanished.json" not in written
    board = json.loads(written["overview.json"])
    assert [one["name"] for one in board["template_variables"]] == [
        "service",
        "organization",
        "model",
        "currency",
    ]
    assert board["template_variables"][0]["defaults"] == ["team_a"]
    assert "organization.id" not in "".join(files(Sent(dimensions=frozenset({"model"}))).values())
