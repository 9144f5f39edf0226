from __future__ import annotations

import io
import json
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound
from google.cloud.bigquery import LoadJobConfig, SchemaField

from ccsync.testing.bigquery import ApiError, BigQueryDouble
from ccsync.testing.bigquery.storage import BUFFERED_FOR
from tests.unit.testing.bigquery.conftest import COLUMNS, NOW, TABLE

KEY = ("my-project", "usage", "raw")
made_of: Any = SchemaField.from_api_repr  # pyright: ignore


def row(day: int, actor: str = "a", **values: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"sessions": None, "cost": None, "models": []}
    return {"date": f"2026-11-{day}", "actor": actor, **plain, **values}


def schema(**changes: str) -> list[Any]:
    return [
        made_of(
            {**column, **({"type": changes[column["name"]]} if column["name"] in changes else {})}
        )
        for column in COLUMNS
    ]


def load(
    client: Any, lines: Any, table: str = TABLE, *, size: int | None = None, **config: Any
) -> Any:
    """Load lines; with `size` in one request, without in pieces."""
    body = (
        lines if isinstance(lines, bytes) else b"\n".join(json.dumps(one).encode() for one in lines)
    )
    name = config.pop("job_id", None)
    wanted = LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", **config)
    job = client.load_table_from_file(
        io.BytesIO(body), table, size=size, job_id=name, job_config=wanted, num_retries=0
    )
    job.result(retry=None)
    return job


def whole(lines: list[dict[str, Any]]) -> int:
    return len(b"\n".join(json.dumps(one).encode() for one in lines))


def test_rows_are_appended_and_not_buffered(double: BigQueryDouble, client: Any) -> None:
    double.storage.append(KEY, [row(20)], streamed_at=NOW)
    models = [{"model": "m", "tokens": 2**62 + 1}]
    lines = [row(21, cost="36.09", models=models), row(22, sessions=2**60 + 1)]
    job = load(client, lines, schema=schema(), job_id="mine")
    assert (job.output_rows, job.state, job.job_id) == (2, "DONE", "mine")
    assert double.rows("usage.raw") == [row(20), *lines]
    assert client.get_table(TABLE).num_rows == 2
    with pytest.raises(Conflict, match=r"Already Exists: Job my-project:US\.mine"):
        load(client, lines, schema=schema(), job_id="mine")
    assert len(double.rows("usage.raw")) == 3


def test_in_one_request_or_in_pieces(double: BigQueryDouble, client: Any) -> None:
    lines = [row(20), row(21)]
    load(client, lines, size=whole(lines))
    load(client, lines)
    assert double.rows("usage.raw") == lines * 2
    kinds = [request.path.partition("uploadType=")[2] for request in double.requests]
    assert kinds[0] == "multipart"
    assert sum(kind.startswith("resumable") for kind in kinds) >= 2


def test_a_partition_is_overwritten_but_not_what_is_buffered(
    double: BigQueryDouble, client: Any
) -> None:
    double.storage.append(KEY, [row(20, "old"), row(21, "other day")], streamed_at=None)
    double.storage.append(KEY, [row(20, "flushed")], streamed_at=NOW - BUFFERED_FOR)
    double.storage.append(KEY, [row(20, "buffered")], streamed_at=NOW)
    load(client, [row(20, "new")], f"{TABLE}$20261120", write_disposition="WRITE_TRUNCATE")
    found = [one["actor"] for one in double.rows("usage.raw")]
    assert found == ["other day", "buffered", "new"]
    load(client, [row(22, "all")], write_disposition="WRITE_TRUNCATE")
    assert [one["actor"] for one in double.rows("usage.raw")] == ["buffered", "all"]


@pytest.mark.parametrize("disposition", ["WRITE_APPEND", "WRITE_TRUNCATE"])
def test_rows_of_another_day_do_not_go_into_a_partition(
    double: BigQueryDouble, client: Any, disposition: str
) -> None:
    double.storage.append(KEY, [row(20)], streamed_at=None)
    said = "Some rows belong to different partitions rather than destination partition raw.20261120"
    with pytest.raises(BadRequest, match=said):
        load(client, [row(20), row(21)], f"{TABLE}$20261120", write_disposition=disposition)
    assert double.rows("usage.raw") == [row(20)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"date": "2026-11-20", "nope": 1}', "No such field: nope."),
        (b'{"date": "2026-11-20", "models": [{"nope": 1}]}', r"No such field: models\[0\]\.nope"),
        (b'{"actor": "a"}', "Missing required field.*date"),
        (b'{"date": "x"}', "Invalid date"),
        (b'{"date": "2026-11-20", "sessions": "many"}', "Cannot convert value to integer"),
        (b'{"date": ', "Parser terminated before end of string"),
    ],
)
def test_a_wrong_row_fails_the_job_and_says_where(
    double: BigQueryDouble, client: Any, line: bytes, said: str
) -> None:
    good = json.dumps(row(20)).encode()
    with pytest.raises(BadRequest, match=said) as failed:
        load(client, good + b"\n" + line + b"\n\n" + good)
    text = str(failed.value)
    reading = "Error while reading data, error message: JSON"
    counted = "too many errors, giving up. Rows: 3; errors: 1"
    assert f"{reading} table encountered {counted}" in text
    assert f"{reading} parsing error in row starting at position {len(good) + 1}: " in text
    assert double.rows("usage.raw") == []


