from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound, PreconditionFailed
from google.cloud.bigquery import (
    DatasetReference,
    LoadJobConfig,
    SchemaField,
    Table,
    TimePartitioning,
)

from ccsync.testing.bigquery import ApiError, BigQueryDouble, http
from tests.unit.testing.bigquery.conftest import COLUMNS, NOW, TABLE

made_of: Any = SchemaField.from_api_repr  # pyright: ignore
official: Any = BigQueryDouble.client


def made_schema() -> list[Any]:
    return [made_of(field) for field in COLUMNS]


ROW = {"date": "2026-11-20", "actor": "a@team.example", "sessions": 1}


def test_tables_are_made_read_listed_changed_and_deleted(
    double: BigQueryDouble, client: Any
) -> None:
    client.create_dataset("more")
    wanted = Table("my-project.more.t", made_schema())
    wanted.time_partitioning = TimePartitioning(field="date", expiration_ms=1000)
    wanted.clustering_fields = ["actor"]
    wanted.labels = {"by": "me"}
    made = client.create_table(wanted)

    assert made.created == NOW
    assert made.schema == client.get_table("more.t").schema
    assert (made.num_rows, made.streaming_buffer, made.location) == (0, None, "US")
    assert made.clustering_fields == ["actor"]
    assert [one.table_id for one in client.list_tables("more")] == ["t"]

    made.description = "new"
    made.schema = [*made.schema, SchemaField("x", "STRING")]
    after = client.update_table(made, ["description", "schema"])
    assert (after.description, after.schema[-1].name) == ("new", "x")
    with pytest.raises(PreconditionFailed):
        client.update_table(made, ["description"])

    client.delete_table("more.t")
    with pytest.raises(NotFound, match=r"Not found: Table my-project:more\.t"):
        client.get_table("more.t")
    client.delete_dataset("more")
    with pytest.raises(NotFound, match="Not found: Dataset my-project:more"):
        client.get_dataset("more")
    assert [request.operation for request in double.requests[:3]] == [
        "datasets.insert",
        "tables.insert",
        "tables.get",
    ]


def test_a_list_of_tables_has_pages(double: BigQueryDouble, client: Any) -> None:
    for number in range(5):
        double.catalog.create(
            ("my-project", "usage", f"t{number}"), {"schema": {"fields": COLUMNS}}
        )
    names = [one.table_id for one in client.list_tables("usage", page_size=2)]
    assert names == ["days", "raw", "t0", "t1", "t2", "t3", "t4"]
    assert len(double.requests) == 4


def test_a_dataset_is_changed(client: Any) -> None:
    dataset = client.get_dataset("usage")
    dataset.labels = {"team": "a"}
    assert client.update_dataset(dataset, ["labels"]).labels == {"team": "a"}
    assert [one.dataset_id for one in client.list_datasets()] == ["usage"]
    with pytest.raises(BadRequest, match="still in use"):
        client.delete_dataset(DatasetReference("my-project", "usage"))


def test_streamed_rows_are_in_the_buffer_for_ninety_minutes(
    double: BigQueryDouble, client: Any
) -> None:
    assert client.insert_rows_json(TABLE, [ROW, {**ROW, "date": "2026-11-21"}]) == []
    assert len(double.rows("usage.raw")) == len(double.rows(TABLE)) == 2

    table = client.get_table(TABLE)
    assert (table.num_rows, list(client.list_rows(TABLE))) == (0, [])
    assert table.streaming_buffer is not None
    assert int(table.streaming_buffer.estimated_rows) == 2
    assert table.streaming_buffer.oldest_entry_time == NOW
    partition = client.get_table(TABLE + "$20261120")
    assert partition.table_id == "raw$20261120"
    assert partition.streaming_buffer is not None
    assert int(partition.streaming_buffer.estimated_rows) == 1
    assert client.get_table(TABLE + "$20261119").streaming_buffer is None

    double.clock.advance(90 * 60)
    table = client.get_table(TABLE)
    assert (table.num_rows, table.streaming_buffer) == (2, None)
    assert client.get_table(TABLE + "$20261120").num_rows == 1
    with pytest.raises(BadRequest, match="Invalid partition decorator"):
        client.get_table(TABLE + "$2026")


