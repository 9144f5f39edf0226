"""Every view shows the truth, on DuckDB and in the SQL that BigQuery gets."""

# ruff: noqa: S608 - only names of the tests get into the text

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
import sqlglot
import sqlglot.expressions as exp

from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS, View, create_view

from .comparing import difference
from .counting import Row
from .engine import Engine
from .scene import TODAY, Scene
from .view_truth import TRUTH, ordered

NAMES = [view.name for view in VIEWS]


Show: TypeAlias = Callable[[str], list[Row]]


@pytest.fixture(scope="module")
def show(engine: Engine) -> Show:
    """Give the rows of a view; it is asked once."""
    return functools.cache(engine.show)


def wrong(show: Show, scene: Scene, view: str) -> str:
    """Say what a view shows wrong; "" if nothing."""
    return difference(ordered(show(view)), ordered(list(TRUTH[view](scene))))


def test_truth_is_told_of_every_view() -> None:
    assert list(TRUTH) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_view_shows_the_truth(show: Show, scene: Scene, name: str) -> None:
    assert wrong(show, scene, name) == ""


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_columns_are_those_that_are_described(show: Show, view: View) -> None:
    (first, *_) = show(view.name)
    assert list(first) == [name for name, _ in view.columns]


def test_scene_has_what_views_must_not_stumble_over(scene: Scene) -> None:
    assert {row["source_id"] for row in scene.rows} > {""}
    assert len({usage.source_id for usage in scene.usage}) == 2
    assert any(commit["record_count"] == 0 for commit in scene.current)
    shown = {commit["snapshot_id"] for commit in scene.current}
    assert len({row["snapshot_id"] for row in scene.rows} - shown) > 20
    assert any(commit not in scene.current for commit in scene.newest)


def test_empty_day_is_a_day_without_usage(engine: Engine) -> None:
    days = engine.ask(
        f"SELECT d.date, COUNT(u.date) AS there FROM {engine.dialect.table('current_days')} AS d "
        f"LEFT JOIN {engine.dialect.table('usage_daily')} AS u ON u.date = d.date "
        "AND u.source_id = d.source_id WHERE d.record_count = 0 GROUP BY d.date"
    )
    assert days
    assert {day["there"] for day in days} == {0}


MUTATIONS = [
    ("current_days", "c.fetched_at DESC, c.committed_at DESC", "c.committed_at DESC"),
    ("current_days", "c.fetched_at DESC, c.committed_at DESC", "c.fetched_at DESC"),
    ("current_days", "c.snapshot_id DESC", "c.snapshot_id"),
    ("current_days", "PARTITION BY c.date, c.source_id", "PARTITION BY c.date"),
    ("current_days", "c.source_id != ''", "TRUE"),
    ("current_days", "AND COALESCE(r.records, 0) = c.record_count", ""),
    ("current_days", "COALESCE(r.records, 0)", "r.records"),
    ("current_days", "COUNT(DISTINCT record_key)", "COUNT(*)"),
    ("usage_daily", " AND c.snapshot_id = r.snapshot_id", ""),
    ("usage_daily", " AND c.source_id = r.source_id", ""),
    ("usage_daily", ") = 1", ") > 0"),
    ("usage_daily", "r.snapshot_id, r.record_key", "r.snapshot_id"),
    ("daily_user", "COALESCE(MIN(first_currency) = MAX(last_currency), TRUE)", "TRUE"),
    ("org_daily", "COUNT(estimated_cost) = COUNT(*) AND ", ""),
    ("org_daily", "COALESCE(MIN(currency) = MAX(currency), TRUE)", "TRUE"),
    ("org_daily", " AND actor_id != ''", ""),
    ("cohorts", "LEFT JOIN", "JOIN"),
    ("sync_audit", "WHERE source_id != ''", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def workbench(scene: Scene) -> Iterator[Engine]:
    """The tables, filled, and views to be spoilt."""
    made = Engine("duckdb")
    made.fill(scene)
    made.create_views()
    yield made
    made.close()


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS)
def test_wrong_rule_is_noticed(
    workbench: Engine, scene: Scene, name: str, old: str, new: str
) -> None:
    def spoil(sql: str) -> str:
        assert old in sql
        return sql.replace(old, new)

    (view,) = (view for view in VIEWS if view.name == name)
    workbench.create_view(view, spoil)
    try:
        assert wrong(workbench.show, scene, name)
    finally:
        workbench.create_view(view)


def test_duckdb_keeps_the_descriptions() -> None:
    engine = Engine("duckdb")
    try:
        engine.create_views()
        engine.create_views()  # replaces them
        kept = engine.connection.execute(
            "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        assert dict(kept) == {view.name: view.description for view in VIEWS}
        columns = engine.connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'org_daily'"
        ).fetchall()
        assert columns == list(next(v.columns for v in VIEWS if v.name == "org_daily"))
    finally:
        engine.close()


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_bigquery_statement_names_and_describes(view: View) -> None:
    (statement,) = sqlglot.parse(
        create_view(view, BigQuery("my-project", "usage")), read="bigquery"
    )
    assert isinstance(statement, exp.Create)
    assert (statement.kind, statement.args["replace"]) == ("VIEW", True)
    schema = statement.this
    assert schema.this.sql("bigquery").replace("`", "") == f"my-project.usage.{view.name}"
    assert [column.name for column in schema.expressions] == [name for name, _ in view.columns]
    told = {literal.this for literal in statement.find_all(exp.Literal)}
    assert {view.description, "managed_by", "ccsync"} <= told
    assert {about for _, about in view.columns} <= told


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_view_reads_only_what_comes_before_it(view: View) -> None:
    before = {"usage_raw", "sync_days", *NAMES[: NAMES.index(view.name)]}
    query = sqlglot.parse_one(view.sql(BigQuery("my-project", "usage")), read="bigquery")
    tables = {table.name for table in query.find_all(exp.Table) if table.catalog}
    assert tables <= before
    assert tables


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_descriptions_are_there_and_not_too_long(view: View) -> None:
    assert 20 <= len(view.description) <= 16_384
    assert all(10 <= len(about) <= 1024 for _, about in view.columns)
    costs = [about for name, about in view.columns if name.startswith("estimated_cost")]
    assert all("Cost API" in about or "minor units" in about for about in costs)


def test_windows_know_the_day() -> None:
    """Or a condition on `date` could not be applied before they are worked out."""
    for view in VIEWS:
        query = sqlglot.parse_one(view.sql(BigQuery("p-123456", "d", today=TODAY)), read="bigquery")
        for window in query.find_all(exp.Window):
            assert "date" in {by.name for by in window.args["partition_by"]}, view.name
