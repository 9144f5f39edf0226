"""`ccsync bigquery views`: made, left, replaced, refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import SinkRefused
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery import viewing
from ccsync_bigquery.initializing import Initializer, Step
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one, one.connected() as (service, jobs):
        list(Initializer(one.config, service, jobs).steps())
        yield one


def make(here: Stage) -> dict[str, Step]:
    with here.connected() as (service, jobs):
        return {step.name.removeprefix("view "): step for step in viewing.steps(service, jobs)}


def test_views_are_made_with_their_descriptions(here: Stage) -> None:
    steps = make(here)
    assert list(steps) == [view.name for view in VIEWS]
    assert {step.did for step in steps.values()} == {"made"}
    for view in VIEWS:
        live = here.tables()[view.name]
        assert live["type"] == "VIEW"
        assert live["description"] == view.description
        assert live["labels"] == {"managed_by": "ccsync", "schema_version": "1"}
        fields = live["schema"]["fields"]
        assert [(one["name"], one["description"]) for one in fields] == list(view.columns)


def test_a_second_time_changes_nothing(here: Stage) -> None:
    make(here)
    before = here.tables()
    here.double.reset_log()
    assert {step.did for step in make(here).values()} == {"already there"}
    assert here.tables() == before
    assert set(here.operations()) == {"tables.get"}


@pytest.mark.parametrize("what", ["query", "description", "column"])
def test_what_is_older_is_replaced_and_nothing_else(here: Stage, what: str) -> None:
    make(here)
    key = (PROJECT, DATASET, "current_days")
    live = here.double.catalog.require(key)
    if what == "query":
        live["view"]["query"] += "\nLIMIT 1"
    elif what == "description":
        live["description"] = "Something else."
    else:
        live["schema"]["fields"][0]["description"] = "Something else."
    here.double.catalog.patch(key, {name: live[name] for name in ("view", "description", "schema")})
    assert [step.name for step in make(here).values() if step.did == "changed"] == [
        "view current_days"
    ]
    assert {step.did for step in make(here).values()} == {"already there"}


def test_a_table_in_the_place_of_a_view_is_left_alone(here: Stage) -> None:
    key = (PROJECT, DATASET, "usage_daily")
    here.double.catalog.create(key, {"schema": {"fields": [{"name": "a", "type": "STRING"}]}})
    with pytest.raises(SinkRefused, match=r"usage_daily is a table, and the view of that name"):
        make(here)
    assert here.double.catalog.require(key)["type"] == "TABLE"


def test_without_tables_it_says_what_to_run(here: Stage) -> None:
    here.double.catalog.delete_dataset((PROJECT, DATASET), contents=True)
    with pytest.raises(SinkRefused, match="ccsync bigquery init"):
        make(here)


def test_a_missing_permission_is_named(here: Stage) -> None:
    here.double.deny("bigquery.jobs.create")
    with pytest.raises(SinkRefused, match=r"bigquery\.jobs\.create.*roles/bigquery\.jobUser"):
        make(here)


def test_sql_makes_them_for_others(here: Stage) -> None:
    text = viewing.sql(here.config.place)
    statements = text.split(";\n")[:-1]
    assert len(statements) == len(VIEWS)
    with here.connected() as (_, jobs):
        for statement in statements:
            jobs.query("make a view", statement, {})
    assert {step.did for step in make(here).values()} == {"already there"}
