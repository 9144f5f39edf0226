from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, GoogleAPICallError, NotFound
from google.cloud.bigquery import SchemaField, Table

from ccsync.testing.bigquery import BigQueryDouble
from tests.unit.testing.bigquery.conftest import NO_RETRY, TABLE

ROW: dict[str, Any] = {"date": "2026-11-20", "actor": "a", "sessions": 1}
BAD = {"date": "2026-11-20", "actor": "b", "wrong": 1}
INSERT_ALL = "tabledata.insertAll"


def actors(double: BigQueryDouble) -> list[str]:
    return [row["actor"] for row in double.rows("usage.raw")]


def insert(client: Any, rows: list[dict[str, Any]], **options: Any) -> Any:
    return client.insert_rows_json(TABLE, rows, retry=NO_RETRY, timeout=10, **options)


def test_a_bad_row_stops_the_others(double: BigQueryDouble, client: Any) -> None:
    stopped = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
    assert insert(client, [ROW, BAD, ROW]) == [
        {
            "index": 1,
            "errors": [
                {
                    "reason": "invalid",
                    "location": "wrong",
                    "debugInfo": "",
                    "message": "no such field: wrong.",
                }
            ],
        },
        {"index": 0, "errors": [stopped]},
        {"index": 2, "errors": [stopped]},
    ]
    assert actors(double) == []


def test_bad_rows_can_be_skipped_and_unknown_values_ignored(
    double: BigQueryDouble, client: Any
) -> None:
    (error,) = insert(client, [ROW, BAD, ROW], skip_invalid_rows=True)
    assert (error["index"], error["errors"][0]["reason"]) == (1, "invalid")
    assert actors(double) == ["a", "a"]
    assert insert(client, [BAD], ignore_unknown_values=True) == []
    assert actors(double) == ["a", "a", "b"]


def test_days_far_away_are_refused_per_row(client: Any) -> None:
    (error,) = insert(client, [{**ROW, "date": "2016-01-01"}])
    assert error["errors"][0]["reason"] == "invalid"
    assert error["errors"][0]["message"].startswith(
        "Value 16801 for partition column date of the destination table my-project:usage.raw is"
        " outside the allowed bounds."
    )


def test_rows_can_fail_alone_while_the_others_are_in(double: BigQueryDouble, client: Any) -> None:
    double.faults.fail_rows({0, 7}, table="raw")
    (error,) = insert(client, [ROW, {**ROW, "actor": "b"}])
    assert (error["index"], error["errors"][0]["reason"]) == (0, "backendError")
    assert actors(double) == ["b"]
    assert insert(client, [ROW]) == []

    double.faults.fail_rows(lambda row: row["actor"] == "c", "timeout", "too slow", times=None)
    for _ in range(2):
        (error,) = insert(client, [ROW, {**ROW, "actor": "c"}])
        assert (error["index"], error["errors"][0]["message"]) == (1, "too slow")
    double.faults.clear()
    assert insert(client, [{**ROW, "actor": "c"}]) == []
    assert actors(double) == ["b", "a", "a", "a", "c"]


def test_a_row_rule_waits_for_its_table_and_its_rows(double: BigQueryDouble, client: Any) -> None:
    double.faults.fail_rows({0}, table="days")
    double.faults.fail_rows(lambda row: row["actor"] == "z")
    assert insert(client, [ROW]) == []
    assert len(insert(client, [{**ROW, "actor": "z"}])) == 1
    assert insert(client, [{**ROW, "actor": "z"}]) == []


def test_an_insert_id_keeps_a_row_out_for_a_minute(double: BigQueryDouble, client: Any) -> None:
    for _ in range(2):
        assert insert(client, [ROW], row_ids=["x"]) == []
    assert len(actors(double)) == 1
    insert(client, [ROW], row_ids=["y"])
    assert len(actors(double)) == 2
    double.clock.advance(60)
    insert(client, [ROW], row_ids=["x"])
    assert len(actors(double)) == 3
    double.switches.dedup = "off"
    insert(client, [ROW], row_ids=["x"])
    assert len(actors(double)) == 4
    for _ in range(2):
        insert(client, [ROW], row_ids=[None])
    assert len(actors(double)) == 6


def test_a_refused_row_leaves_no_trace_of_its_insert_id(
    double: BigQueryDouble, client: Any
) -> None:
    double.faults.fail_rows({0})
    insert(client, [ROW], row_ids=["x"])
    assert insert(client, [ROW], row_ids=["x"]) == []
    assert len(actors(double)) == 1


