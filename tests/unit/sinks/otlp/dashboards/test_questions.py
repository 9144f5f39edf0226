"""The list of panels names what the sink sends, and nothing else."""

from __future__ import annotations

import re

import pytest

from ccsync_otlp.catalogue import ATTRIBUTES, DIMENSIONS, METRICS
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.conditions import ALERTS, Alert
from ccsync_otlp.dashboards.questions import (
    PERSON,
    Board,
    Column,
    Measure,
    People,
    Question,
    Ratio,
    Row,
    Total,
    measures,
    unit_of,
)
from ccsync_otlp.dashboards.sent import PREFIX

QUESTIONS = [question for board in BOARDS for question in board.questions]
NAMES = {one.name for one in ATTRIBUTES}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.key)
def test_a_question_is_about_what_is_sent(question: Question) -> None:
    assert set(question.by) <= NAMES
    assert question.asks.endswith("?")
    for column in question.columns:
        for measure in measures(column.value):
            own = set(measure.of.extra)
            assert {name for name, _ in measure.where} <= own
            # What one metric has alone would be an empty line of the others.
            assert set(question.by) & {name for one in METRICS for name in one.extra} <= own


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.key)
def test_cost_is_called_estimated_and_keeps_its_currency(question: Question) -> None:
    for column in question.columns:
        if unit_of(column.value) == "money":
            assert "currency" in question.by_of(column)
            assert "estimated" in column.title.lower()
            assert "estimate" in question.description.lower()
            assert "bill" in question.description or "currency" in question.description
        else:
            assert "currency" not in question.by_of(column)


def test_keys_are_unique_and_a_title_means_one_thing() -> None:
    for board in BOARDS:
        titles = [one.title for one in board.questions]
        assert len(set(titles)) == len(titles)
    assert len({one.key for one in QUESTIONS}) == len({id(one) for one in QUESTIONS})
    assert len({one.key for one in ALERTS}) == len({one.name for one in ALERTS}) == len(ALERTS)


def test_values_of_own_attributes_are_those_that_the_catalogue_names() -> None:
    meanings = {one.name: one.meaning for one in ATTRIBUTES}
    for question in QUESTIONS:
        for column in question.columns:
            for measure in measures(column.value):
                for name, values in measure.where:
                    assert all(f"`{value}`" in meanings[name] for value in values)


def test_every_metric_is_shown_somewhere() -> None:
    shown = {
        measure.metric
        for question in QUESTIONS
        for column in question.columns
        for measure in measures(column.value)
    }
    assert shown == set(range(len(METRICS)))


def test_the_prefix_is_that_of_every_metric() -> None:
    assert all(one.name.startswith(PREFIX) for one in METRICS)
    assert PREFIX == "claude_code.daily."


def test_units() -> None:
    sessions, lines, tokens, cost = (Measure(place) for place in (0, 1, 5, 6))
    assert unit_of(Total(sessions)) == "count"
    assert unit_of(Total(lines)) == "lines"
    assert unit_of(Total(tokens)) == "tokens"
    assert unit_of(Total(cost)) == "money"
    assert unit_of(Ratio(cost, sessions)) == "money"
    assert unit_of(Ratio(tokens, tokens)) == "share"
    assert unit_of(People()) == "people"


def test_what_is_not_sent_is_not_asked_for() -> None:
    def question(key: str, *by: str, people: bool = False) -> Question:
        value = People() if people else Total(Measure(0))
        return Question(
            key=key,
            title=key,
            asks="?",
            columns=(Column("", value),),
            by=by,
            per="day",
            chart="bars",
        )

    always = question("always")
    rows = (
        Row("people", (question("who", *PERSON), question("how-many", people=True))),
        Row("rest", (always, question("where", "terminal.type"))),
    )
    board = Board(key="", title="", description="", rows=rows)
    assert board.without(frozenset(DIMENSIONS)) == board
    assert board.without(frozenset({"terminal"})).rows == (rows[1],)
    assert board.without(frozenset()).rows == (Row("rest", (always,)),)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: one.key)
def test_an_alert_says_what_to_do(alert: Alert) -> None:
    texts = [alert.summary, alert.description, alert.runbook]
    assert all(len(text) > 20 and "\n" not in text for text in texts)
    assert re.fullmatch(r"Ccsync[A-Z]\w+", alert.name)