def test_the_errors_of_a_job_are_a_list(client: Any) -> None:
    with pytest.raises(BadRequest):
        load(client, [{"date": "2026-11-20", "a": 1}] * 9, job_id="bad")
    job = client.get_job("bad")
    assert job.state == "DONE"
    assert job.errors[0] == job.error_result
    assert {error["reason"] for error in job.errors} == {"invalid"}
    assert len(job.errors) == 2 + 5


def test_a_few_bad_rows_may_be_allowed(double: BigQueryDouble, client: Any) -> None:
    load(client, [row(20), {"date": "x"}], max_bad_records=1)
    load(client, [row(21) | {"nope": 1}], ignore_unknown_values=True)
    assert double.rows("usage.raw") == [row(20), row(21)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (schema(sessions="STRING"), "Field sessions has changed type from INTEGER to STRING"),
        ([*schema(), SchemaField("x", "STRING")], r"Cannot add fields \(field: x\)"),
        (schema()[1:], "Field date is missing in new schema"),
        (
            [SchemaField("date", "DATE"), *schema()[1:]],
            "Field date has changed mode from REQUIRED to NULLABLE",
        ),
    ],
)
def test_another_schema_is_refused(client: Any, fields: Any, said: str) -> None:
    with pytest.raises(
        BadRequest, match=f"Provided Schema does not match Table my-project.*{said}"
    ):
        load(client, [row(20)], schema=fields)


def test_nullable_columns_may_be_left_out_of_the_schema(
    double: BigQueryDouble, client: Any
) -> None:
    load(client, [{"date": "2026-11-20", "actor": "a"}], schema=schema()[:2])
    assert double.rows("usage.raw") == [row(20)]


def test_a_table_is_made_where_the_job_may(double: BigQueryDouble, client: Any) -> None:
    lines = [row(20)]
    with pytest.raises(NotFound, match=r"Not found: Table my-project:usage\.new"):
        load(client, lines, "usage.new", schema=schema(), create_disposition="CREATE_NEVER")
    with pytest.raises(NotFound, match=r"Not found: Table my-project:usage\.new"):
        load(client, lines, "usage.new")
    with pytest.raises(NotFound, match="Not found: Dataset my-project:nope"):
        load(client, lines, "nope.new", schema=schema(), create_disposition="CREATE_NEVER")
    load(client, lines, "usage.new", schema=schema())
    assert double.rows("usage.new") == lines
    with pytest.raises(Conflict, match=r"Already Exists: Table my-project:usage\.new"):
        load(client, lines, "usage.new", write_disposition="WRITE_EMPTY")


def test_loading_needs_its_permission(double: BigQueryDouble, client: Any) -> None:
    double.deny("bigquery.tables.updateData", table="raw")
    with pytest.raises(Forbidden, match=r"bigquery\.tables\.updateData denied on table"):
        load(client, [row(20)])


def test_a_job_that_fails_on_demand_loads_nothing(double: BigQueryDouble, client: Any) -> None:
    double.jobs.fail_next(ApiError(503, "jobBackendError", "The job encountered an error"))
    with pytest.raises(Exception, match="The job encountered an error"):
        load(client, [row(20)], job_id="first")
    assert double.rows("usage.raw") == []
    load(client, [row(20)], job_id="second")
    assert double.rows("usage.raw") == [row(20)]


def test_a_decimal_the_double_cannot_keep_fails_visibly(
    double: BigQueryDouble, client: Any
) -> None:
    with pytest.raises(Exception, match="keeps BIGNUMERIC with 20 digits"):
        load(client, [row(20), row(21, cost="0.1234567890123456789")])
    assert double.rows("usage.raw") == []


@pytest.mark.parametrize(
    ("config", "table", "said"),
    [
        ({"autodetect": True}, TABLE, "with a schema only"),
        ({"write_disposition": "WRITE_NOPE"}, TABLE, "Invalid value for writeDisposition"),
        ({}, f"{TABLE}$2026", r"Invalid partition decorator: \$2026"),
    ],
)
def test_what_it_does_not_know_is_refused(
    client: Any, config: dict[str, Any], table: str, said: str
) -> None:
    with pytest.raises(Exception, match=said):
        load(client, [row(20)], table, **config)