def test_a_young_table_is_unknown_to_streaming_and_then_loses_rows(
    double: BigQueryDouble, client: Any
) -> None:
    double.switches.unknown_seconds = 30
    double.switches.lossy_seconds = 10
    with pytest.raises(NotFound, match=r"Not found: Table my-project:usage\.raw"):
        insert(client, [ROW])
    assert client.get_table(TABLE)
    double.clock.advance(30)
    assert insert(client, [ROW]) == []
    assert actors(double) == []
    double.clock.advance(10)
    assert insert(client, [ROW]) == []
    assert actors(double) == ["a"]


def test_a_table_made_anew_loses_rows_for_a_while(double: BigQueryDouble, client: Any) -> None:
    double.switches.recreated_seconds = 120
    assert insert(client, [ROW]) == []
    assert actors(double) == ["a"]
    schema = client.get_table(TABLE).schema
    client.delete_table(TABLE)
    client.create_table(Table(TABLE, schema))
    assert insert(client, [ROW]) == []
    assert actors(double) == []
    double.clock.advance(120)
    assert insert(client, [ROW]) == []
    assert actors(double) == ["a"]


def test_streaming_learns_of_columns_later(double: BigQueryDouble, client: Any) -> None:
    double.switches.schema_lag_seconds = 60
    double.clock.advance(60)
    table = client.get_table(TABLE)
    table.schema = [*table.schema, SchemaField("wrong", "INT64")]
    client.update_table(table, ["schema"])
    (error,) = insert(client, [BAD])
    assert error["errors"][0]["message"] == "no such field: wrong."
    assert insert(client, [ROW]) == []
    double.clock.advance(60)
    assert insert(client, [BAD]) == []
    assert [row["wrong"] for row in double.rows("usage.raw")] == [None, 1]


def test_too_many_rows_and_none_are_refused(double: BigQueryDouble, client: Any) -> None:
    double.switches.max_rows = 2
    with pytest.raises(BadRequest, match="too many rows present in the request, limit: 2 row cou"):
        insert(client, [ROW] * 3)
    with pytest.raises(BadRequest, match="No rows present in the request"):
        insert(client, [])
    assert actors(double) == []


def test_a_large_body_is_refused_by_a_page_or_in_json(double: BigQueryDouble, client: Any) -> None:
    large = {**ROW, "actor": "x" * 10 * 2**20}
    with pytest.raises(GoogleAPICallError) as error:
        insert(client, [large])
    assert error.value.code == 413
    double.switches.too_large = "json"
    with pytest.raises(BadRequest, match="Request payload size exceeds the limit: 10485760 byt"):
        insert(client, [large])
    assert actors(double) == []


def test_the_free_tier_does_not_stream(double: BigQueryDouble, client: Any) -> None:
    double.switches.free_tier = True
    with pytest.raises(Forbidden, match="Streaming insert is not allowed in the free tier"):
        insert(client, [ROW])


def test_what_is_no_table_takes_no_rows(double: BigQueryDouble, client: Any) -> None:
    double.catalog.create(("my-project", "usage", "v"), {"view": {"query": "SELECT 1 AS a"}})
    with pytest.raises(BadRequest, match="Cannot add rows to a table of type VIEW"):
        client.insert_rows_json("my-project.usage.v", [ROW], retry=NO_RETRY)
    with pytest.raises(NotFound, match=r"Not found: Table my-project:usage\.none"):
        client.insert_rows_json("my-project.usage.none", [ROW], retry=NO_RETRY)
    with pytest.raises(NotFound, match="Not found: Dataset my-project:none"):
        client.insert_rows_json("my-project.none.t", [ROW], retry=NO_RETRY)


def test_a_number_beyond_2_to_the_53_is_rounded_silently(
    double: BigQueryDouble, client: Any
) -> None:
    exact = 2**53 + 1
    assert insert(client, [{**ROW, "sessions": exact}, {**ROW, "sessions": str(exact)}]) == []
    assert [row["sessions"] for row in double.rows("usage.raw")] == [2**53, exact]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Invalid JSON payload"),
        (b"[]", "No rows present"),
        (b'{"rows": [1]}', "Invalid JSON payload"),
    ],
)
def test_a_body_that_is_no_request_is_refused(client: Any, body: bytes, message: str) -> None:
    path = "/projects/my-project/datasets/usage/tables/raw/insertAll"
    with pytest.raises(BadRequest, match=message):
        client._connection.api_request("POST", path, data=body, content_type="application/json")
