"""Every tile and alert at both emulators: equal to plain Python, over months of an organization.

An alert is shown silent where all is well, though only just, and firing where it is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
import pytest
from google.api_core.exceptions import GoogleAPICallError

from ccsync.warehouse.alerts import ALERTS, Alert, check
from ccsync.warehouse.tiles import TILES, Tile
from ccsync.warehouse.tiles.ranges import looker_studio
from tests.integration.bigquery.conftest import Warehouse
from tests.support.bigquery_emulators import BigqueryEmulator, Emulator
from tests.unit.warehouse import alert_truth, tile_truth
from tests.unit.warehouse.alert_scenes import calm, trouble
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.scene import TODAY, Scene, make_scene
from tests.unit.warehouse.test_tiles import chosen

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

SLOW = {"cost_by_day", "cost_by_model", "tokens_by_day"}
"""With a condition on days bigquery-emulator takes minutes for these; without one, seconds."""

FEW = dt.timedelta(days=40)
"""So much is enough for bigquery-emulator, whose time grows with the square of the days."""

NOBODY = {"stopped_using"}
"""What is empty in so few days."""

FIRST, LAST = TODAY - dt.timedelta(days=60), TODAY - dt.timedelta(days=1)

_line = msgspec.json.Encoder(decimal_format="string").encode


@pytest.fixture(scope="module")
def months(empty: Emulator) -> Warehouse:
    """Months of an organization and every odd thing; for the slower one fewer of them."""
    scene = make_scene()
    if empty.name == BigqueryEmulator.name:
        scene = since(scene, TODAY - FEW)
    return filled(empty, "months", scene)


def since(scene: Scene, first: dt.date) -> Scene:
    """Leave out earlier days."""
    return Scene(
        rows=[row for row in scene.rows if row["date"] >= first],
        commits=[row for row in scene.commits if row["date"] >= first],
        usage=[one for one in scene.usage if one.record.date >= first],
        current=[row for row in scene.current if row["date"] >= first],
        newest=[row for row in scene.newest if row["date"] >= first],
    )


def filled(emulator: Emulator, dataset: str, scene: Scene) -> Warehouse:
    emulator.create_all(dataset)
    emulator.insert(dataset, "usage_raw", map(_line, scene.rows))
    emulator.insert(dataset, "sync_days", map(_line, scene.commits))
    return Warehouse(emulator, scene, emulator.dialect(dataset, today=TODAY))


@pytest.mark.parametrize("tile", TILES, ids=lambda tile: str(tile.name))
def test_tile_shows_the_days_that_somebody_chose(months: Warehouse, tile: Tile) -> None:
    sql, first, last = tile.sql(months.dialect, looker_studio), FIRST, LAST
    is_slow = months.emulator.name == BigqueryEmulator.name
    if tile.name in SLOW and is_slow:
        sql, first, last = tile.sql(months.dialect, lambda _: "TRUE"), dt.date.min, TODAY
    answer = months.ask(chosen(sql, FIRST, LAST))
    expected = list(tile_truth.TRUTH[tile.name](tile_truth.Seen(months.scene, first, last)))
    assert expected or (tile.name in NOBODY and is_slow)
    assert difference(answer, expected) == ""


@pytest.fixture(scope="module", params=[calm, trouble], ids=["calm", "trouble"])
def watched(empty: Emulator, request: pytest.FixtureRequest) -> Warehouse:
    """A dataset of its own, in which all is well or nothing is."""
    make: Callable[[], Scene] = request.param
    return filled(empty, f"watched_{make.__name__}", make())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert.key))
def test_alert_finds_what_is_wrong(watched: Warehouse, alert: Alert) -> None:
    answer = watched.ask(alert.wrong(watched.dialect))
    assert difference(answer, list(alert_truth.TRUTH[alert.key](watched.scene))) == ""


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert.key))
def test_alert_fails_its_query_when_something_is_wrong(watched: Warehouse, alert: Alert) -> None:
    what = sorted(row["what"] for row in alert_truth.TRUTH[alert.key](watched.scene))
    if not what:
        assert watched.ask(check(alert, watched.dialect)) == [{alert.name: "ok"}]
        return
    with pytest.raises(GoogleAPICallError) as raised:
        watched.ask(check(alert, watched.dialect))
    said = f"{alert.summary}: {'; '.join(what)}. What to do: {alert.runbook}"
    assert said in str(raised.value)
