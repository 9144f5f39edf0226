"""States of jobs, their errors, pages of results."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from google.api_core.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
)
from google.cloud.bigquery import QueryJobConfig

from ccsync.testing.bigquery import ApiError, BigQueryDouble
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.job import Job
from ccsync.testing.bigquery.outcome import Outcome
from tests.unit.testing.bigquery.conftest import NO_RETRY, NOW, TABLE

KEY = ("my-project", "usage", "raw")
ROWS = [{"date": f"2026-11-{day}", "actor": "a", "sessions": day} for day in range(10, 20)]
HERE = "/bigquery/v2/projects/my-project"


def call(double: BigQueryDouble, method: str, path: str, body: Any = None, **query: str) -> Any:
    sent = b"" if body is None else json.dumps(body).encode()
    status, _, answer = double.jobs.handle(method, HERE + path, query, {}, sent)
    return status, json.loads(answer)


def asking(sql: str, **more: Any) -> dict[str, Any]:
    return {"query": sql, "useLegacySql": False, **more}


def test_jobs_insert_runs_and_can_be_asked_for(double: BigQueryDouble, client: Any) -> None:
    job = client.query(
        "SELECT 1 AS x", job_id="mine", job_retry=None, job_config=QueryJobConfig(labels={"a": "b"})
    )
    assert [tuple(row.values()) for row in job.result()] == [(1,)]
    again = client.get_job("mine")
    assert (again.state, again.error_result, again.statement_type) == ("DONE", None, "SELECT")
    assert (again.created, again.ended, again.location) == (NOW, NOW, "US")
    assert again.labels == {"a": "b"}
    assert again.total_bytes_processed == 0
    with pytest.raises(Conflict, match=r"Already Exists: Job my-project:US\.mine"):
        client.query("SELECT 2", job_id="mine", retry=NO_RETRY, job_retry=None)
    with pytest.raises(NotFound, match=r"Not found: Job my-project:EU\.mine"):
        client.get_job("mine", location="EU", retry=NO_RETRY)
    with pytest.raises(NotFound, match="Not found: Job my-project:other"):
        client.get_job("other", retry=NO_RETRY)


def test_a_job_elsewhere_is_found_with_its_location_only(
    double: BigQueryDouble, client: Any
) -> None:
    double.catalog.create_dataset(("my-project", "far"), {"location": "europe-west3"})
    double.execute("CREATE TABLE far.t (a INT64)")
    client.query("SELECT * FROM far.t", job_id="far", job_retry=None)
    assert client.get_job("far", location="europe-west3").state == "DONE"
    with pytest.raises(NotFound, match="Not found: Job my-project:far"):
        client.get_job("far", retry=NO_RETRY)


@pytest.mark.parametrize("polls", [1, 3])
def test_a_job_stays_running_and_does_its_work_when_it_ends(
    double: BigQueryDouble, polls: int
) -> None:
    double.jobs.keep_running(polls)
    config = {"query": asking("INSERT usage.raw (date) VALUES ('2026-11-20')")}
    reference = {"projectId": "my-project", "jobId": "slow"}
    status, made = call(
        double, "POST", "/jobs", {"configuration": config, "jobReference": reference}
    )
    assert (status, made["status"]["state"]) == (200, "RUNNING")
    assert "endTime" not in made["statistics"]
    for _ in range(polls - 1):
        assert call(double, "GET", "/jobs/slow")[1]["status"] == {"state": "RUNNING"}
        assert double.rows("usage.raw") == []
    _, done = call(double, "GET", "/queries/slow")
    assert (done["jobComplete"], done["numDmlAffectedRows"]) == (True, "1")
    assert len(double.rows("usage.raw")) == 1
    assert call(double, "GET", "/jobs/slow")[1]["status"] == {"state": "DONE"}
    assert len(double.rows("usage.raw")) == 1


def test_a_query_that_is_not_complete_says_so(double: BigQueryDouble) -> None:
    double.jobs.keep_running(2)
    _, first = call(double, "POST", "/queries", asking("SELECT 1 AS x", requestId="r"))
    assert first["jobComplete"] is False
    assert "rows" not in first
    name = first["jobReference"]["jobId"]
    assert call(double, "GET", f"/queries/{name}")[1]["jobComplete"] is False
    _, last = call(double, "GET", f"/queries/{name}")
    assert (last["jobComplete"], last["rows"]) == (True, [{"f": [{"v": "1"}]}])


def test_all_jobs_can_be_ended_at_once(double: BigQueryDouble) -> None:
    double.jobs.keep_running(99)
    call(double, "POST", "/queries", asking("INSERT usage.raw (date) VALUES ('2026-11-20')"))
    double.jobs.finish()
    assert [job.done for job in double.jobs.all()] == [True]
    assert len(double.rows("usage.raw")) == 1


def test_a_request_id_runs_a_query_once(double: BigQueryDouble) -> None:
    sql = asking("INSERT usage.raw (date) VALUES ('2026-11-20')", requestId="r")
    answers = [call(double, "POST", "/queries", sql)[1] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(double.rows("usage.raw")) == 1
    call(double, "POST", "/queries", sql | {"requestId": "s"})
    assert len(double.rows("usage.raw")) == 2


def test_a_cancelled_job_does_nothing(double: BigQueryDouble, client: Any) -> None:
    double.jobs.keep_running(5)
    sql = "INSERT usage.raw (date) VALUES ('2026-11-20')"
    job = client.query(sql, job_retry=NO_RETRY)
    assert job.state == "RUNNING"
    job.cancel()
    assert job.error_result["reason"] == "stopped"
    assert double.rows("usage.raw") == []


def test_jobs_fail_on_demand(double: BigQueryDouble, client: Any) -> None:
    double.jobs.fail_next(ApiError(503, "backendError", "Try again"), times=2)
    sql = "INSERT usage.raw (date) VALUES ('2026-11-20')"
    job = client.query(sql, retry=NO_RETRY, job_retry=NO_RETRY)
    with pytest.raises(InternalServerError, match="Try again"):
        job.result(retry=NO_RETRY, job_retry=NO_RETRY)
    assert job.error_result == {"reason": "backendError", "message": "Try again"}
    with pytest.raises(ServiceUnavailable, match="Try again"):
        client.query_and_wait(sql, retry=NO_RETRY, job_retry=NO_RETRY)
    assert double.rows("usage.raw") == []
    client.query_and_wait(sql, retry=NO_RETRY, job_retry=NO_RETRY)
    assert len(double.rows("usage.raw")) == 1


def test_a_wrong_query_fails_the_job_not_the_request(double: BigQueryDouble) -> None:
    body = {"configuration": {"query": asking("SELECT nope FROM usage.raw")}}
    status, job = call(double, "POST", "/jobs", body)
    error = {"reason": "invalidQuery", "message": "Unrecognized name: nope", "location": "query"}
    assert (status, job["status"]) == (
        200,
        {"state": "DONE", "errorResult": error, "errors": [error]},
    )
    status, answer = call(double, "GET", f"/queries/{job['jobReference']['jobId']}")
    assert (status, answer["error"]["errors"][0]["location"]) == (400, "q")
    assert call(double, "POST", "/queries", asking("SELECT nope FROM usage.raw"))[0] == 400


@pytest.mark.parametrize("form", ["jobs.insert", "jobs.query"])
def test_pages_of_a_result(double: BigQueryDouble, client: Any, form: str) -> None:
    double.storage.append(KEY, ROWS, streamed_at=NOW)
    sql = "SELECT sessions FROM `my-project.usage.raw` ORDER BY date DESC"
    if form == "jobs.query":
        found = client.query_and_wait(sql, page_size=4)
    else:
        found = client.query(sql).result(page_size=4)
    pages = [[row["sessions"] for row in page] for page in found.pages]
    assert pages == [[19, 18, 17, 16], [15, 14, 13, 12], [11, 10]]
    assert found.total_rows == 10


def test_dml_and_ddl_have_no_rows(client: Any) -> None:
    found = client.query_and_wait("INSERT usage.raw (date) VALUES ('2026-11-20')")
    assert (list(found), found.num_dml_affected_rows) == ([], 1)
    assert list(client.query_and_wait("CREATE TABLE usage.t (a INT64)")) == []


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "1.795348800123456E9"),
        ({"timestampOutputFormat": "FLOAT64"}, "1.795348800123456E9"),
        ({"useInt64Timestamp": True}, "1795348800123456"),
        ({"timestampOutputFormat": "INT64"}, "1795348800123456"),
        ({"timestampOutputFormat": "ISO8601_STRING"}, "2026-11-22T12:00:00.123456Z"),
    ],
)
def test_points_in_time_are_written_as_asked(
    double: BigQueryDouble, options: dict[str, Any], shown: str
) -> None:
    sql = "SELECT t, [t] AS l, STRUCT(t AS a, [STRUCT(t AS b)] AS c) AS s FROM (SELECT"
    sql += " TIMESTAMP '2026-11-22 12:00:00.123456+00' AS t)"
    _, first = call(double, "POST", "/queries", asking(sql, formatOptions=options))
    cell, inner = {"v": shown}, [{"v": {"f": [{"v": shown}]}}]
    expected = [{"f": [cell, {"v": [cell]}, {"v": {"f": [cell, {"v": inner}]}}]}]
    assert first["rows"] == expected
    asked = {
        f"formatOptions.{name}": str(value).replace("True", "true")
        for name, value in options.items()
    }
    name = first["jobReference"]["jobId"]
    assert call(double, "GET", f"/queries/{name}", **asked)[1]["rows"] == expected


def test_cells_are_written_as_rest_writes_them(double: BigQueryDouble) -> None:
    sql = (
        "SELECT TRUE, 1.5, NULL, DATE '2026-01-02', DATETIME '2026-01-02 03:04:05',"
        " BIGNUMERIC '36.090', 'x', CAST([] AS ARRAY<INT64>), STRUCT(NULL AS a)"
    )
    _, answer = call(double, "POST", "/queries", asking(sql))
    values = [cell["v"] for cell in answer["rows"][0]["f"]]
    assert values[:4] == ["true", "1.5", None, "2026-01-02"]
    assert dt.datetime.fromisoformat(values[4]) == dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
    assert values[5:] == ["36.09", "x", [], {"f": [{"v": None}]}]
    kinds = [field["type"] for field in answer["schema"]["fields"]]
    assert kinds[:7] == ["BOOLEAN", "FLOAT", "INTEGER", "DATE", "DATETIME", "BIGNUMERIC", "STRING"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"query": "SELECT 1"}, 400, "no legacy SQL"),
        (asking("SELECT 1", maxResults="x"), 400, "Invalid value for pageToken"),
        (asking("SELECT 1", formatOptions={"timestampOutputFormat": "x"}), 400, "Invalid value"),
        (
            asking(
                "SELECT @a",
                queryParameters=[
                    {
                        "name": "a",
                        "parameterType": {"type": "DATE"},
                        "parameterValue": {"value": "x"},
                    }
                ],
            ),
            400,
            "Query parameter 'a': Invalid value for type DATE",
        ),
        (
            asking(
                "SELECT @a", queryParameters=[{"name": "a", "parameterType": {"type": "INTERVAL"}}]
            ),
            400,
            "Invalid type of query parameter 'a'",
        ),
        (
            asking(
                "SELECT ?",
                parameterMode="POSITIONAL",
                queryParameters=[{"name": "a", "parameterType": {"type": "INT64"}}],
            ),
            400,
            "does not fit the parameterMode",
        ),
        (
            asking("SELECT 1", queryParameters=[{"parameterType": {"type": "INT64"}}]),
            400,
            "positional",
        ),
    ],
)
def test_wrong_requests(double: BigQueryDouble, body: Any, status: int, said: str) -> None:
    got, answer = call(double, "POST", "/queries", body)
    assert got == status
    assert said in answer["error"]["message"]


def test_wrong_jobs(double: BigQueryDouble) -> None:
    assert call(double, "POST", "/jobs", {"configuration": {"copy": {}}})[0] == 501
    assert call(double, "POST", "/jobs", {"configuration": {"load": {"sourceUris": []}}})[0] == 501
    assert call(double, "DELETE", "/jobs/x")[0] == 501
    config = {"query": asking("SELECT 1", destinationTable={"tableId": "t"})}
    _, job = call(double, "POST", "/jobs", {"configuration": config})
    assert "destinationTable" in job["status"]["errorResult"]["message"]


def test_a_failure_of_the_double_itself_is_told_and_not_tried_again() -> None:
    def broken() -> Outcome:
        raise KeyError("x")

    job = Job("my-project", "j", "US", {"query": {}}, broken, Clock(NOW))
    job.begin()
    error = job.resource()["status"]["errorResult"]
    assert (error["reason"], error["message"]) == (
        "invalidQuery",
        "the double itself failed: KeyError('x')",
    )
    assert job.error is not None
    assert job.error.status == 400


def test_jobs_need_the_permission_on_the_project_that_runs_them(
    double: BigQueryDouble, client: Any
) -> None:
    double.deny("bigquery.jobs.create")
    with pytest.raises(Forbidden, match=r"bigquery\.jobs\.create permission in project my-project"):
        client.query("SELECT 1", retry=NO_RETRY, job_retry=NO_RETRY)
    with pytest.raises(Forbidden):
        client.load_table_from_json([{"date": "2026-11-20"}], TABLE, num_retries=0)


def test_a_failed_job_that_was_not_denied_is_bad_request(client: Any) -> None:
    with pytest.raises(BadRequest, match="division by zero"):
        client.query("SELECT 1 / 0", job_retry=NO_RETRY).result(job_retry=NO_RETRY)
