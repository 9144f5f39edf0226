"""Compaction: what it asks before it deletes anything, and what it leaves for another time."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import SinkRefused
from ccsync_bigquery.compacting import Compacted, compact
from tests.unit.sinks.bigquery.jobs_script import PLACE, Bench, Said, failed, job, refusal, rows

DAY = dt.date(2026, 11, 19)
COLUMNS = {
    "snapshot_id": "STRING",
    "committed_at": "TIMESTAMP",
    "record_count": "INTEGER",
    "records": "INTEGER",
    "superseded": "INTEGER",
}
COMMIT = ("a-snapshot", "1795348801000001")
STREAMED = (
    "UPDATE or DELETE statement over table my-project.usage.usage_raw would affect rows in the "
    "streaming buffer, which is not supported"
)
TABLE = {"projectId": "my-project", "datasetId": "usage", "tableId": "usage_raw"}


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.script.on("jobs.query", rows(COLUMNS, (*COMMIT, "3", "3", "7")))
    bench.script.on("tables.get", Said({"tableReference": TABLE}))
    bench.script.on("jobs.insert", job("PENDING", "query"))
    done = job("DONE", "query")
    done.body["statistics"] = {"query": {"numDmlAffectedRows": "7"}}
    bench.script.on("jobs.get", done)
    return bench


def run(bench: Bench) -> Compacted:
    return compact(bench.service, bench.jobs, PLACE, "a-source", DAY)


def test_superseded_rows_are_deleted_and_counted(bench: Bench) -> None:
    assert run(bench) == Compacted(DAY, 7)
    (statement,) = bench.script.of("jobs.insert")
    sent = statement.json["configuration"]["query"]
    assert sent["query"].startswith("DELETE FROM `my-project.usage.usage_raw`")
    values = {one["name"]: one["parameterValue"]["value"] for one in sent["queryParameters"]}
    assert values == {
        "day": "2026-11-19",
        "source_id": "a-source",
        "snapshot_id": "a-snapshot",
        "committed_at": "2026-11-22 12:00:01.000001+00:00",
    }


def test_the_buffer_of_the_partition_is_looked_at(bench: Bench) -> None:
    run(bench)
    (look,) = bench.script.of("tables.get")
    assert look.path.endswith("/tables/usage_raw$20261119")


def test_a_day_that_was_never_committed_is_left_alone(bench: Bench) -> None:
    bench.script.on("jobs.query", rows(COLUMNS))
    assert run(bench) == Compacted(DAY, 0, "the day was never committed")
    assert len(bench.script.asked) == 1


def test_nothing_superseded_needs_no_statement(bench: Bench) -> None:
    bench.script.on("jobs.query", rows(COLUMNS, (*COMMIT, "3", "3", "0")))
    assert run(bench) == Compacted(DAY, 0)
    assert len(bench.script.asked) == 1


def test_older_rows_stay_while_the_current_snapshot_lacks_some(bench: Bench) -> None:
    bench.script.on("jobs.query", rows(COLUMNS, (*COMMIT, "3", "2", "7")))
    found = run(bench)
    assert found.deleted == 0
    assert "2 of 3 records" in found.skipped
    assert "ccsync sync --from 2026-11-19 --to 2026-11-19 --force" in found.skipped
    assert not bench.script.of("jobs.insert")


def test_a_partition_with_streamed_rows_is_skipped(bench: Bench) -> None:
    buffer = {"estimatedRows": "5", "estimatedBytes": "500", "oldestEntryTime": "1795348800000"}
    bench.script.on("tables.get", Said({"tableReference": TABLE, "streamingBuffer": buffer}))
    found = run(bench)
    assert found.deleted == 0
    assert "try again after 2026-11-22 13:30Z" in found.skipped
    assert not bench.script.of("jobs.insert")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_refusal_for_streamed_rows_is_a_skip_too(bench: Bench, at_once: bool) -> None:
    """They may be streamed between the look and the statement."""
    if at_once:
        bench.script.on("jobs.insert", refusal(400, "invalidQuery", STREAMED))
    else:
        bench.script.on("jobs.get", failed("invalidQuery", STREAMED, kind="query"))
    found = run(bench)
    assert found.deleted == 0
    assert "try again after" in found.skipped


def test_a_project_without_billing_is_told_so(bench: Bench) -> None:
    text = "Billing has not been enabled for this project. DML queries are not allowed."
    bench.script.on("jobs.get", failed("billingNotEnabled", text, kind="query"))
    with pytest.raises(SinkRefused, match="Link a billing account"):
        run(bench)


def test_a_missing_permission_is_named(bench: Bench) -> None:
    text = (
        "Access Denied: Table my-project:usage.usage_raw: User does not have "
        "bigquery.tables.updateData permission"
    )
    bench.script.on("jobs.get", failed("accessDenied", text, kind="query"))
    with pytest.raises(SinkRefused, match=r"roles/bigquery.dataEditor"):
        run(bench)
