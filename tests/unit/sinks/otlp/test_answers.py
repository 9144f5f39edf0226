from __future__ import annotations

from typing import get_args

import pytest

from ccsync_otlp import answers
from ccsync_otlp.settings import PresetName
from ccsync_otlp.transport import Kind, Response

TOO_OLD = [
    "out of bounds",
    "too old sample",
    "out of order sample",
    "the sample has been rejected because its timestamp is too old "
    "(err-mimir-sample-timestamp-too-old)",
    "the sample has been rejected because another sample with a more recent timestamp has already "
    "been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order)",
    "received a sample whose timestamp is older than the out-of-order time window",
    "the document timestamp [2026-11-19T12:00:00.000Z] is outside of ranges of currently writable "
    "indices [[2026-11-22T08:00:00.000Z,2026-11-22T12:00:00.000Z]]",
    "datapoint is too far in the past",
    "Points must be written in order. One or more of the points specified had an older end time "
    "than the most recent point.",
    "Data points cannot be written more than 25h in the past.",
    "metrics with timestamps older than 48 hours are dropped",
    "3 points rejected due to exceeding the allowed retention period",
    "timestamp is out of range",
]

OTHER = {
    "too_large": [
        "Received message larger than max (5000000 vs. 4194304)",
        "http: request body too large",
        "payload too large",
        "the request body exceeds the limit of 512000 bytes",
    ],
    "temporality": [
        "invalid temporality and type combination for metric",
        "UNSUPPORTED_METRIC_TYPE_MONOTONIC_CUMULATIVE_SUM",
    ],
    "duplicate": [
        "duplicate sample for timestamp",
        "another sample with the same timestamp, but a different value (err-mimir-"
        "sample-duplicate-timestamp)",
    ],
    "future": [
        "received a sample whose timestamp is too far in the future",
        "err-mimir-too-far-in-future",
    ],
}

HARMLESS = [
    "",
    "disk full",
    "unauthorized",
    "per-user series limit of 150000 exceeded",
    "rate limit exceeded",
    "invalid label name",
    "upgrade your client, this version is old",
]


@pytest.mark.parametrize("text", TOO_OLD)
def test_words_for_too_old(text: str) -> None:
    assert answers.is_too_old(text)
    assert answers.is_too_old(f"rpc error: code = Internal desc = {text.upper()}")
    assert answers.complaint(text) == "too_old"
    assert answers.speaks_of_loss(text)
    assert answers.is_permanent(text)


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in OTHER.items() for text in texts]
)
def test_words_for_other_things(kind: str, text: str) -> None:
    assert answers.complaint(text) == kind
    assert not answers.is_too_old(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_words_that_say_nothing_of_the_kind(text: str) -> None:
    assert answers.complaint(text) is None
    assert not answers.is_permanent(text)
    assert not answers.speaks_of_loss(text)


def test_a_message_with_nothing_rejected_may_still_speak_of_loss() -> None:
    assert answers.speaks_of_loss("(err-mimir-max-series-per-user)")
    assert answers.speaks_of_loss("some samples were dropped")
    assert not answers.speaks_of_loss("please use a newer version of the protocol")


def test_a_collector_names_permanent_errors() -> None:
    assert answers.is_permanent("rpc error: Permanent error: rpc error: code = Unknown")


@pytest.mark.parametrize(
    ("kind", "status", "text", "preset", "advised"),
    [
        ("partial", "HTTP 200", "too old sample", "prometheus", "out_of_order_time_window"),
        ("bad_request", "HTTP 400", "out of bounds", "mimir", "out_of_order_time_window"),
        ("bad_request", "HTTP 400", "too old sample", "grafana-cloud", "ask its support"),
        ("bad_request", "HTTP 400", "too old sample", "datadog", "Historical Metrics"),
        ("partial", "HTTP 200", "older than 48 hours: points older than", "newrelic", "48 hours"),
        ("bad_request", "HTTP 400", "is outside of ranges of currently writable indices", "elastic",
         "index.look_back_time"),
        ("bad_request", "HTTP 400", "too old", "gcm", "point_time: observed"),
        ("bad_request", "HTTP 400", "too old", "otlp", "README"),
        ("bad_request", "HTTP 400", "duplicate sample for timestamp", "mimir", "second ccsync"),
        ("bad_request", "HTTP 500", "invalid temporality", "prometheus", "kind: gauge"),
        ("bad_request", "HTTP 400", "too far in the future", "prometheus", "clock"),
        ("bad_request", "HTTP 400", "no idea", "prometheus", "its log"),
        ("too_large", "HTTP 413", "", "otlp", "max_request_bytes"),
        ("refused", "HTTP 401", "", "otlp", "login is missing, wrong or expired"),
        ("refused", "HTTP 403", "", "otlp", "permission"),
        ("refused", "HTTP 404", "", "otlp", "end in /v1/metrics"),
        ("refused", "HTTP 404", "", "prometheus", "--web.enable-otlp-receiver"),
        ("refused", "HTTP 404", "", "victoriametrics", "end in /opentelemetry/v1/metrics"),
        ("refused", "HTTP 405", "", "mimir", "end in /otlp/v1/metrics"),
        ("refused", "HTTP 407", "", "otlp", "NO_PROXY"),
        ("refused", "HTTP 415", "", "otlp", "`protocol`"),
        ("refused", "HTTP 302", "", "otlp", "answers by itself"),
        ("refused", "HTTP 200", "a web page", "elastic", "end in /_otlp/v1/metrics"),
        ("refused", "gRPC UNAUTHENTICATED", "", "otlp", "login"),
        ("refused", "gRPC UNIMPLEMENTED", "", "otlp", "4317"),
        ("unavailable", "no answer", "", "otlp", "check that the receiver runs"),
    ],
)  # fmt: skip
def test_advice(kind: Kind, status: str, text: str, preset: str, advised: str) -> None:
    assert advised in answers.advice(Response(kind, status, text), preset)


def test_missing_headers_are_named() -> None:
    response = Response("refused", "HTTP 401")
    advised = answers.advice(response, "honeycomb", missing=["x-honeycomb-team"])
    assert advised == "add to headers: x-honeycomb-team"


@pytest.mark.parametrize("kind", ["accepted", "unavailable"])
def test_no_advice_where_nothing_needs_doing(kind: Kind) -> None:
    assert answers.advice(Response(kind, "HTTP 503", "too old"), "otlp") == ""


@pytest.mark.parametrize("preset", get_args(PresetName))
def test_every_preset_knows_what_to_do_about_old_days(preset: str) -> None:
    assert answers.advice(Response("bad_request", "HTTP 400", "too old"), preset)