def test_rows_are_listed_with_their_types_and_in_pages(double: BigQueryDouble, client: Any) -> None:
    rows = [
        {**ROW, "sessions": n, "cost": "0.10", "models": [{"model": "opus", "tokens": n}]}
        for n in range(5)
    ]
    client.insert_rows_json(TABLE, rows)
    double.clock.advance(90 * 60)
    listed = [dict(row) for row in client.list_rows(TABLE, page_size=2)]
    assert [row["sessions"] for row in listed] == [0, 1, 2, 3, 4]
    assert listed[1]["date"] == dt.date(2026, 11, 20)
    assert str(listed[1]["cost"]) == "0.1"
    assert listed[1]["models"] == [{"model": "opus", "tokens": 1}]
    chosen = client.list_rows(TABLE, selected_fields=[SchemaField("sessions", "INT64")])
    assert [tuple(row.values()) for row in chosen] == [(0,), (1,), (2,), (3,), (4,)]


def test_a_view_is_made_by_rest(double: BigQueryDouble, client: Any) -> None:
    client.insert_rows_json(TABLE, [ROW])
    view = Table("my-project.usage.v")
    view.view_query = "SELECT actor, SUM(sessions) AS n FROM `my-project.usage.raw` GROUP BY actor"
    made = client.create_table(view)
    assert made.table_type == "VIEW"
    fields = [(one.name, one.field_type) for one in made.schema]
    assert fields == [("actor", "STRING"), ("n", "INTEGER")]
    made.view_query = "SELECT actor FROM `my-project.usage.raw`"
    assert [one.name for one in client.update_table(made, ["view_query"]).schema] == ["actor"]
    with pytest.raises(BadRequest, match="Cannot list a table of type VIEW"):
        list(client.list_rows(made))
    view.view_query = "SELECT nothing FROM `my-project.usage.raw`"
    with pytest.raises(BadRequest, match="nothing"):
        client.create_table(view)


def test_a_test_reads_past_permissions_faults_and_log(double: BigQueryDouble, client: Any) -> None:
    client.insert_rows_json(TABLE, [ROW])
    double.deny("bigquery.tables.getData", "bigquery.jobs.create")
    double.faults.add("*", http(503, "backendError"), times=None)
    double.reset_log()
    sql = "SELECT actor, COUNT(*) AS n FROM `my-project.usage.raw` GROUP BY actor"
    assert double.execute(sql) == [{"actor": "a@team.example", "n": 1}]
    assert double.requests == []
    with pytest.raises(ApiError, match="none"):
        double.execute("SELECT * FROM `my-project.usage.none`")


def test_queries_and_loads_go_the_same_way(double: BigQueryDouble, client: Any) -> None:
    double.faults.add("jobs.insert", http(503, "backendError"), table="raw")
    loaded = client.load_table_from_json(
        [ROW], TABLE, job_config=LoadJobConfig(schema=made_schema())
    )
    loaded.result()
    sql = "SELECT COUNT(*) AS n FROM `my-project.usage.raw`"
    assert [row["n"] for row in client.query_and_wait(sql)] == [1]
    statuses = {(one.operation, one.status, one.table) for one in double.requests}
    assert ("jobs.insert", 503, "raw") in statuses
    assert ("jobs.insert", 200, "raw") in statuses
    double.deny("bigquery.jobs.create")
    with pytest.raises(Forbidden, match=r"does not have bigquery\.jobs\.create permission"):
        client.query_and_wait(sql)


