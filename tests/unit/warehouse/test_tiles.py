"""Every tile shows the truth of the days that somebody chose, in the words of each tool."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from ccsync.warehouse.tiles import TILES, Tile
from ccsync.warehouse.tiles.ranges import DAYS, between, looker_studio, metabase, trailing

from .comparing import difference
from .engine import Engine
from .scene import TODAY, Scene
from .tile_truth import TRUTH, Seen

FIRST, LAST = TODAY - dt.timedelta(days=40), TODAY - dt.timedelta(days=2)
EVER = dt.date(2000, 1, 1)
NAMES = [tile.name for tile in TILES]
OF_ALL_DAYS = {"budget_this_month", "stopped_using", "freshness", "missing_or_open_days"}

each_tile = pytest.mark.parametrize("tile", TILES, ids=NAMES)


def filled_in(sql: str, first: dt.date | None, last: dt.date | None) -> str:
    """Do what Metabase does with its variables: a text for a date, or the whole clause is left."""
    for name, day in (("first_day", first), ("last_day", last)):
        clause = re.compile(rf"\[\[([^\]]*)\{{\{{{name}\}}\}}([^\]]*)\]\]")
        sql = clause.sub("" if day is None else rf"\g<1>'{day}'\g<2>", sql)
    return sql


def chosen(sql: str, first: dt.date, last: dt.date) -> str:
    """Do what Looker Studio does with its two parameters."""
    start, end = (f"'{day:%Y%m%d}'" for day in (first, last))
    return sql.replace("@DS_START_DATE", start).replace("@DS_END_DATE", end)


def test_truth_is_told_of_every_tile() -> None:
    assert list(TRUTH) == NAMES


@each_tile
def test_tile_shows_these_days(stored: Engine, scene: Scene, tile: Tile) -> None:
    expected = list(TRUTH[tile.name](Seen(scene, FIRST, LAST)))
    assert expected
    assert difference(stored.ask(tile.sql(stored.dialect, between(FIRST, LAST))), expected) == ""
    everything = list(TRUTH[tile.name](Seen(scene, EVER, TODAY)))
    assert (expected == everything) == (tile.name in OF_ALL_DAYS)


@each_tile
def test_tile_shows_some_months_by_itself(stored: Engine, scene: Scene, tile: Tile) -> None:
    first = TODAY - dt.timedelta(days=DAYS - 1)
    shown = stored.ask(tile.sql(stored.dialect, trailing(stored.dialect)))
    assert difference(shown, list(TRUTH[tile.name](Seen(scene, first, TODAY)))) == ""


@pytest.mark.parametrize("stored", ["bigquery"], indirect=True)
@each_tile
def test_tile_takes_what_looker_studio_gives(stored: Engine, scene: Scene, tile: Tile) -> None:
    sql = tile.sql(stored.dialect, looker_studio)
    assert ("@DS_" in sql) == (tile.name not in OF_ALL_DAYS)
    expected = list(TRUTH[tile.name](Seen(scene, FIRST, LAST)))
    assert difference(stored.ask(chosen(sql, FIRST, LAST)), expected) == ""


@pytest.mark.parametrize("stored", ["bigquery"], indirect=True)
@pytest.mark.parametrize(
    ("first", "last"), [(None, None), (FIRST, None), (None, LAST), (FIRST, LAST)]
)
@each_tile
def test_tile_takes_what_metabase_gives(
    stored: Engine, scene: Scene, tile: Tile, first: dt.date | None, last: dt.date | None
) -> None:
    sql = filled_in(tile.sql(stored.dialect, metabase), first, last)
    assert not set("[{") & set(sql)
    expected = list(TRUTH[tile.name](Seen(scene, first or EVER, last or TODAY)))
    assert difference(stored.ask(sql), expected) == ""


@pytest.mark.parametrize("stored", ["duckdb"], indirect=True)
@each_tile
def test_personal_data_are_called_so(stored: Engine, tile: Tile) -> None:
    columns = stored.ask(tile.sql(stored.dialect, trailing(stored.dialect)))[0]
    assert ("PERSONAL DATA" in tile.about) == ("actor_id" in columns)
