"""Jobs: what is sent, what is waited for, and what a job's failure becomes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import requests

from ccsync.errors import SinkRefused, SinkUnavailable, Stopped
from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery.errors import (
    ForbiddenError,
    MissingTableError,
    StreamingBufferError,
)
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.load_errors import LoadRefusedError
from tests.unit.sinks.bigquery.jobs_script import (
    NOT_YET,
    URL,
    Answer,
    Asked,
    Bench,
    Said,
    failed,
    job,
    refusal,
    rows,
)

DAY = dt.date(2026, 11, 19)
LIVE = Said(
    {
        "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "usage_raw"},
        "schema": {"fields": [{"name": "date", "type": "DATE", "mode": "NULLABLE"}]},
    }
)
LOST = requests.ReadTimeout("nothing came")
IS_THERE = refusal(409, "duplicate", "Already Exists: Job my-billing:EU.ccsync_x_0")
BEGUN = Said({}, headers={"location": f"{URL}/upload/here"})


@pytest.fixture
def bench() -> Bench:
    return Bench()


class TestQuery:
    def test_one_request_for_an_answer_in_time(self, bench: Bench) -> None:
        bench.script.on("jobs.query", rows({"one": "INTEGER"}, ("1",)))
        assert bench.jobs.query("count", "SELECT 1 AS one", {}) == [{"one": 1}]
        (asked,) = bench.script.asked
        assert asked.path.endswith("/projects/my-billing/queries")
        assert asked.json["location"] == "EU"
        assert asked.json["useLegacySql"] is False

    def test_parameters_are_typed_and_named(self, bench: Bench) -> None:
        bench.script.on("jobs.query", rows({"one": "INTEGER"}))
        moment = dt.datetime(2026, 11, 22, 12, 0, 1, tzinfo=dt.UTC)
        values: dict[str, object] = {
            "day": DAY,
            "source_id": "an-id",
            "count": 7,
            "at": moment,
            "settled": True,
        }
        bench.jobs.query("ask", "SELECT 1", values)
        sent = bench.script.asked[0].json
        assert sent["parameterMode"] == "NAMED"
        assert [
            (one["name"], one["parameterType"]["type"], one["parameterValue"]["value"])
            for one in sent["queryParameters"]
        ] == [
            ("day", "DATE", "2026-11-19"),
            ("source_id", "STRING", "an-id"),
            ("count", "INT64", "7"),
            ("at", "TIMESTAMP", "2026-11-22 12:00:01+00:00"),
            ("settled", "BOOL", "true"),
        ]
        with pytest.raises(TypeError, match="the parameter ratio is of type float"):
            bench.jobs.query("ask", "SELECT 1", {"ratio": 0.5})

    def test_values_are_exact(self, bench: Bench) -> None:
        columns = {
            "n": "INTEGER",
            "cost": "BIGNUMERIC",
            "day": "DATE",
            "at": "TIMESTAMP",
            "yes": "BOOLEAN",
            "nothing": "STRING",
        }
        cells = ("9007199254740993", "0.1", "2026-11-19", "1795348801000001", "true", None)
        bench.script.on("jobs.query", rows(columns, cells))
        (row,) = bench.jobs.query("ask", "SELECT ...", {})
        assert row == {
            "n": 9007199254740993,
            "cost": Decimal("0.1"),
            "day": DAY,
            "at": dt.datetime(2026, 11, 22, 12, 0, 1, 1, tzinfo=dt.UTC),
            "yes": True,
            "nothing": None,
        }

    def test_a_slow_one_is_asked_for_again_and_again(self, bench: Bench) -> None:
        bench.script.on("jobs.query", NOT_YET)
        bench.script.on("jobs.getQueryResults", NOT_YET, NOT_YET, rows({"one": "INTEGER"}, ("1",)))
        assert bench.jobs.query("ask", "SELECT 1", {}) == [{"one": 1}]
        polls = bench.script.of("jobs.getQueryResults")
        assert len(polls) == 3
        assert polls[0].path.endswith("/projects/my-billing/queries/the-job")
        assert polls[0].query["location"] == ["EU"]
        assert bench.pauses == [0.25, 0.5, 1.0]

    def test_all_pages_are_read(self, bench: Bench) -> None:
        bench.script.on("jobs.query", rows({"n": "INTEGER"}, ("1",), ("2",), pageToken="more"))
        bench.script.on("jobs.getQueryResults", rows({"n": "INTEGER"}, ("3",)))
        assert [row["n"] for row in bench.jobs.query("ask", "SELECT n", {})] == [1, 2, 3]
        (second,) = bench.script.of("jobs.getQueryResults")
        assert second.query["pageToken"] == ["more"]
        assert second.query["location"] == ["EU"]

    @pytest.mark.parametrize(
        "trouble",
        [
            refusal(503, "backendError"),
            refusal(429, "rateLimitExceeded"),
            requests.ConnectionError("reset"),
            requests.ReadTimeout("nothing came"),
        ],
    )
    def test_trouble_that_passes_is_waited_out(
        self, bench: Bench, trouble: Said | Exception
    ) -> None:
        bench.script.on("jobs.query", trouble, trouble, rows({"one": "INTEGER"}, ("1",)))
        assert bench.jobs.query("ask", "SELECT 1", {}) == [{"one": 1}]
        assert len(bench.script.asked) == 3

    def test_a_query_that_failed_meanwhile_is_asked_anew(self, bench: Bench) -> None:
        bench.script.on("jobs.query", NOT_YET, rows({"one": "INTEGER"}, ("1",)))
        bench.script.on("jobs.getQueryResults", refusal(500, "backendError"))
        assert bench.jobs.query("ask", "SELECT 1", {}) == [{"one": 1}]

    def test_refusals_are_told_once(self, bench: Bench) -> None:
        bench.script.on("jobs.query", refusal(400, "invalidQuery", "Unrecognized name: x"))
        with pytest.raises(SinkRefused, match=r"could not ask: .*Unrecognized name: x"):
            bench.jobs.query("ask", "SELECT x", {})
        assert len(bench.script.asked) == 1
        what = "User does not have bigquery.jobs.create permission in project my-billing."
        bench.script.on("jobs.query", refusal(403, "accessDenied", f"Access Denied: {what}"))
        with pytest.raises(ForbiddenError, match=r"jobUser on the project my-billing"):
            bench.jobs.query("ask", "SELECT 1", {})

    def test_it_does_not_wait_for_ever(self, bench: Bench) -> None:
        bench.script.on("jobs.query", NOT_YET)
        bench.script.on("jobs.getQueryResults", NOT_YET)
        with pytest.raises(SinkUnavailable, match=r"the job the-job is not done after 10 minutes"):
            bench.jobs.query("ask", "SELECT 1", {})

    def test_the_wish_to_stop_is_honoured(self, bench: Bench) -> None:
        bench.script.on("jobs.query", NOT_YET)

        def asked_to_stop(_: Asked) -> Said:
            runtime = bench.context._runtime  # pyright: ignore[reportPrivateUsage]
            runtime.stop.request(15)
            return NOT_YET

        bench.script.on("jobs.getQueryResults", asked_to_stop)
        with pytest.raises(Stopped):
            bench.jobs.query("ask", "SELECT 1", {})
        assert len(bench.script.of("jobs.getQueryResults")) == 1


class TestLocation:
    def test_it_is_the_datasets_and_asked_for_once(self) -> None:
        bench = Bench(location=None)
        where = {"datasetReference": {"projectId": "p", "datasetId": "d"}, "location": "asia-east1"}
        bench.script.on("datasets.get", Said(where))
        bench.script.on("jobs.query", rows({"one": "INTEGER"}))
        bench.jobs.query("ask", "SELECT 1", {})
        bench.jobs.query("ask", "SELECT 1", {})
        assert len(bench.script.of("datasets.get")) == 1
        assert bench.script.asked[-1].json["location"] == "asia-east1"

    def test_without_permission_to_ask_bigquery_goes_by_the_tables(self) -> None:
        bench = Bench(location=None)
        bench.script.on("datasets.get", refusal(403, "accessDenied"))
        bench.script.on("jobs.query", rows({"one": "INTEGER"}))
        bench.jobs.query("ask", "SELECT 1", {})
        bench.jobs.query("ask", "SELECT 1", {})
        assert len(bench.script.of("datasets.get")) == 1
        assert "location" not in bench.script.asked[-1].json
        assert [event for event, _ in bench.context.logged] == ["bigquery.cannot_locate"]


def deleted(count: int) -> Said:
    done = job("DONE", "query")
    done.body["statistics"] = {"query": {"numDmlAffectedRows": str(count)}}
    return done


class TestExecute:
    def test_it_says_how_many_rows(self, bench: Bench) -> None:
        bench.script.on("jobs.insert", job("PENDING", "query"))
        bench.script.on("jobs.get", job("RUNNING", "query"), job("RUNNING", "query"), deleted(12))
        assert bench.jobs.execute("delete", "DELETE ...", {"day": DAY}) == 12
        (insert,) = bench.script.of("jobs.insert")
        sent = insert.json
        assert sent["jobReference"]["projectId"] == "my-billing"
        assert sent["jobReference"]["location"] == "EU"
        assert sent["configuration"]["query"]["queryParameters"][0]["name"] == "day"
        assert bench.pauses == [0.25, 0.5]

    def test_a_lost_answer_does_not_run_it_twice(self, bench: Bench) -> None:
        bench.script.on("jobs.insert", LOST, IS_THERE)
        bench.script.on("jobs.get", deleted(3))
        assert bench.jobs.execute("delete", "DELETE ...", {}) == 3
        first, second = bench.script.of("jobs.insert")
        assert first.json["jobReference"]["jobId"] == second.json["jobReference"]["jobId"]

    def test_two_statements_are_two_jobs(self, bench: Bench) -> None:
        bench.script.on("jobs.insert", job("PENDING", "query"))
        bench.script.on("jobs.get", deleted(3))
        bench.jobs.execute("delete", "DELETE ...", {})
        bench.jobs.execute("delete", "DELETE ...", {})
        first, second = bench.script.of("jobs.insert")
        assert first.json["jobReference"]["jobId"] != second.json["jobReference"]["jobId"]

    def test_a_job_that_failed_for_a_passing_reason_gets_the_next_number(
        self, bench: Bench
    ) -> None:
        bench.script.on("jobs.insert", job("PENDING", "query"))
        text = "Could not serialize access to table usage_raw due to concurrent update"
        bench.script.on("jobs.get", failed("invalidQuery", text, kind="query"), deleted(3))
        assert bench.jobs.execute("delete", "DELETE ...", {}) == 3
        first, second = (
            one.json["jobReference"]["jobId"] for one in bench.script.of("jobs.insert")
        )
        assert first.endswith("_0")
        assert second == first.removesuffix("_0") + "_1"

    @pytest.mark.parametrize("at_once", [True, False])
    def test_streamed_rows_have_an_error_of_their_own(self, bench: Bench, at_once: bool) -> None:
        text = (
            "UPDATE or DELETE statement over table my-project.usage.usage_raw would affect rows in "
            "the streaming buffer, which is not supported"
        )
        if at_once:
            bench.script.on("jobs.insert", refusal(400, "invalidQuery", text))
        else:
            bench.script.on("jobs.insert", job("PENDING", "query"))
            bench.script.on("jobs.get", failed("invalidQuery", text, kind="query"))
        with pytest.raises(StreamingBufferError):
            bench.jobs.execute("delete", "DELETE ...", {})

    def test_without_billing(self, bench: Bench) -> None:
        text = (
            "Billing has not been enabled for this project. DML queries are not allowed in the "
            "free tier."
        )
        bench.script.on("jobs.insert", job("PENDING", "query"))
        bench.script.on("jobs.get", failed("billingNotEnabled", text, kind="query"))
        with pytest.raises(SinkRefused, match=r"Link a billing account to my-billing"):
            bench.jobs.execute("delete", "DELETE ...", {})


class TestLoad:
    LINES = b'{"date":"2026-11-19"}\n{"date":"2026-11-19"}\n'

    @pytest.fixture(autouse=True)
    def table(self, bench: Bench) -> None:
        bench.script.on("tables.get", LIVE)
        bench.script.on("upload.begin", BEGUN)
        bench.script.on("upload.send", job("PENDING"))
        bench.script.on("jobs.get", job())

    def test_rows_are_appended_with_the_columns_of_the_live_table(self, bench: Bench) -> None:
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_y")
        assert len(bench.script.of("tables.get")) == 1
        begin, _ = bench.script.of("upload.begin")
        assert begin.query["uploadType"] == ["resumable"]
        assert begin.path == "/upload/bigquery/v2/projects/my-billing/jobs"
        sent = begin.json
        assert sent["jobReference"] == {
            "projectId": "my-billing",
            "jobId": "ccsync_x_0",
            "location": "EU",
        }
        load = sent["configuration"]["load"]
        assert load["destinationTable"] == {
            "projectId": "my-project",
            "datasetId": "usage",
            "tableId": "usage_raw",
        }
        assert load["schema"]["fields"][0]["mode"] == "NULLABLE", "as it is there, not as ours is"
        del load["destinationTable"], load["schema"]
        assert load == {
            "sourceFormat": "NEWLINE_DELIMITED_JSON",
            "writeDisposition": "WRITE_APPEND",
            "createDisposition": "CREATE_NEVER",
            "autodetect": False,
            "ignoreUnknownValues": False,
            "maxBadRecords": 0,
        }
        assert bench.script.of("upload.send")[0].body == self.LINES

    @pytest.mark.parametrize(
        ("begin", "send"),
        [
            ([LOST, IS_THERE], [job("PENDING")]),
            ([LOST, BEGUN], [IS_THERE]),
            ([BEGUN, IS_THERE], [LOST]),
            ([BEGUN], [LOST, IS_THERE]),
        ],
    )
    def test_a_lost_answer_does_not_load_twice(
        self, bench: Bench, begin: list[Answer], send: list[Answer]
    ) -> None:
        bench.script.on("upload.begin", *begin)
        bench.script.on("upload.send", *send)
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        ids = {one.json["jobReference"]["jobId"] for one in bench.script.of("upload.begin")}
        assert ids == {"ccsync_x_0"}
        assert ("bigquery.job_is_there", {"job": "ccsync_x_0"}) in bench.context.logged
        assert bench.script.asked[-1].path.endswith("/jobs/ccsync_x_0")

    def test_the_clients_own_pauses_are_off(self, bench: Bench) -> None:
        bench.script.on("upload.begin", refusal(503, "backendError"), BEGUN)
        bench.script.on("upload.send", refusal(502, "badGateway"), job("PENDING"))
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        assert len(bench.pauses) == 2, "each trouble is told to the core, which pauses"

    @pytest.mark.parametrize("reason", ["backendError", "internalError", "rateLimitExceeded"])
    def test_a_failed_job_is_tried_under_the_next_number(self, bench: Bench, reason: str) -> None:
        bench.script.on("jobs.get", failed(reason, "try again"), job("RUNNING"), job())
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        ids = [one.json["jobReference"]["jobId"] for one in bench.script.of("upload.begin")]
        assert ids == ["ccsync_x_0", "ccsync_x_1"]

    def test_a_failure_that_was_there_before_is_not_believed(self, bench: Bench) -> None:
        """Meanwhile somebody may have granted what was missing."""
        bench.script.on("upload.send", IS_THERE, job("PENDING"))
        bench.script.on("jobs.get", failed("accessDenied", "Access Denied"), job())
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        ids = [one.json["jobReference"]["jobId"] for one in bench.script.of("upload.begin")]
        assert ids == ["ccsync_x_0", "ccsync_x_1"]

    def test_patience_ends(self, bench: Bench) -> None:
        bench.script.on("jobs.get", failed("backendError", "try again"))
        with pytest.raises(
            SinkUnavailable, match=r"usage_raw: could not load rows: .*backendError"
        ):
            bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")

    def test_a_blip_of_a_look_is_no_failure_of_the_job(self, bench: Bench) -> None:
        blip = requests.ConnectionError("reset")
        bench.script.on("jobs.get", job("RUNNING"), blip, refusal(503, "backendError"), job())
        bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        assert len(bench.script.of("upload.send")) == 1

    def test_rows_that_are_refused_are_found_and_no_value_is_told(self, bench: Bench) -> None:
        text = "Error while reading data, error message: JSON table encountered too many errors"
        at = (
            "Error while reading data, error message: JSON parsing error in row starting at "
            "position 22: Could not convert value 'string_value: \"mira\"' to integer. "
            "Field: sessions; Value: mira@northwind.example"
        )
        bench.script.on("jobs.get", failed("invalid", text, at))
        with pytest.raises(LoadRefusedError) as caught:
            bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        (fault,) = caught.value.faults
        assert fault.position == 22
        assert fault.error.location == "sessions"
        assert "mira" not in str(caught.value)
        assert len(bench.script.of("upload.send")) == 1

    def test_a_missing_table_says_what_to_run(self, bench: Bench) -> None:
        text = "Not found: Table my-project:usage.usage_raw was not found in location EU"
        bench.script.on("jobs.get", failed("notFound", text))
        with pytest.raises(MissingTableError, match="ccsync bigquery init"):
            bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")

    def test_a_schema_that_does_not_fit_is_no_fault_of_rows(self, bench: Bench) -> None:
        text = "Provided Schema does not match Table my-project:usage.usage_raw. Field date has ..."
        bench.script.on("jobs.get", failed("invalid", text))
        with pytest.raises(SinkRefused, match="Provided Schema does not match") as caught:
            bench.jobs.load("load rows", "usage_raw", self.LINES, "ccsync_x")
        assert not isinstance(caught.value, LoadRefusedError)


def test_jobs_are_made_without_a_connection() -> None:
    bench = Bench()
    Jobs(bench.service, ContractContext())
    assert bench.script.asked == []
