from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.testing import a_record
from ccsync_bigquery.row_errors import (
    InvalidRow,
    InvalidRowsError,
    RowError,
    UnreadableError,
    described,
    judge,
    summary,
)
from tests.unit.sinks.bigquery.scripted import STOPPED, Rows, failing, invalid

BAD = invalid("Invalid BIGNUMERIC value: 1..2 Field: x; Value: 1..2", "model_usage[2].currency")


def said(*errors: dict[str, str]) -> Rows:
    """Answer with one error for each row."""
    return [{"index": index, "errors": [error]} for index, error in enumerate(errors)]


# ----------------------------------------------------------------------------- what became of rows


def test_nothing_listed_means_that_all_is_in() -> None:
    assert judge("usage_raw", [], 10) == ({}, [], "")


def test_refused_rows_are_told_from_those_that_were_stopped() -> None:
    verdict = judge("usage_raw", said(STOPPED, BAD, STOPPED), 3)
    assert list(verdict.invalid) == [1]
    assert verdict.again == []


def test_an_order_of_its_own_and_numbers_as_text_are_understood() -> None:
    answer = [{"index": "2", "errors": [STOPPED]}, {"index": "0", "errors": [BAD]}]
    assert list(judge("usage_raw", answer, 3).invalid) == [0]


@pytest.mark.parametrize(
    "reason", ["backendError", "internalError", "timeout", "rateLimitExceeded", "quotaExceeded"]
)
def test_rows_that_failed_inside_bigquery_are_the_only_ones_sent_again(reason: str) -> None:
    verdict = judge("usage_raw", failing(1, 4, reason=reason), 6)
    assert verdict.invalid == {}
    assert verdict.again == [1, 4]
    assert verdict.trouble == f"BigQuery did not take 2 of 6 rows: {reason}"


def test_stopped_by_nobody() -> None:
    verdict = judge("usage_raw", said(STOPPED, STOPPED), 2)
    assert verdict.again == [0, 1]
    assert "does not say why" in verdict.trouble


@pytest.mark.parametrize("reason", ["", "surprise"])
def test_an_unknown_reason_is_a_refusal(reason: str) -> None:
    verdict = judge("usage_raw", said({"reason": reason, "message": "no"}, STOPPED), 2)
    assert list(verdict.invalid) == [0]


def test_a_row_that_is_refused_and_stopped_is_refused() -> None:
    verdict = judge("usage_raw", [{"index": 0, "errors": [STOPPED, BAD]}], 1)
    assert list(verdict.invalid) == [0]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        None,
        "",
        [None],
        [{"index": 3, "errors": [BAD]}],
        [{"index": -1, "errors": [BAD]}],
        [{"index": True, "errors": [BAD]}],
        [{"index": 1.0, "errors": [BAD]}],
        [{"index": "-1", "errors": [BAD]}],
        [{"errors": [BAD]}],
        [{"index": 0}],
        [{"index": 0, "errors": []}],
        [{"index": 0, "errors": {}}],
    ],
)
def test_what_cannot_be_understood_is_never_a_success(answer: Any) -> None:
    with pytest.raises(UnreadableError):
        judge("usage_raw", answer, 3)


# ----------------------------------------------------------------------------- columns unknown yet


@pytest.mark.parametrize(
    ("error", "column"),
    [
        (invalid("no such field: is_remote.", "is_remote"), "is_remote"),
        (invalid("no such field: is_remote", ""), "is_remote"),
        (invalid("no such field.", "is_remote"), "is_remote"),
        (invalid("no such field.", "Field:is_remote"), "is_remote"),
        (
            invalid("no such field: currency.", "model_usage[3].currency"),
            "model_usage.currency",
        ),
        (invalid("no such field."), "(it does not say which)"),
    ],
)
def test_a_column_of_ours_that_is_unknown_is_waited_for(error: dict[str, str], column: str) -> None:
    verdict = judge("usage_raw", said(error, STOPPED), 5)
    assert verdict.invalid == {}
    assert verdict.again == [0, 1, 2, 3, 4], "nothing of such a request is in"
    assert f"no column {column}." in verdict.trouble
    assert "ccsync bigquery init --upgrade" in verdict.trouble


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("usage_raw", invalid("no such field: surprise.", "surprise")),
        ("usage_raw", invalid("no such field: committed_at.", "committed_at")),
        ("sync_days", invalid("no such field: actor_id.", "actor_id")),
        ("usage_raw", {**invalid("no such field: is_remote."), "reason": "surprise"}),
    ],
)
def test_any_other_unknown_column_is_a_refusal(table: str, error: dict[str, str]) -> None:
    assert list(judge(table, said(error), 1).invalid) == [0]


