"""What each answer of BigQuery means: the whole table, by the words that BigQuery uses."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync_bigquery import errors
from ccsync_bigquery.answers import (
    Answer,
    Kind,
    classify,
    no_answer,
    of_job,
    one_line,
    pause_asked_for,
    permission_in,
)
from ccsync_bigquery.errors import (
    AnswerError,
    ExistsError,
    ForbiddenError,
    MissingJobError,
    MissingTableError,
    StreamingBufferError,
    TooLargeError,
)
from ccsync_bigquery.names import Place

PLACE = Place("my-project", "usage")
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)

DENIED = (
    "Access Denied: Table my-project:usage.usage_raw: Permission bigquery.tables.updateData denied "
    "on table my-project:usage.usage_raw (or it may not exist)."
)
PERIMETER = (
    "VPC Service Controls: Request is prohibited by organization's policy. "
    "vpcServiceControlsUniqueIdentifier: XlFLBBM_Wstu6u3Qn5s1K."
)
PAGE_413 = "<!DOCTYPE html><html><title>Error 413 (Request Entity Too Large)!!1</title></html>"
PAGE_502 = "<html><head><title>502 Server Error</title></head><body>Try again.</body></html>"

TABLE: list[tuple[Kind, int | None, str, str]] = [
    ("unavailable", 429, "rateLimitExceeded", "Exceeded rate limits"),
    ("unavailable", 429, "", "slow down"),
    ("unavailable", 403, "rateLimitExceeded", "Exceeded rate limits: too many requests"),
    ("unavailable", 500, "internalError", "An internal error occurred"),
    ("unavailable", 500, "", "unknown error"),
    ("unavailable", 502, "", PAGE_502),
    ("unavailable", 503, "backendError", "Error encountered during execution. Retry may help."),
    ("unavailable", 504, "", "Gateway Timeout"),
    ("unavailable", 408, "timeout", "Request timed out"),
    ("unavailable", 412, "conditionNotMet", "Precondition check failed."),
    ("unavailable", 400, "jobBackendError", "The job encountered an error. Try again."),
    ("unavailable", 400, "tableUnavailable", "Table is unavailable"),
    (
        "unavailable",
        400,
        "invalidQuery",
        "Could not serialize access to table my-project:usage.usage_raw due to concurrent update",
    ),
    (
        "unavailable",
        403,
        "quotaExceeded",
        "Quota exceeded: Your project: 1 exceeded quota for tabledata.insertAll bytes per second "
        "per project.",
    ),
    (
        "unavailable",
        403,
        "quotaExceeded",
        "Quota exceeded: Your project exceeded quota for concurrent queries.",
    ),
    (
        "quota",
        403,
        "quotaExceeded",
        "Quota exceeded: Your table exceeded quota for imports or query appends per table.",
    ),
    (
        "quota",
        403,
        "quotaExceeded",
        "Custom quota exceeded: Your usage exceeded the custom quota for QueryUsagePerDay",
    ),
    ("too_large", 413, "", PAGE_413),
    ("too_large", 413, "uploadTooLarge", "Request Entity Too Large"),
    (
        "too_large",
        400,
        "badRequest",
        "Request payload size exceeds the limit: 10485760 bytes.",
    ),
    ("too_large", 400, "invalid", "Too many rows present in the request. Row count: 50001"),
    ("missing_table", 404, "notFound", "Not found: Table my-project:usage.usage_raw"),
    ("missing_table", 404, "notFound", "Table 123:usage.usage_raw not found."),
    ("missing_table", 404, "notFound", "Table is deleted: 123:usage.usage_raw"),
    ("missing_dataset", 404, "notFound", "Not found: Dataset my-project:usage"),
    (
        "missing_dataset",
        404,
        "notFound",
        "Not found: Dataset my-project:usage was not found in location EU",
    ),
    ("missing_dataset", 404, "notFound", "Not found: Project my-projekt"),
    ("missing_job", 404, "notFound", "Not found: Job my-project:US.ccsync_1"),
    ("invalid", 404, "", "<html><title>Not Found</title></html>"),
    ("exists", 409, "duplicate", "Already Exists: Job my-project:US.ccsync_1"),
    ("exists", 409, "duplicate", "Already Exists: Table my-project:usage.usage_raw"),
    ("forbidden", 403, "accessDenied", DENIED),
    ("forbidden", 403, "forbidden", PERIMETER),
    ("forbidden", 403, "", "Forbidden"),
    (
        "forbidden",
        403,
        "accessNotConfigured",
        "BigQuery API has not been used in project 1 before or it is disabled.",
    ),
    ("forbidden", 403, "billingNotEnabled", "Billing is not enabled for this project"),
    (
        "forbidden",
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
    ),
    (
        "free_tier",
        403,
        "accessDenied",
        "Access Denied: BigQuery BigQuery: Streaming insert is not allowed in the free tier",
    ),
    (
        "free_tier",
        403,
        "billingNotEnabled",
        "Billing has not been enabled for this project. DML queries are not allowed in the free "
        "tier.",
    ),
    ("login", 401, "authError", "Invalid Credentials"),
    ("forbidden", 407, "", "the proxy of the environment answered 407"),
    ("invalid", 400, "invalid", "Invalid table ID"),
    ("invalid", 400, "invalidQuery", "Syntax error: Unexpected end of script at [1:7]"),
    (
        "invalid",
        400,
        "invalidQuery",
        "Cannot query over table 'my-project.usage.usage_raw' without a filter over column(s) "
        "'date' that can be used for partition elimination",
    ),
    (
        "streaming_buffer",
        400,
        "invalidQuery",
        "UPDATE or DELETE statement over table my-project.usage.usage_raw would affect rows in "
        "the streaming buffer, which is not supported",
    ),
    ("invalid", 302, "", "a redirect, which is not followed"),
    ("invalid", 501, "notImplemented", "Not implemented"),
    ("invalid", 418, "", "a teapot"),
    # Failed jobs: without a status of HTTP.
    ("unavailable", None, "backendError", "Error encountered during execution."),
    ("unavailable", None, "internalError", "An internal error occurred"),
    ("unavailable", None, "jobRateLimitExceeded", "Job exceeded rate limits"),
    ("quota", None, "quotaExceeded", "Quota exceeded: imports per project"),
    ("missing_table", None, "notFound", "Not found: Table my-project:usage.usage_raw"),
    ("forbidden", None, "accessDenied", "Access Denied: Project my-project"),
    ("exists", None, "duplicate", "Already Exists: Job"),
    ("invalid", None, "invalid", "Error while reading data, error message: JSON parsing error"),
    ("invalid", None, "", ""),
]


@pytest.mark.parametrize(("kind", "status", "reason", "message"), TABLE)
def test_each_answer_has_its_kind(
    kind: Kind, status: int | None, reason: str, message: str
) -> None:
    assert classify(status, reason, message).kind == kind


ADVICE = [
    (413, "", PAGE_413, "batch_bytes"),
    (404, "notFound", "Not found: Table my-project:usage.usage_raw", "`ccsync bigquery init`"),
    (404, "notFound", "Not found: Dataset my-project:usage", "`ccsync bigquery init`"),
    (404, "notFound", "Not found: Dataset x was not found in location EU", "bq show"),
    (404, "notFound", "Not found: Project my-projekt", "`billing_project`"),
    (404, "", "<html></html>", "`endpoint`"),
    (403, "billingNotEnabled", "DML is not allowed in the free tier", "Link a billing account"),
    (403, "accessDenied", "Streaming insert is not allowed in the free tier", "`mode: load`"),
    (403, "quotaExceeded", "imports per table", "Quotas & System Limits"),
    (403, "forbidden", PERIMETER, "identifier above"),
    (403, "billingNotEnabled", "no billing", "billing account"),
    (403, "accessNotConfigured", "API disabled", "gcloud services enable"),
    (403, "", "Request had insufficient authentication scopes", "cloud-platform"),
    (401, "authError", "Invalid Credentials", "gcloud auth application-default login"),
    (407, "", "proxy", "HTTPS_PROXY"),
    (400, "invalid", "Cannot read and write in different locations: EU, US", "location"),
    (400, "invalidQuery", "Cannot query over table 'x' without a filter", "require_partition"),
]


@pytest.mark.parametrize(("status", "reason", "message", "expected"), ADVICE)
def test_a_refusal_names_what_to_do(status: int, reason: str, message: str, expected: str) -> None:
    error = made(classify(status, reason, message))
    assert isinstance(error, AnswerError)
    assert expected in error.advice
    assert str(error) == f"{error.what}. {error.advice}"
    assert "{" not in str(error)


def test_the_identifier_of_a_perimeter_is_in_the_message() -> None:
    assert "XlFLBBM_Wstu6u3Qn5s1K" in str(made(classify(403, "forbidden", PERIMETER)))


def test_a_missing_permission_is_named_with_the_role_and_the_command() -> None:
    error = made(classify(403, "accessDenied", DENIED))
    assert isinstance(error, ForbiddenError)
    assert error.permission == "bigquery.tables.updateData"
    assert "roles/bigquery.dataEditor on the dataset my-project.usage" in error.advice
    assert "GRANT `roles/bigquery.dataEditor` ON SCHEMA `my-project`.usage" in error.advice


def test_a_permission_of_jobs_is_granted_on_the_project_that_is_billed() -> None:
    denied = "User does not have bigquery.jobs.create permission in project billed-project."
    answer = classify(403, "accessDenied", f"Access Denied: Project billed-project: {denied}")
    account = "ccsync@my-project.iam.gserviceaccount.com"
    error = errors.of(answer, "ask", place=PLACE, billing="billed-project", account=account)
    assert isinstance(error, ForbiddenError)
    assert error.permission == "bigquery.jobs.create"
    assert (
        "gcloud projects add-iam-policy-binding billed-project "
        f"--member=serviceAccount:{account} --role=roles/bigquery.jobUser" in error.advice
    )


def test_the_callers_permission_fills_in_for_one_that_is_not_named() -> None:
    error = made(classify(403, "accessDenied", "Access Denied"), permission="bigquery.tables.get")
    assert isinstance(error, ForbiddenError)
    assert error.permission == "bigquery.tables.get"
    assert "roles/bigquery.dataEditor" in error.advice


@pytest.mark.parametrize(
    ("account", "says", "member"),
    [
        ("", "It is about ccsync's own account. It lacks", '"MEMBER", with that account in the pl'),
        ("mira@company.example", "ccsync logs in as mira@company.example. It lacks", "user:mira@c"),
        ("c@p.iam.gserviceaccount.com", "ccsync logs in as c@p.iam.", "serviceAccount:c@p.iam."),
    ],
)
def test_who_is_to_get_the_role_is_said(account: str, says: str, member: str) -> None:
    advice = errors.grant("bigquery.tables.get", place=PLACE, billing="b", account=account)
    assert advice.startswith(says)
    assert member in advice


def test_an_unknown_permission_is_told_without_a_guess() -> None:
    error = made(classify(403, "accessDenied", "Permission bigquery.tables.setCategory denied"))
    assert "a role with bigquery.tables.setCategory" in str(error)
    assert "permissions" in str(made(classify(403, "", "Forbidden")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DENIED, "bigquery.tables.updateData"),
        ("User does not have bigquery.jobs.create permission in project x", "bigquery.jobs.create"),
        ("User does not have permission to query table p:d.t", "bigquery.tables.getData"),
        ("https://bigquery.googleapis.com/ said no", None),
        ("Access Denied", None),
    ],
)
def test_permissions_are_found_in_words(text: str, expected: str | None) -> None:
    assert permission_in(text) == expected


CLASSES: list[tuple[Answer, type[SinkError]]] = [
    (no_answer("reset"), SinkUnavailable),
    (classify(413, "", PAGE_413), TooLargeError),
    (classify(404, "notFound", "Not found: Table x"), MissingTableError),
    (classify(404, "notFound", "Not found: Dataset x"), MissingTableError),
    (classify(404, "notFound", "Not found: Job x"), MissingJobError),
    (classify(409, "duplicate", "Already Exists: Job x"), ExistsError),
    (classify(403, "accessDenied", DENIED), ForbiddenError),
    (classify(403, "forbidden", PERIMETER), ForbiddenError),
    (classify(400, "", "would affect rows in the streaming buffer"), StreamingBufferError),
    (classify(403, "quotaExceeded", "per table"), AnswerError),
    (classify(401, "", "no"), AnswerError),
]


@pytest.mark.parametrize(("answer", "expected"), CLASSES)
def test_each_kind_has_its_error(answer: Answer, expected: type[SinkError]) -> None:
    error = made(answer)
    assert type(error) is expected
    assert isinstance(error, SinkUnavailable | SinkRefused)


def test_a_message_says_where_what_and_who_said_it() -> None:
    answer = classify(503, "backendError", "Try again.", retry_after=7.0)
    error = errors.of(answer, "stream rows", place=PLACE, billing="b", table="usage_raw")
    expected = "my-project.usage.usage_raw: could not stream rows: BigQuery answered 503 "
    assert str(error) == f"{expected}backendError: Try again"
    assert isinstance(error, SinkUnavailable)
    assert error.retry_after == 7.0


def test_a_job_and_a_silence_are_told_as_what_they_are() -> None:
    failed = of_job({"reason": "invalid", "message": "Bad row", "location": "file"})
    assert failed.said == "BigQuery answered invalid: Bad row"
    assert no_answer("it broke off").said == "BigQuery gave no answer: it broke off"
    assert of_job({}).kind == "invalid"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAGE_413, "a web page, 'Error 413 (Request Entity Too Large)!!1'"),
        ("<html><body>no title</body></html>", "a web page"),
        ("two\n  lines.", "two lines"),
        ("x" * 500, "x" * 400 + "..."),
    ],
)
def test_words_fit_on_a_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("12", 12.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", None),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(
    header: str | None, expected: float | None
) -> None:
    assert pause_asked_for(header, NOW) == expected


def made(answer: Answer, *, permission: str | None = None) -> SinkError:
    return errors.of(answer, "ask", place=PLACE, billing="billed", permission=permission)