def test_what_is_denied_is_refused_and_can_be_asked_for(
    double: BigQueryDouble, client: Any
) -> None:
    asked = ["bigquery.tables.get", "bigquery.tables.updateData"]
    assert client.test_iam_permissions(TABLE, asked) == {"permissions": asked}

    double.deny("bigquery.tables.updateData")
    with pytest.raises(Forbidden, match=r"Permission bigquery\.tables\.updateData denied on table"):
        client.insert_rows_json(TABLE, [ROW])
    assert client.test_iam_permissions(TABLE, asked) == {"permissions": asked[:1]}
    assert client.get_table(TABLE)

    double.deny("bigquery.tables.get", table="raw")
    with pytest.raises(Forbidden, match=r"Permission bigquery\.tables\.get denied on table my-pro"):
        client.get_table(TABLE)
    assert client.get_table("my-project.usage.days")
    assert client.test_iam_permissions(TABLE, asked) == {}

    double.access.allow()
    assert client.insert_rows_json(TABLE, [ROW]) == []


def test_the_log_shows_what_came(double: BigQueryDouble, client: Any) -> None:
    client.get_table(TABLE)
    client.insert_rows_json(TABLE, [ROW, ROW], row_ids=["x", "y"])
    read, written = double.requests
    assert (read.operation, read.method, read.table, read.rows) == ("tables.get", "GET", "raw", 0)
    assert (written.number, written.table, written.rows) == (2, "raw", 2)
    assert [row["insertId"] for row in written.sent] == ["x", "y"]
    assert written.status == 200
    assert written.bytes == len(written.body) > 100
    assert written.headers["content-type"] == "application/json"
    assert "a@team.example" in written.text
    assert "a@team.example" not in repr(written), "a failed assertion prints no personal data"
    double.reset_log()
    assert double.requests == []
    client.get_table(TABLE)
    assert double.requests[0].number == 3


def test_many_threads_lose_nothing(double: BigQueryDouble) -> None:
    def send() -> None:
        with official(double) as mine:
            for _ in range(5):
                assert mine.insert_rows_json(TABLE, [ROW] * 20) == []

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(double.rows("usage.raw")) == 400
    assert sum(request.rows for request in double.requests) == 400


def test_other_addresses_are_not_found(double: BigQueryDouble) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{double.url}/bigquery/v2/projects/p/models")  # noqa: S310
    with error.value:
        assert error.value.code == 404
    assert double.requests[0].operation == "unknown"
    assert double.requests[0].status == 404


def test_a_fault_of_its_own_is_answered_and_raised_at_the_end() -> None:
    double = BigQueryDouble()
    double.start()
    double.storage.close()
    double.catalog.create_dataset((double.project, "d"), {})
    with double.client() as client, pytest.raises(BadRequest, match="the double itself failed"):
        client.create_table(Table(f"{double.project}.d.t", [SchemaField("a", "STRING")]))
    with pytest.raises(ExceptionGroup, match="the BigQuery double failed"):
        double.close()
    double.close()


def test_it_says_when_it_does_not_run() -> None:
    double = BigQueryDouble()
    with pytest.raises(RuntimeError, match="does not run"):
        _ = double.url
    double.close()


def test_the_package_itself_needs_no_client_library() -> None:
    code = (
        "import sys; import ccsync.testing.bigquery as d; d.BigQueryDouble().close();"
        " sys.exit(any(name.startswith('google.cloud') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_partitions_expire_at_the_end_of_their_day_and_so_much_later(
    double: BigQueryDouble, client: Any
) -> None:
    key = ("my-project", "usage", "raw")
    hour = 60 * 60 * 1000
    partitioning = {"type": "DAY", "field": "date", "expirationMs": str(6 * hour)}
    double.catalog.patch(key, {"timePartitioning": partitioning})
    assert client.insert_rows_json(TABLE, [{**ROW, "date": str(NOW.date())}]) == []
    double.clock.advance(18 * 3600 - 1)
    assert len(double.rows("usage.raw")) == 1
    double.clock.advance(1)
    assert list(client.query_and_wait("SELECT * FROM usage.raw")) == []
    # What comes later is gone as well.
    job = client.load_table_from_json([{**ROW, "date": str(NOW.date())}], TABLE)
    job.result()
    assert double.rows("usage.raw") == []