def test_a_row_with_another_fault_is_not_waited_for() -> None:
    lag = invalid("no such field: is_remote.", "is_remote")
    verdict = judge("usage_raw", [{"index": 0, "errors": [lag, BAD]}, *said(lag, lag)[1:]], 4)
    assert list(verdict.invalid) == [0]
    assert verdict.again == [1]


# ----------------------------------------------------------------------------- words

ADDRESS = "mira.secret@northwind.example"


@pytest.mark.parametrize(
    ("message", "location", "words"),
    [
        ("no such field: surprise.", "surprise", "no such field: surprise"),
        ("no such field.", "a.b", "a.b: no such field"),
        (
            "Missing required field: Msg_0_CLOUD_QUERY_TABLE.actor_id",
            "",
            "missing required field: actor_id",
        ),
        (
            "Missing required fields: Msg_0_CLOUD_QUERY_TABLE.a, Msg_0_CLOUD_QUERY_TABLE.b.c",
            "",
            "missing required field: a, b.c",
        ),
        (f"Invalid BIGNUMERIC value: {ADDRESS}", "x", "x: the value is no BIGNUMERIC"),
        (f"Invalid date: '{ADDRESS}' Field: x", "x", "x: the value is no date"),
        (
            f"Cannot convert value to integer (bad value): {ADDRESS}",
            "tool_actions[12].accepted",
            "tool_actions.accepted: the value is no integer",
        ),
        ("Could not convert value to string", "x", "x: the value is no string"),
        ("Conversion from bool to string is unsupported.", "x", "x: is a bool, not a string"),
        (
            f"Only optional fields can be set to NULL. Field: {ADDRESS}; Value: NULL",
            "x",
            "x: null in a required column",
        ),
        ("Array specified for non-repeated field: x.", "x", "x: a list in a column that is not"),
        ("This field: x is not a record.", "x", "x: no record in a column of records"),
        (
            "Value 19000 for partition column date of the destination table p:d.t is outside the "
            "allowed bounds. You can only stream to partitions of date range within 3650 days in "
            "the past and 366 days in the future relative to the current date.",
            "",
            "the day is too far from today for streaming",
        ),
        ("", "", "invalid"),
        ("", "x", "x: invalid"),
    ],
)
def test_known_words_are_told(message: str, location: str, words: str) -> None:
    assert words in described(RowError("invalid", location, message))
    assert ADDRESS not in described(RowError("invalid", location, message))


@pytest.mark.parametrize(
    "message",
    [
        f"no such field: {ADDRESS}",
        f"no such field: x. {ADDRESS}",
        f"no such field {ADDRESS}",
        f"Missing required field: x; {ADDRESS}",
        f"Conversion from {ADDRESS} to string is unsupported.",
        f"Could not convert value to {ADDRESS}",
        f"Something new about {ADDRESS}",
        ADDRESS,
    ],
)
def test_unknown_words_may_hold_anything_and_are_not_told(message: str) -> None:
    words = described(RowError("invalid", "x", message))
    assert words == "x: invalid (BigQuery's words may quote the value)"


@given(st.text(), st.text(), st.text(min_size=1))
def test_no_value_comes_through(reason: str, location: str, before: str) -> None:
    value = "Ω≈ç"
    for error in (
        RowError(reason, location, f"{before}{value}"),
        RowError(reason, f"{location}{value}", before),
        RowError(f"{reason}{value}", location, before),
    ):
        assert value not in described(error)


def test_the_summary_counts_faults_not_positions_in_lists() -> None:
    errors = [RowError("invalid", f"model_usage[{n}].currency", "") for n in range(3)]
    errors.append(RowError("invalid", "is_remote", ""))
    rows = [InvalidRow(a_record(), b"{}", [error]) for error in errors]
    assert summary(rows) == "model_usage.currency: invalid (3 rows), is_remote: invalid (1 row)"


def test_a_hundred_different_faults_are_no_long_message() -> None:
    rows = [InvalidRow(None, b"{}", [RowError("invalid", f"column_{n}", "")]) for n in range(100)]
    words = str(InvalidRowsError(rows, untried=True))
    assert words.startswith("BigQuery refuses 100 rows: column_0: invalid (1 row), ")
    assert words.endswith("and 95 more faults; not every row was tried")
    assert len(words) < 300
