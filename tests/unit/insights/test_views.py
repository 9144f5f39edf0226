"""A summary says what the views say, of a warehouse with every odd thing in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator

import pytest

from ccsync.insights import Summary, summarize
from ccsync.insights.coverage import Coverage, DeliveredDay, covered
from ccsync.warehouse.dialect import DuckDB
from ccsync.warehouse.examples.data import MISSING_OR_OPEN_DAYS
from tests.support.insights_views import compared, differences
from tests.unit.warehouse.engine import DATASET, Engine
from tests.unit.warehouse.scene import TODAY, Scene, make_scene


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene()


@pytest.fixture(scope="module")
def engine(scene: Scene) -> Generator[Engine]:
    engine = Engine("duckdb")
    engine.fill(scene)
    engine.store_views()
    yield engine
    engine.close()


def organizations(scene: Scene) -> list[str]:
    return sorted({one.record.organization_id for one in scene.usage})


def summary_of(scene: Scene, organization: str) -> Summary:
    return summarize(
        one.record for one in scene.usage if one.record.organization_id == organization
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_number_is_that_of_a_view(scene: Scene, engine: Engine, number: int) -> None:
    organization = organizations(scene)[number]
    summary = summary_of(scene, organization)
    last = summary.days[-1].first_day
    dialect = DuckDB(DATASET, today=last)
    assert differences(summary, engine.ask, dialect, organization) == []
    assert compared(summary) > 60


def test_somebody_did_stop(scene: Scene) -> None:
    stopped = [summary_of(scene, one).stopped for one in organizations(scene)]
    assert any(stopped), "else the comparison would compare nothing"


def test_a_number_that_is_off_is_found(scene: Scene, engine: Engine) -> None:
    organization = organizations(scene)[0]
    records = [one.record for one in scene.usage if one.record.organization_id == organization]
    summary = summarize(records[1:])
    last = summary.days[-1].first_day
    found = differences(summary, engine.ask, DuckDB(DATASET, today=last), organization)
    assert len(found) > 4


def test_the_days_are_those_of_the_views(scene: Scene, engine: Engine) -> None:
    coverage = _coverage(scene)
    fresh = {row["source_id"]: row for row in engine.show("sync_freshness")}
    assert len(coverage.sources) == len(fresh) == 2
    for one in coverage.sources:
        row = fresh[one.source_id]
        assert (one.first_day, one.last_day) == (row["first_day"], row["last_day"])
        assert one.fetched_at == row["last_fetched_at"]
        assert len(one.open) == row["open_days"]
    rows = engine.ask(MISSING_OR_OPEN_DAYS.sql(DuckDB(DATASET, today=TODAY)))
    yesterday = TODAY - dt.timedelta(days=1)
    found = {
        (one.source_id, day, state)
        for one in coverage.sources
        for state, days in (("missing", one.missing), ("open", one.open))
        for day in days
        if day <= yesterday
    }
    assert found == {(row["source_id"], row["date"], row["state"]) for row in rows}
    assert len(found) > 10


def _coverage(scene: Scene) -> Coverage:
    days = [
        DeliveredDay(
            source_id=row["source_id"],
            day=row["date"],
            settled=row["settled"],
            fetched_at=row["fetched_at"],
        )
        for row in scene.current
    ]
    return covered(days, until=TODAY - dt.timedelta(days=1))
