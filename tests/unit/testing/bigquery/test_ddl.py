from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound
from google.cloud.bigquery import QueryJobConfig

from ccsync.testing.bigquery import BigQueryDouble
from tests.unit.testing.bigquery.conftest import NO_RETRY

CREATE = """
CREATE TABLE `my-project.usage.t` (
  date DATE NOT NULL OPTIONS (description = "The day; UTC"),
  actor STRING,
  n INT64, x FLOAT64, b BOOL, at TIMESTAMP, wall DATETIME, num NUMERIC,
  models ARRAY<STRUCT<model STRING OPTIONS (description = 'Its name'), cost BIGNUMERIC>>
    OPTIONS (description = 'One per model')
)
PARTITION BY date
CLUSTER BY actor, n
OPTIONS (
  description = 'A table', friendly_name = 'T', labels = [('by', 'me'), ('v', '1')],
  require_partition_filter = TRUE, partition_expiration_days = 1.5
)
"""
VIEW = """
CREATE OR REPLACE VIEW `my-project.usage.v` (
  actor OPTIONS (description = 'Who'),
  sessions OPTIONS (description = 'How often')
)
OPTIONS (description = 'Totals') AS
-- as it was written
SELECT actor, SUM(sessions) AS sessions FROM `my-project.usage.raw` GROUP BY actor
"""


def run(client: Any, sql: str, **config: Any) -> Any:
    job = client.query(sql, job_config=QueryJobConfig(**config), retry=NO_RETRY, job_retry=NO_RETRY)
    if not config.get("dry_run"):
        job.result(retry=NO_RETRY, job_retry=NO_RETRY)
    return job


def test_a_table_lands_in_the_catalog(client: Any) -> None:
    job = run(client, CREATE)
    assert (job.statement_type, job.ddl_operation_performed) == ("CREATE_TABLE", "CREATE")
    assert job.ddl_target_table.table_id == "t"
    table = client.get_table("usage.t")
    shown = [(field.name, field.field_type, field.mode) for field in table.schema]
    assert shown == [
        ("date", "DATE", "REQUIRED"),
        ("actor", "STRING", "NULLABLE"),
        ("n", "INTEGER", "NULLABLE"),
        ("x", "FLOAT", "NULLABLE"),
        ("b", "BOOLEAN", "NULLABLE"),
        ("at", "TIMESTAMP", "NULLABLE"),
        ("wall", "DATETIME", "NULLABLE"),
        ("num", "NUMERIC", "NULLABLE"),
        ("models", "RECORD", "REPEATED"),
    ]
    inner = table.schema[-1].fields
    assert [(one.name, one.field_type, one.description) for one in inner] == [
        ("model", "STRING", "Its name"),
        ("cost", "BIGNUMERIC", None),
    ]
    assert table.schema[0].description == "The day; UTC"
    assert table.schema[-1].description == "One per model"
    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("DAY", "date")
    assert table.time_partitioning.expiration_ms == 129_600_000
    assert table.clustering_fields == ["actor", "n"]
    assert table.require_partition_filter is True
    assert (table.description, table.friendly_name) == ("A table", "T")
    assert table.labels == {"by": "me", "v": "1"}
    with pytest.raises(Conflict, match=r"Already Exists: Table my-project:usage\.t"):
        run(client, CREATE)


@pytest.mark.parametrize(
    ("words", "done", "rows"),
    [
        ("CREATE TABLE IF NOT EXISTS", "SKIP", 1),
        ("CREATE OR REPLACE TABLE", "REPLACE", 0),
    ],
)
def test_a_table_that_is_there_is_kept_or_replaced(
    double: BigQueryDouble, client: Any, words: str, done: str, rows: int
) -> None:
    run(client, "INSERT usage.raw (date) VALUES ('2026-11-20')")
    job = run(client, f"{words} usage.raw (date DATE)")
    assert job.ddl_operation_performed == done
    assert len(double.rows("usage.raw")) == rows


def test_a_view_is_what_its_query_gives(client: Any) -> None:
    run(client, "INSERT usage.raw (date, actor, sessions) VALUES ('2026-11-20', 'a', 2)")
    assert run(client, VIEW).ddl_operation_performed == "CREATE"
    view = client.get_table("usage.v")
    assert view.table_type == "VIEW"
    assert view.view_query.startswith("-- as it was written\nSELECT actor")
    shown = [(field.name, field.field_type, field.description) for field in view.schema]
    assert shown == [("actor", "STRING", "Who"), ("sessions", "INTEGER", "How often")]
    assert view.description == "Totals"

    run(client, "CREATE VIEW usage.w AS SELECT v.sessions * 2 AS twice FROM usage.v")
    run(client, "INSERT usage.raw (date, actor, sessions) VALUES ('2026-11-21', 'a', 5)")
    (row,) = run(client, "SELECT * FROM usage.w AS w WHERE twice > 1").result()
    assert dict(row.items()) == {"twice": 14}
    assert run(client, VIEW).ddl_operation_performed == "REPLACE"


def test_a_view_may_name_its_columns(client: Any) -> None:
    run(client, "CREATE VIEW usage.v (day, n) AS SELECT date, 1 + 1 FROM usage.raw")
    run(client, "INSERT usage.raw (date) VALUES ('2026-11-20')")
    (row,) = run(client, "SELECT n, FORMAT_DATE('%d', day) AS d FROM usage.v").result()
    assert dict(row.items()) == {"n": 2, "d": "20"}


