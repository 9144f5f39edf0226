"""Tiles and alerts at the double, through the official client: as plain Python has it, exactly.

An alert is silent where all is well, though only just, and its job fails where it is not.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Generator, Iterable
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from ccsync.warehouse.alerts import ALERTS, Alert, check
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tiles import TILES, Tile
from ccsync.warehouse.tiles.ranges import looker_studio, metabase
from tests.support.bigquery import Warehouse, a_double
from tests.unit.warehouse import alert_truth, tile_truth
from tests.unit.warehouse.alert_scenes import calm, trouble
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.engine import plain
from tests.unit.warehouse.scene import TODAY, Scene, make_scene
from tests.unit.warehouse.test_tiles import chosen, filled_in

ROWS = 500
FIRST, LAST = TODAY - dt.timedelta(days=60), TODAY - dt.timedelta(days=1)

_encode = msgspec.json.Encoder(decimal_format="string").encode


class Filled(NamedTuple):
    """Our tables and views with the rows of a scene."""

    client: Any
    dialect: BigQuery
    scene: Scene

    def ask(self, sql: str) -> list[dict[str, Any]]:
        job: Any = self.client.query(sql)
        return [{name: plain(value) for name, value in row.items()} for row in job.result()]


@pytest.fixture(scope="module")
def client() -> Generator[tuple[bigquery.Client, Callable[[Scene], Filled]]]:
    with a_double() as double:
        made: Any = double.client()

        def filled(scene: Scene) -> Filled:
            warehouse = Warehouse(double)
            for name, rows in (("usage_raw", scene.rows), ("sync_days", scene.commits)):
                _stream(made, f"{double.project}.{warehouse.dataset}.{name}", rows)
            return Filled(made, BigQuery(double.project, warehouse.dataset, today=TODAY), scene)

        yield made, filled
        made.close()


def _stream(client: Any, table: str, rows: Iterable[Any]) -> None:
    waiting = (json.loads(_encode(row)) for row in rows)
    while some := list(islice(waiting, ROWS)):
        assert client.insert_rows_json(table, some, row_ids=[None] * len(some)) == []


@pytest.fixture(scope="module")
def months(client: tuple[Any, Callable[[Scene], Filled]]) -> Filled:
    return client[1](make_scene())


@pytest.fixture(scope="module", params=[calm, trouble], ids=["calm", "trouble"])
def watched(
    client: tuple[Any, Callable[[Scene], Filled]], request: pytest.FixtureRequest
) -> Filled:
    return client[1](request.param())


@pytest.mark.parametrize("tile", TILES, ids=lambda tile: str(tile.name))
def test_tile_shows_the_days_that_somebody_chose(months: Filled, tile: Tile) -> None:
    expected = list(tile_truth.TRUTH[tile.name](tile_truth.Seen(months.scene, FIRST, LAST)))
    assert expected
    for sql in (
        chosen(tile.sql(months.dialect, looker_studio), FIRST, LAST),
        filled_in(tile.sql(months.dialect, metabase), FIRST, LAST),
    ):
        assert difference(months.ask(sql), expected) == ""


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert.key))
def test_alert_finds_what_is_wrong_and_fails_its_query(watched: Filled, alert: Alert) -> None:
    expected = list(alert_truth.TRUTH[alert.key](watched.scene))
    assert difference(watched.ask(alert.wrong(watched.dialect)), expected) == ""
    if not expected:
        assert watched.ask(check(alert, watched.dialect)) == [{alert.name: "ok"}]
        return
    with pytest.raises(GoogleAPICallError) as raised:
        watched.ask(check(alert, watched.dialect))
    what = "; ".join(sorted(row["what"] for row in expected))
    assert f"{alert.summary}: {what}. What to do: {alert.runbook}" in str(raised.value)
