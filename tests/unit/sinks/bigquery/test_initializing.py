"""`ccsync bigquery init`: what it makes, leaves, changes and refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccsync.errors import SinkRefused
from ccsync.testing.bigquery.faults import http
from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW
from ccsync_bigquery import schema
from ccsync_bigquery.initializing import Initializer, Step, ddl
from ccsync_bigquery.schema import live_table
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage

Raw = dict[str, Any]
DAY_MS = 86_400_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        yield one


def initialize(here: Stage, *, upgrade: bool = False) -> dict[str, Step]:
    with here.connected() as (service, jobs):
        steps = list(Initializer(here.config, service, jobs, upgrade=upgrade).steps())
    return {step.name.rpartition(" ")[2]: step for step in steps}


def did(steps: dict[str, Step]) -> list[str]:
    return [step.did for step in steps.values()]


def change(here: Stage, table: str, body: Raw) -> None:
    here.double.catalog.patch((PROJECT, DATASET, table), body)


def older(here: Stage, *, without: str) -> None:
    """Make `usage_raw` as an older ccsync would have: without a column."""
    initialize(here)
    made = here.tables()["usage_raw"]
    fields = [one for one in made["schema"]["fields"] if one["name"] != without]
    key = (PROJECT, DATASET, "usage_raw")
    here.double.catalog.delete(key)
    here.double.catalog.create(key, {**made, "schema": {"fields": fields}})


def test_dataset_and_tables_are_made(here: Stage) -> None:
    here.settings = {"location": "EU", "labels": {"team": "platform"}}
    steps = initialize(here)
    assert did(steps) == ["made", "made", "made"]
    assert str(steps[f"{PROJECT}.{DATASET}"]) == f"dataset {PROJECT}.{DATASET}: made; in EU"
    labels = {"managed_by": "ccsync", "schema_version": "1", "team": "platform"}
    assert here.double.catalog.dataset((PROJECT, DATASET))["labels"] == labels
    for table in TABLES:
        live = here.tables()[table.name]
        assert live["labels"] == labels
        assert live["description"] == table.description
        assert live["timePartitioning"] == {"type": "DAY", "field": "date"}
        assert live["clustering"] == {"fields": list(table.cluster)}
        assert not live.get("requirePartitionFilter")
        assert [one["name"] for one in live["schema"]["fields"]] == [
            column.name for column in table.columns
        ]
        assert live["schema"]["fields"][0]["description"] == table.columns[0].description


def test_without_a_location_it_is_bigquerys_to_choose(here: Stage) -> None:
    assert initialize(here)[f"{PROJECT}.{DATASET}"].notes == ("in US",)
    (made,) = (one for one in here.double.requests if one.operation == "datasets.insert")
    assert "location" not in made.text


def test_what_is_made_is_what_the_sink_wants(here: Stage) -> None:
    initialize(here)
    with here.connected() as (service, _):
        for table in TABLES:
            assert live_table(service, table).created is not None


def test_options_of_the_tables(here: Stage) -> None:
    here.settings = {"partition_expiration_days": 400, "require_partition_filter": True}
    initialize(here)
    for live in here.tables().values():
        assert int(live["timePartitioning"]["expirationMs"]) == 400 * DAY_MS
        assert live["requirePartitionFilter"] is True


def test_a_second_time_changes_nothing(here: Stage) -> None:
    initialize(here)
    before = here.tables()
    here.double.reset_log()
    assert did(initialize(here)) == ["already there"] * 3
    assert did(initialize(here, upgrade=True)) == ["already there"] * 3
    assert here.tables() == before
    assert set(here.operations()) == {"datasets.get", "tables.get"}


def test_a_dataset_that_is_there_is_used_and_stays_as_it_is(here: Stage) -> None:
    here.double.catalog.create_dataset((PROJECT, DATASET), {"location": "EU"})
    here.settings = {"location": "eu"}
    before = here.double.catalog.dataset((PROJECT, DATASET))
    said = str(initialize(here)[f"{PROJECT}.{DATASET}"])
    assert said.endswith("already there; in EU")
    assert here.double.catalog.dataset((PROJECT, DATASET)) == before


def test_nothing_is_made_in_another_place_than_the_settings_say(here: Stage) -> None:
    here.double.catalog.create_dataset((PROJECT, DATASET), {"location": "EU"})
    here.settings = {"location": "US"}
    with pytest.raises(SinkRefused, match="is in EU, and the settings say `location: US`"):
        initialize(here)
    assert here.tables() == {}


def test_a_dataset_that_may_not_be_made(here: Stage) -> None:
    here.double.deny("bigquery.datasets.create")
    with pytest.raises(SinkRefused, match=r"bigquery\.datasets\.create.*roles/bigquery\.user"):
        initialize(here)


def test_a_lost_answer_is_no_trouble(here: Stage) -> None:
    for operation in ("datasets.insert", "tables.insert"):
        here.double.faults.add(operation, http(503, "backendError"), after_commit=True)
    assert did(initialize(here)) == ["already there"] * 2 + ["made"] or len(here.tables()) == 2
    assert {table.name for table in TABLES} == set(here.tables())


def test_columns_are_missing(here: Stage) -> None:
    older(here, without="extra")
    with pytest.raises(SinkRefused, match=r"usage_raw lacks extra.*init --upgrade"):
        initialize(here)
    with here.connected() as (service, _), pytest.raises(SinkRefused, match="lacks extra"):
        live_table(service, USAGE_RAW)


def test_an_upgrade_adds_columns(here: Stage) -> None:
    older(here, without="run_id")
    steps = initialize(here, upgrade=True)
    assert steps["usage_raw"].did == "changed"
    assert "columns run_id added" in str(steps["usage_raw"])
    assert steps["usage_raw"].is_young
    with here.connected() as (service, _):
        live = live_table(service, USAGE_RAW)
    added = schema.read(schema.schema_of(live))[-1]
    assert (added.name, added.mode) == ("run_id", "NULLABLE")


def test_an_upgrade_adds_nested_columns(here: Stage) -> None:
    initialize(here)
    made = here.tables()["usage_raw"]
    (usage,) = (one for one in made["schema"]["fields"] if one["name"] == "model_usage")
    usage["fields"] = [one for one in usage["fields"] if one["name"] != "currency"]
    here.double.catalog.delete((PROJECT, DATASET, "usage_raw"))
    here.double.catalog.create((PROJECT, DATASET, "usage_raw"), made)
    said = str(initialize(here, upgrade=True)["usage_raw"])
    assert "columns model_usage.currency added" in said
    with here.connected() as (service, _):
        assert live_table(service, USAGE_RAW)


def test_an_upgrade_puts_right_what_may_be_changed(here: Stage) -> None:
    initialize(here)
    change(
        here,
        "sync_days",
        {
            "description": "Something else.",
            "labels": {"managed_by": None, "team": "theirs"},
            "clustering": {"fields": ["run_id"]},
        },
    )
    here.settings = {"partition_expiration_days": 30, "require_partition_filter": True}
    only_said = str(initialize(here)["sync_days"])
    assert only_said.startswith("table sync_days: already there; --upgrade would change: ")
    said = str(initialize(here, upgrade=True)["sync_days"])
    for words in (
        "description put right",
        "labels put right",
        "clustered by source_id from now on",
        "days are deleted after 30 days",
        "queries must name days",
    ):
        assert words in only_said
        assert words in said
    live = here.tables()["sync_days"]
    assert live["description"] == SYNC_DAYS.description
    assert live["labels"]["team"] == "theirs"
    assert live["labels"]["managed_by"] == "ccsync"
    assert live["clustering"] == {"fields": ["source_id"]}
    assert int(live["timePartitioning"]["expirationMs"]) == 30 * DAY_MS
    assert live["requirePartitionFilter"] is True
    assert did(initialize(here)) == ["already there"] * 3


def test_an_upgrade_describes_columns_and_keeps_policy_tags(here: Stage) -> None:
    initialize(here)
    fields = here.tables()["usage_raw"]["schema"]["fields"]
    tags = {"names": ["projects/p-example/locations/us/taxonomies/1/policyTags/2"]}
    (actor,) = (one for one in fields if one["name"] == "actor_id")
    actor |= {"description": "Something else.", "policyTags": tags}
    change(here, "usage_raw", {"schema": {"fields": fields}})
    assert "descriptions of columns put right" in str(initialize(here, upgrade=True)["usage_raw"])
    fields = here.tables()["usage_raw"]["schema"]["fields"]
    (actor,) = (one for one in fields if one["name"] == "actor_id")
    assert actor["policyTags"] == tags
    assert actor["description"].startswith("PERSONAL DATA.")


def test_a_change_meanwhile_is_looked_at_again(here: Stage) -> None:
    older(here, without="extra")
    # Somebody else is faster than our first patch: BigQuery refuses it by its etag.
    here.double.faults.add("tables.patch", http(412, "conditionNotMet"))
    assert initialize(here, upgrade=True)["usage_raw"].did == "changed"
    patches = [one for one in here.double.requests if one.operation == "tables.patch"]
    assert [one.status for one in patches] == [412, 200]
    assert all("if-match" in one.headers for one in patches)


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_table_that_does_not_fit_is_left_alone(here: Stage, upgrade: bool) -> None:
    here.double.catalog.create_dataset((PROJECT, DATASET), {})
    fields = [{"name": "date", "type": "STRING"}, {"name": "sessions", "type": "FLOAT"}]
    here.double.catalog.create((PROJECT, DATASET, "usage_raw"), {"schema": {"fields": fields}})
    before = here.tables()
    with pytest.raises(SinkRefused) as caught:
        initialize(here, upgrade=upgrade)
    said = str(caught.value)
    assert said.startswith(f"{PROJECT}.{DATASET}.usage_raw does not fit: date is STRING, and ")
    assert "sessions is FLOAT64, and should be INT64" in said
    assert "it is not partitioned by the days of date" in said
    assert "; it lacks organization_id, actor_type, " in said
    assert said.endswith(schema.REMEDY)
    assert here.tables() == before


def test_a_view_in_the_place_of_a_table(here: Stage) -> None:
    here.double.catalog.create_dataset((PROJECT, DATASET), {})
    body = {"view": {"query": "SELECT 1 AS one", "useLegacySql": False}}
    here.double.catalog.create((PROJECT, DATASET, "usage_raw"), body)
    with pytest.raises(SinkRefused, match="it is a view, and should be a table"):
        initialize(here)


def test_what_will_be_deleted_is_said(here: Stage) -> None:
    initialize(here)
    ends = here.runtime.now().timestamp() + 60 * 86_400
    change(here, "usage_raw", {"expirationTime": str(int(ends * 1000))})
    change(here, "sync_days", {"timePartitioning": {"expirationMs": str(60 * DAY_MS)}})
    steps = initialize(here)
    assert "WARNING: BigQuery deletes the whole table at 2027-01-21" in str(steps["usage_raw"])
    assert "WARNING: BigQuery deletes days after 60 days" in str(steps["sync_days"])


def test_tables_are_young_for_an_hour(here: Stage) -> None:
    assert initialize(here)["usage_raw"].is_young
    assert initialize(here)["usage_raw"].is_young
    here.runtime.advance(3700)
    assert not initialize(here)["usage_raw"].is_young


def test_missing_permissions_are_named(here: Stage) -> None:
    here.double.deny("bigquery.tables.create")
    with pytest.raises(SinkRefused, match=r"bigquery\.tables\.create.*roles/bigquery\.dataEditor"):
        initialize(here)


def test_ddl_says_what_the_settings_say(here: Stage) -> None:
    here.settings = {
        "location": "EU",
        "labels": {"team": "platform"},
        "partition_expiration_days": 400,
        "require_partition_filter": True,
    }
    text = ddl(here.config)
    assert f"CREATE SCHEMA IF NOT EXISTS `{PROJECT}.{DATASET}`" in text
    assert 'location="EU"' in text
    assert text.count('("team", "platform")') == 3
    assert text.count("partition_expiration_days=400") == 2
    assert text.count("require_partition_filter=TRUE") == 2
    for table in TABLES:
        assert f"CREATE TABLE IF NOT EXISTS `{PROJECT}.{DATASET}.{table.name}`" in text
    assert here.double.requests == []