def test_reading_a_view_needs_the_permission_on_what_it_reads(
    double: BigQueryDouble, client: Any
) -> None:
    run(client, VIEW)
    for table in ("v", "raw"):
        double.deny("bigquery.tables.getData", table=table)
        with pytest.raises(Forbidden, match=rf"usage\.{table}: User does not have permission"):
            run(client, "SELECT * FROM usage.v")
        double.access.allow()


def test_tables_of_a_query_changes_and_ends(client: Any) -> None:
    run(client, "CREATE TABLE usage.t AS SELECT 1 AS a, NUMERIC '1.25' AS b, [1, 2] AS c")
    run(client, "ALTER TABLE usage.t ADD COLUMN x STRING, ADD COLUMN IF NOT EXISTS a INT64")
    (row,) = run(client, "SELECT * FROM usage.t").result()
    assert [str(value) for value in row.values()] == ["1", "1.25", "[1, 2]", "None"]
    assert run(client, "DROP TABLE usage.t").ddl_operation_performed == "DROP"
    assert run(client, "DROP TABLE IF EXISTS usage.t").ddl_operation_performed == "SKIP"
    with pytest.raises(NotFound, match=r"usage\.t was not found"):
        run(client, "DROP VIEW usage.t")


def test_datasets(client: Any) -> None:
    run(client, "CREATE SCHEMA `my-project.more` OPTIONS (location = 'EU')")
    assert client.get_dataset("more").location == "EU"
    assert run(client, "CREATE SCHEMA IF NOT EXISTS more").statement_type == "CREATE_SCHEMA"
    with pytest.raises(Conflict, match="Already Exists: Dataset my-project:more"):
        run(client, "CREATE SCHEMA more")


def test_a_query_runs_where_its_data_is(client: Any) -> None:
    run(client, "CREATE SCHEMA far OPTIONS (location = 'europe-west3')")
    run(client, "CREATE TABLE far.t (a INT64)")
    assert run(client, "SELECT * FROM far.t").location == "europe-west3"
    with pytest.raises(NotFound, match="not found in location EU"):
        client.query("SELECT 1 FROM far.t", location="EU", job_retry=NO_RETRY).result()
    with pytest.raises(NotFound, match="not found in location"):
        run(client, "SELECT 1 FROM far.t, usage.raw")


def test_a_script_runs_to_its_end(client: Any) -> None:
    job = run(
        client,
        "CREATE TABLE usage.t (a INT64); INSERT usage.t (a) VALUES (7);\n"
        "SELECT ';', a FROM usage.t;",
    )
    assert job.statement_type == "SCRIPT"
    assert [tuple(row.values()) for row in job.result()] == [(";", 7)]


def test_a_dry_run_makes_nothing(client: Any) -> None:
    job = run(client, CREATE, dry_run=True)
    assert job.statement_type == "CREATE_TABLE"
    run(client, VIEW, dry_run=True)
    assert [table.table_id for table in client.list_tables("usage")] == ["days", "raw"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE VIEW usage.v AS SELECT nope FROM usage.raw", "Unrecognized name: nope"),
        ("CREATE VIEW usage.v (a, b) AS SELECT 1 AS a", "number of view columns"),
        ("CREATE VIEW usage.v (a, b) AS SELECT * FROM (SELECT 1 AS x, 2 AS y)", "SELECT \\*"),
        ("CREATE VIEW usage.v", "Expected keyword AS"),
        ("CREATE OR REPLACE VIEW usage.raw AS SELECT 1 AS a", "is not a VIEW"),
        ("CREATE TABLE usage.t (a GEOGRAPHY)", "does not know the type GEOGRAPHY"),
        ("CREATE TABLE usage.t (a INT64) OPTIONS (nope = 1)", "Unknown option: nope"),
        ("CREATE TABLE usage.t (a INT64) PARTITION BY a", "partitioning"),
        ("ALTER TABLE usage.raw ADD COLUMN actor STRING", "Column already exists: actor"),
        ("ALTER TABLE usage.raw ADD COLUMN z STRING NOT NULL", "required"),
        ("DROP VIEW usage.raw", "Cannot drop"),
    ],
)
def test_wrong_statements_make_nothing(client: Any, sql: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        run(client, sql)
    assert [table.table_id for table in client.list_tables("usage")] == ["days", "raw"]


@pytest.mark.parametrize(
    ("sql", "permission"),
    [
        (CREATE, "bigquery.tables.create"),
        (VIEW, "bigquery.tables.create"),
        ("CREATE OR REPLACE TABLE `my-project.usage.raw` (a INT64)", "bigquery.tables.update"),
        ("DROP TABLE `my-project.usage.raw`", "bigquery.tables.delete"),
        ("ALTER TABLE `my-project.usage.raw` ADD COLUMN z STRING", "bigquery.tables.update"),
        ("CREATE SCHEMA more", "bigquery.datasets.create"),
    ],
)
def test_statements_need_their_permissions(
    double: BigQueryDouble, client: Any, sql: str, permission: str
) -> None:
    double.deny(permission)
    with pytest.raises(Forbidden, match=permission):
        run(client, sql)
