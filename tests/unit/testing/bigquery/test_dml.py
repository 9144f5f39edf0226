from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden
from google.cloud.bigquery import QueryJobConfig

from ccsync.testing.bigquery import BigQueryDouble
from tests.unit.testing.bigquery.conftest import NO_RETRY, NOW

KEY = ("my-project", "usage", "raw")
MINUTE = dt.timedelta(minutes=1)
BUFFERED = (
    r"UPDATE or DELETE statement over table my-project\.usage\.raw would affect rows in the"
    r" streaming buffer, which is not supported"
)


def row(day: int, **values: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"actor": "a", "sessions": 1, "models": []}
    return {"date": f"2026-11-{day}", **plain, **values}


def changed(client: Any, sql: str) -> int | None:
    job = client.query(sql, retry=NO_RETRY, job_retry=NO_RETRY)
    job.result(retry=NO_RETRY, job_retry=NO_RETRY)
    affected: int | None = job.num_dml_affected_rows
    return affected


def days(double: BigQueryDouble) -> list[str]:
    return sorted(found["date"][-2:] for found in double.rows("usage.raw"))


def test_rows_are_deleted_updated_and_inserted(double: BigQueryDouble, client: Any) -> None:
    double.storage.append(KEY, [row(20), row(21), row(22)], streamed_at=None)
    assert changed(client, "DELETE FROM usage.raw AS t WHERE t.date < '2026-11-22'") == 2
    assert changed(client, "UPDATE usage.raw SET sessions = sessions + 1 WHERE actor = 'a'") == 1
    assert changed(client, "INSERT usage.days SELECT * FROM usage.raw WHERE sessions = 2") == 1
    sql = (
        "INSERT INTO usage.raw (actor, date, models) VALUES"
        " ('b', '2026-11-23', [STRUCT('m' AS model, 3 AS tokens)]), ('c', '2026-11-24', [])"
    )
    assert changed(client, sql) == 2
    assert [found["actor"] for found in double.rows("usage.raw")] == ["a", "b", "c"]
    assert double.rows("usage.raw")[1]["models"] == [{"model": "m", "tokens": 3}]
    assert double.rows("usage.days") == [row(22, sessions=2, cost=None)]
    assert double.storage.streaming_buffer(KEY, NOW) is None


def test_a_table_may_name_another_one_in_its_condition(double: BigQueryDouble, client: Any) -> None:
    double.storage.append(KEY, [row(20), row(21)], streamed_at=None)
    double.storage.append(("my-project", "usage", "days"), [row(21)], streamed_at=None)
    sql = "DELETE FROM usage.raw WHERE NOT date IN (SELECT date FROM usage.days)"
    assert changed(client, sql) == 1
    assert days(double) == ["21"]
    sql = (
        "UPDATE usage.raw AS r SET actor = 'z' FROM usage.days AS d WHERE d.date = r.date"
        " AND r.sessions = 1"
    )
    assert changed(client, sql) == 1
    assert double.rows("usage.raw")[0]["actor"] == "z"


@pytest.mark.parametrize("minutes", [0, 29])
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM usage.raw WHERE date = '2026-11-21' OR sessions = 1",
        "UPDATE usage.raw SET sessions = 0 WHERE date >= '2026-11-21'",
        "UPDATE usage.raw AS r SET actor = 'z' FROM usage.raw AS d WHERE d.date = r.date",
    ],
)
def test_rows_streamed_less_than_thirty_minutes_ago_stop_it(
    double: BigQueryDouble, client: Any, sql: str, minutes: int
) -> None:
    double.storage.append(KEY, [row(20)], streamed_at=NOW - 60 * MINUTE)
    double.storage.append(KEY, [row(21)], streamed_at=NOW - minutes * MINUTE)
    before = double.rows("usage.raw")
    with pytest.raises(BadRequest, match=BUFFERED):
        changed(client, sql)
    assert double.rows("usage.raw") == before


def test_other_rows_and_older_ones_can_be_changed(double: BigQueryDouble, client: Any) -> None:
    double.storage.append(KEY, [row(20), row(21)], streamed_at=NOW - 30 * MINUTE)
    double.storage.append(KEY, [row(22)], streamed_at=NOW)
    assert changed(client, "DELETE FROM usage.raw WHERE date < '2026-11-22'") == 2
    double.clock.advance(30 * 60)
    assert changed(client, "DELETE FROM usage.raw WHERE TRUE") == 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM usage.raw", "DELETE must have a WHERE clause"),
        ("UPDATE usage.raw SET actor = 'x'", "UPDATE must have a WHERE clause"),
        (
            "INSERT INTO usage.raw (actor) VALUES ('x')",
            "Required field date cannot be null",
        ),
        ("INSERT INTO usage.raw (date, nope) VALUES ('2026-01-01', 1)", "nope"),
        ("DELETE FROM usage.raw WHERE nope = 1", "Unrecognized name: nope"),
        ("INSERT INTO usage.raw (date) VALUES ('x')", "invalid date field format"),
    ],
)
def test_wrong_statements_change_nothing(
    double: BigQueryDouble, client: Any, sql: str, said: str
) -> None:
    double.storage.append(KEY, [row(20)], streamed_at=None)
    with pytest.raises(BadRequest, match=said):
        changed(client, sql)
    assert days(double) == ["20"]


def test_changing_rows_needs_its_permissions(double: BigQueryDouble, client: Any) -> None:
    sql = "DELETE FROM usage.raw WHERE date = '2026-11-20'"
    double.deny("bigquery.tables.updateData", table="raw")
    with pytest.raises(Forbidden, match=r"bigquery\.tables\.updateData denied on table"):
        changed(client, sql)
    double.access.allow()
    double.deny("bigquery.tables.getData", table="raw")
    with pytest.raises(Forbidden, match="permission to query table"):
        changed(client, sql)


def test_a_dry_run_changes_nothing(double: BigQueryDouble, client: Any) -> None:
    double.storage.append(KEY, [row(20), row(21)], streamed_at=None)
    config = QueryJobConfig(dry_run=True)
    sql = "DELETE FROM usage.raw WHERE date = '2026-11-20'"
    job = client.query(sql, job_config=config)
    assert (job.total_bytes_processed, job.statement_type) == (8, "DELETE")
    client.query("INSERT usage.raw (date) VALUES ('2026-11-01')", job_config=config)
    assert days(double) == ["20", "21"]
