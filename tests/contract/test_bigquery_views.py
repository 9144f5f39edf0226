"""Views and examples at the double, through the official client: equal to plain Python, exactly."""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import pytest
from google.cloud import bigquery

from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.examples import EXAMPLES, Example
from ccsync.warehouse.views import VIEWS, View
from tests.support.bigquery import Warehouse, a_double
from tests.unit.warehouse import example_truth, view_truth
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.engine import plain
from tests.unit.warehouse.scene import TODAY, Scene, make_scene

ROWS = 500


class Filled(NamedTuple):
    """Our tables and views, with rows of every odd kind streamed into them."""

    client: bigquery.Client
    dialect: BigQuery
    scene: Scene

    def ask(self, sql: str) -> list[dict[str, Any]]:
        job: Any = self.client.query(sql)
        return [{name: plain(value) for name, value in row.items()} for row in job.result()]


@pytest.fixture(scope="module")
def filled() -> Generator[Filled]:
    scene = make_scene()
    with a_double() as double:
        warehouse = Warehouse(double)
        client: Any = double.client()
        for name, rows in (("usage_raw", scene.rows), ("sync_days", scene.commits)):
            _stream(client, f"{warehouse.dataset}.{name}", rows)
        project = double.project
        yield Filled(client, BigQuery(project, warehouse.dataset, today=TODAY), scene)
        client.close()


def _stream(client: Any, table: str, rows: Iterable[Any]) -> None:
    encode = msgspec.json.Encoder(decimal_format="string").encode
    waiting = (json.loads(encode(row)) for row in rows)
    while some := list(islice(waiting, ROWS)):
        name = f"{client.project}.{table}"
        assert client.insert_rows_json(name, some, row_ids=[None] * len(some)) == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
def test_view_shows_the_truth(filled: Filled, view: View) -> None:
    shown = filled.ask(f"SELECT * FROM {filled.dialect.table(view.name)}")
    expected = list(view_truth.TRUTH[view.name](filled.scene))
    assert list(shown[0]) == [name for name, _ in view.columns]
    assert difference(view_truth.ordered(shown), view_truth.ordered(expected)) == ""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.name))
def test_example_answers_in_order(filled: Filled, example: Example) -> None:
    answer = filled.ask(example.sql(filled.dialect))
    assert difference(answer, list(example_truth.TRUTH[example.name](filled.scene))) == ""
