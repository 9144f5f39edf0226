"""Waiting until new tables really take rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import SinkRefused, SinkUnavailable, Stopped
from ccsync.testing.bigquery.faults import http
from ccsync.warehouse.columns import TABLES
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.probing import LONGEST, SNAPSHOT_ID, Prober
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        yield one


def make(here: Stage) -> None:
    with here.connected() as (service, jobs):
        list(Initializer(here.config, service, jobs).steps())


def wait(here: Stage) -> str:
    with here.connected() as (service, jobs):
        return Prober(service, jobs).wait(TABLES)


def probes(here: Stage, table: str) -> int:
    rows = here.double.rows(f"{DATASET}.{table}")
    assert all(row["source_id"] == "" and row["snapshot_id"] == SNAPSHOT_ID for row in rows)
    return len(rows)


def test_tables_that_take_rows_are_tried_once(here: Stage) -> None:
    make(here)
    assert wait(here) == ""
    assert [probes(here, table.name) for table in TABLES] == [1, 1]
    assert here.operations().count("tabledata.insertAll") == 4


def test_it_waits_while_streaming_knows_no_table(here: Stage) -> None:
    here.double.switches.unknown_seconds = 90
    make(here)
    began = here.runtime.now()
    assert wait(here) == ""
    assert 90 <= (here.runtime.now() - began).total_seconds() < 120
    assert [probes(here, table.name) for table in TABLES] == [1, 1]


def test_it_waits_while_rows_are_lost(here: Stage) -> None:
    here.double.switches.unknown_seconds = 30
    here.double.switches.lossy_seconds = 60
    make(here)
    began = here.runtime.now()
    assert wait(here) == ""
    assert 90 <= (here.runtime.now() - began).total_seconds() < 130
    assert [probes(here, table.name) for table in TABLES] == [1, 1]


def test_it_waits_while_columns_are_not_known(here: Stage) -> None:
    make(here)
    key = (PROJECT, DATASET, "usage_raw")
    made = here.double.catalog.require(key)
    fields = made["schema"]["fields"]
    here.double.catalog.delete(key)
    few = [one for one in fields if one["name"] != "extra"]
    here.double.catalog.create(key, {**made, "schema": {"fields": few}})
    here.runtime.advance(3600)
    here.double.switches.schema_lag_seconds = 45
    extra = [one for one in fields if one["name"] == "extra"]
    here.double.catalog.patch(key, {"schema": {"fields": few + extra}})
    began = here.runtime.now()
    assert wait(here) == ""
    assert 45 <= (here.runtime.now() - began).total_seconds() < 80


def test_it_gives_up_after_ten_minutes_and_says_what_to_do(here: Stage) -> None:
    here.double.switches.unknown_seconds = 3600
    make(here)
    began = here.runtime.now()
    with pytest.raises(SinkUnavailable) as caught:
        wait(here)
    said = str(caught.value)
    assert f"{DATASET}.usage_raw takes no rows yet, after 10 minutes" in said
    assert "streaming does not know it yet" in said
    assert "run it again" in said
    assert LONGEST.total_seconds() <= (here.runtime.now() - began).total_seconds() < 620


def test_rows_that_no_query_finds_are_no_success(here: Stage) -> None:
    here.double.switches.lossy_seconds = 3600
    make(here)
    with pytest.raises(SinkUnavailable, match="acknowledged, but no query finds it"):
        wait(here)


def test_who_may_not_query_cannot_be_sure(here: Stage) -> None:
    make(here)
    here.double.deny("bigquery.jobs.create")
    assert "bigquery.jobs.create" in wait(here)


def test_who_may_not_read_cannot_be_sure(here: Stage) -> None:
    make(here)
    here.double.deny("bigquery.tables.getData")
    assert "bigquery.tables.getData" in wait(here)


def test_who_may_not_write_is_refused(here: Stage) -> None:
    make(here)
    here.double.deny("bigquery.tables.updateData")
    with pytest.raises(SinkRefused, match=r"bigquery\.tables\.updateData"):
        wait(here)
    assert probes(here, "usage_raw") == 0


def test_a_project_that_may_not_stream_is_told_at_once(here: Stage) -> None:
    make(here)
    here.double.switches.free_tier = True
    with pytest.raises(SinkRefused, match="mode: load"):
        wait(here)
    assert here.runtime.pauses == []


def test_a_passing_trouble_is_waited_for(here: Stage) -> None:
    make(here)
    here.double.faults.add("tabledata.insertAll", http(503, "backendError"), times=3)
    assert wait(here) == ""


def test_somebody_who_has_enough_of_waiting_may_stop_it(here: Stage) -> None:
    here.double.switches.unknown_seconds = 3600
    make(here)
    here.runtime.stop.request(2)
    with pytest.raises(Stopped):
        wait(here)
