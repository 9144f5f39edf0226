"""Every example answers its question, on DuckDB and in the SQL that BigQuery gets."""

from __future__ import annotations

import pytest

from ccsync.warehouse.examples import EXAMPLES, Example

from .comparing import difference
from .engine import Engine
from .example_truth import TRUTH
from .scene import Scene

NAMES = [example.name for example in EXAMPLES]


def test_truth_is_told_of_every_example() -> None:
    assert list(TRUTH) == NAMES


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_example_answers_in_order(stored: Engine, scene: Scene, example: Example) -> None:
    expected = list(TRUTH[example.name](scene))
    assert expected
    assert difference(stored.ask(example.sql(stored.dialect)), expected) == ""


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
def test_nothing_is_an_answer_of_empty_tables(dialect: str) -> None:
    """By the engine's own clock, as it is asked in real life."""
    engine = Engine(dialect, today=None)
    try:
        engine.store_views()
        answers = {example.name: engine.ask(example.sql(engine.dialect)) for example in EXAMPLES}
    finally:
        engine.close()
    (budget,) = answers.pop("budget_this_month")
    assert (budget["estimated_cost"], budget["share_of_budget"]) == (0, 0.0)
    assert set(map(len, answers.values())) == {0}


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_question_is_one(example: Example) -> None:
    assert "?" in example.question
    assert example.name.isidentifier()
