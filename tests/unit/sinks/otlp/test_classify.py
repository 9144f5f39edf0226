from __future__ import annotations

import datetime as dt

import pytest

from ccsync.testing.otlp.protobuf import error_status
from ccsync_otlp.classify import of_grpc, of_http
from ccsync_otlp.transport import Kind, Response

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json; charset=utf-8"}
TEXT = {"content-type": "text/plain"}
HTML = {"content-type": "text/html"}


def http(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Response:
    return of_http(status, headers or {}, body, NOW)


@pytest.mark.parametrize(
    ("headers", "body", "kind", "text"),
    [
        ({}, b"", "accepted", ""),
        (PROTOBUF, b"", "accepted", ""),
        (HTML, b"", "accepted", ""),
        (JSON, b"{}", "accepted", ""),
        (JSON, b'{"partialSuccess":{}}', "accepted", ""),
        ({}, b'{"status":"ok"}', "accepted", ""),
        (TEXT, b"OK\n", "accepted", "answered 'OK', which is not OTLP"),
        (TEXT, b"welcome", "refused", "text, not an answer of a receiver: welcome"),
        (HTML, b"<h1>Hello &amp; bye</h1>", "refused", "a web page, not an answer of a receiver: "
         "Hello & bye"),
        ({}, b"<!DOCTYPE html><title> Log\nin </title>x", "refused",
         "a web page, not an answer of a receiver: Log in"),
        (PROTOBUF, b"\xff\xff", "refused", "2 bytes of application/x-protobuf, not an OTLP answer"),
        ({}, b"\xff\xff", "refused", "2 bytes of unknown content, not an OTLP answer"),
        (JSON, b"[]", "refused", "JSON, but not an OTLP answer: []"),
        (JSON, b"{", "refused", "JSON that cannot be read: {"),
    ],
)  # fmt: skip
def test_good_statuses(headers: dict[str, str], body: bytes, kind: Kind, text: str) -> None:
    for status in (200, 202):
        assert http(status, body, headers) == Response(kind, f"HTTP {status}", text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}',
        b'{"partial_success":{"rejected_data_points":3,"error_message":"no"}}',
        b'{"partialSuccess":{"rejectedDataPoints":3.0,"errorMessage":"no"}}',
    ],
)
def test_partial_success_in_json(body: bytes) -> None:
    assert http(200, body, JSON) == Response("partial", "HTTP 200", "no", rejected=3)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":["bad name"]}',
        b'{"status":"error","message":"bad name"}',
        b'{"success":false,"message":"bad name"}',
        b'{"status":false,"message":"bad name"}',
        b'{"code":403,"message":"bad name"}',
        b'{"code":3,"message":"bad name"}',
    ],
)
def test_errors_in_a_good_answer(body: bytes) -> None:
    response = http(200, body, JSON)
    assert response.kind == "partial"
    assert "bad name" in response.text


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"status":"ok"}',
        b'{"errors":[]}',
        b'{"code":200}',
        b'{"code":0}',
        b'{"status":true}',
    ],
)
def test_other_words_for_yes(body: bytes) -> None:
    assert http(200, body, JSON) == Response("accepted", "HTTP 200")


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        (PROTOBUF, error_status(3, "bad name"), "bad name"),
        (PROTOBUF, b"\xff", "1 bytes that cannot be read"),
        (JSON, b'{"message":"bad name","code":3}', "bad name"),
        (JSON, b'{"error":{"message":"bad name"}}', "bad name"),
        (JSON, b'{"errors":["bad name"]}', '["bad name"]'),
        (JSON, b'{"status":"bad"}', '{"status":"bad"}'),
        (JSON, b"bad name", "bad name"),
        (TEXT, b"bad name\xff", "bad name\N{REPLACEMENT CHARACTER}"),
        (HTML, b"<html><head><title>400 Bad</title></head><body>x</body></html>", "400 Bad"),
    ],
)
def test_the_words_of_an_error_are_found(headers: dict[str, str], body: bytes, text: str) -> None:
    assert http(400, body, headers) == Response("bad_request", "HTTP 400", text)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "request body too large", "too_large"),
        (402, "", "refused"),
        (410, "", "refused"),
        (422, "", "bad_request"),
        (425, "", "unavailable"),
        (500, "Permanent error: rpc error", "bad_request"),
        (500, "", "unavailable"),
        (501, "", "refused"),
        (503, "too old sample", "unavailable"),
        (529, "", "unavailable"),
    ],
)
def test_statuses_of_errors(status: int, text: str, kind: Kind) -> None:
    assert http(status, text.encode(), TEXT).kind == kind


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("https://user:key@login.example:8443/in?key=1", "a redirect to https://login.example/in"),
        ("//login.example/in", "a redirect to http://login.example/in"),
        ("/in", "a redirect"),
        ("http://[", "a redirect"),
        ("", "a redirect"),
    ],
)
def test_redirects_say_where_to_without_secrets(location: str, text: str) -> None:
    response = http(302, b"moved", {"location": location})
    assert response == Response("refused", "HTTP 302", f"{text}, which was not followed")


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:40 GMT"}, 40.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        # The other side's clock is an hour behind: its own date is what counts.
        ({"retry-after": "Sun, 22 Nov 2026 11:00:40 GMT", "date": "Sun, 22 Nov 2026 11:00:00 GMT"},
         40.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_pauses(status: int, headers: dict[str, str], pause: float | None) -> None:
    assert http(status, b"", headers).retry_after == pause
    assert http(400, b"", headers).retry_after is None


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("UNAVAILABLE", "Received http2 header with status: 404", "refused"),
        ("UNKNOWN", "Received http2 header with status: 302", "refused"),
        ("UNAVAILABLE", "Received http2 header with status: 503", "unavailable"),
        ("UNAVAILABLE", "Received http2 header with status: 429", "unavailable"),
        ("UNAVAILABLE", "too old sample", "unavailable"),
        ("OUT_OF_RANGE", "too old sample", "bad_request"),
        ("RESOURCE_EXHAUSTED", "grpc: received message larger than max (5 vs. 4)", "too_large"),
        ("INVALID_ARGUMENT", "message larger than max", "too_large"),
    ],
)
def test_grpc_codes_with_telling_words(code: str, text: str, kind: Kind) -> None:
    assert of_grpc(code, text, None) == Response(kind, f"gRPC {code}", text)


def test_pauses_over_grpc() -> None:
    assert of_grpc("UNAVAILABLE", "", error_status(14, "", 2.5)).retry_after == 2.5
    assert of_grpc("UNAVAILABLE", "", error_status(14, "")).retry_after is None
    assert of_grpc("UNAVAILABLE", "", b"\xff").retry_after is None
    assert of_grpc("UNAVAILABLE", "", error_status(14, "", -1)).retry_after is None
