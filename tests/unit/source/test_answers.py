from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest

from ccsync.errors import SourceError, SourceNotYet, SourceRefused, SourceUnavailable
from ccsync.source.answers import (
    Answer,
    CursorLostError,
    DayRefusedError,
    NoAnswerError,
    Question,
    check,
    pause_named,
)
from ccsync.source.kind import KeyKind

from .fake_api import sample

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
FIRST = Question("/path", about="2026-11-19")
SECOND = Question("/path", about="2026-11-19", params={"page": "page_x"})
TODAY = Question("/path", about="2026-11-22", may_come_later=True)
MALFORMED = sample("error_400.json")


def checked(
    status: int,
    body: bytes = MALFORMED,
    question: Question = FIRST,
    key: KeyKind = KeyKind.ADMIN,
    **headers: str,
) -> SourceError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(SourceError) as caught:
        check(
            Answer(status, {"request-id": "req_1", **named}, body),
            question,
            host="api.example",
            key=key,
            now=NOW,
        )
    assert "req_1" in str(caught.value)
    assert str(caught.value).startswith(f"{question.about}: api.example answered {status}")
    return caught.value


def test_200_is_read() -> None:
    check(Answer(200, {}, b""), FIRST, host="api.example", key=KeyKind.ADMIN, now=NOW)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529, 599, 204, 206])
def test_what_is_tried_again(status: int) -> None:
    assert type(checked(status)) is NoAnswerError
    assert type(checked(status, question=SECOND)) is NoAnswerError


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 301, 302, 307, 308])
def test_what_every_day_would_be_refused(status: int) -> None:
    assert type(checked(status)) is SourceRefused


@pytest.mark.parametrize("status", [400, 410, 413, 418, 422])
def test_what_only_this_day_is_refused(status: int) -> None:
    assert type(checked(status)) is DayRefusedError


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_may_be_lost(status: int) -> None:
    assert type(checked(status, question=SECOND)) is CursorLostError
    assert type(checked(status, question=SECOND, x_should_retry="false")) is CursorLostError


def test_the_running_day_may_come_later() -> None:
    assert type(checked(400, question=TODAY)) is SourceNotYet
    assert type(checked(403, question=TODAY)) is SourceRefused
    assert type(checked(500, question=TODAY)) is NoAnswerError


def test_the_api_may_say_whether_to_try_again() -> None:
    assert type(checked(400, x_should_retry="true")) is NoAnswerError
    assert type(checked(400, question=SECOND, x_should_retry="true")) is NoAnswerError
    refused = checked(503, x_should_retry="false")
    assert type(refused) is SourceUnavailable
    assert "trying again does not help" in str(refused)
    assert type(checked(302, x_should_retry="true")) is SourceRefused


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "7.5"}, 7.5),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True)}, 90),
        ({"retry-after": format_datetime(NOW - dt.timedelta(seconds=90), usegmt=True)}, None),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "0", "retry-after": "7"}, 7),
        ({"retry-after-ms": "x", "retry-after": "7"}, 7),
        ({"anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30Z"}, 30),
        ({"anthropic-ratelimit-requests-reset": "2026-11-22T11:59:30Z"}, None),
        ({"anthropic-ratelimit-requests-reset": "later"}, None),
        ({"retry-after": "0", "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30Z"}, 30),
        ({"retry-after": "7", "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30Z"}, 7),
    ],
)
def test_the_pause_that_is_named(headers: dict[str, str], pause: float | None) -> None:
    assert pause_named(Answer(429, headers, b""), NOW) == pause


def test_the_rate_limit_reset_speaks_of_rate_limits_only() -> None:
    headers = {"anthropic-ratelimit-requests-reset": "2026-11-22T12:00:30Z"}
    assert pause_named(Answer(503, headers, b""), NOW) is None


def test_the_pause_goes_with_the_error() -> None:
    error = checked(429, sample("error_429.json"), retry_after="7")
    assert isinstance(error, NoAnswerError)
    assert error.retry_after == 7
    assert 'answered 429 rate_limit_error: "Rate limited" (request-id req_1)' in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"type": "rate_limit_error", "message": "Monthly usage threshold crossed"}}',
        b'{"error": {"message": "x", "details": {"error_code": "enforced_spend_limit_reached"}}}',
    ],
)
def test_a_limit_that_no_waiting_clears(body: bytes) -> None:
    error = checked(429, body)
    assert type(error) is SourceRefused
    assert "waiting does not help" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "key", "advice"),
    [
        (401, "error_401.json", KeyKind.ADMIN, ["revoked or expired: make a new one in Claude"]),
        (401, "error_401.json", KeyKind.UNKNOWN, ["revoked or expired", "Needed is an Admin"]),
        (401, "error_401.json", KeyKind.OAUTH, ["looks like an OAuth token", "tokens always have"]),
        (403, "error_400.json", KeyKind.WORKSPACE, ["bound to a workspace do", "Needed is"]),
        (403, "error_400.json", KeyKind.ENTERPRISE, ["Enterprise Analytics API", "Needed is"]),
        (403, "error_403.json", KeyKind.ADMIN, ["kind of organization", "Team plans"]),
        (404, "error_403.json", KeyKind.ADMIN, ["kind of organization", "Team plans"]),
        (404, "error_400.json", KeyKind.ADMIN, ["source.base_url", "proxy"]),
        (402, "error_400.json", KeyKind.ADMIN, ["Billing"]),
        (407, "error_502.html", KeyKind.ADMIN, ["HTTPS_PROXY", "web page"]),
    ],
)  # fmt: skip
def test_advice(status: int, body: str, key: KeyKind, advice: list[str]) -> None:
    said = str(checked(status, sample(body), key=key))
    for part in advice:
        assert part in said


def test_an_admin_key_that_is_not_known_says_first_what_to_do() -> None:
    said = str(checked(401, sample("error_401.json"), key=KeyKind.ADMIN))
    assert (
        "answered 401: the Admin key is wrong, revoked or expired: make a new one in Claude "
        'Console > Settings > Admin keys. Its words: 401 authentication_error: "'
    ) in said
    assert "Needed is" not in said, "it is there already"
    assert len(said) < 300


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("this key is limited to a workspace", "bound to a workspace"),
        ("enterprise keys are not accepted", "Enterprise Analytics API"),
        ("subscription accounts have no access", "Team plans"),
    ],
)
def test_advice_listens_to_what_the_api_says(message: str, advice: str) -> None:
    body = b'{"error": {"type": "permission_error", "message": "%s"}}' % message.encode()
    assert advice in str(checked(403, body, key=KeyKind.UNKNOWN))


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example/sso?token=x", " to login.example."),
        ("//other.example/x", " to other.example."),
        ("https://user:pass@login.example/", " to login.example."),
        ("/elsewhere", "a redirect."),
    ],
)
def test_a_redirect_is_not_followed_and_says_where_it_leads(location: str, shown: str) -> None:
    said = str(checked(302, b"", location=location))
    assert shown in said
    assert "source.base_url" in said
    assert "token=x" not in said
    assert "pass" not in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b"{}",
        b'{"error": null}',
        b'{"error": {"message": 5}}',
        b"\xff",
        b"<html>",
        b"[" * 100000,
        b'{"error": "x"}',
        b'{"error": {"details": []}}',
    ],
)
@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_error_bodies_of_any_shape(status: int, body: bytes) -> None:
    checked(status, body)


def test_the_request_id_may_be_in_the_body_only() -> None:
    with pytest.raises(SourceRefused, match=r"\(request-id req_fict0002\)"):
        check(
            Answer(401, {}, sample("error_401.json")),
            FIRST,
            host="api.example",
            key=KeyKind.ADMIN,
            now=NOW,
        )


def test_messages_are_one_short_line_without_keys() -> None:
    body: Any = b'{"error": {"message": "bad\\n\\u001b[31m key sk-ant-admin01-abcdef %s"}}'
    said = str(checked(401, body % (b"x" * 5000)))
    assert "sk-ant-admin01-abcdef" not in said
    assert said.isprintable()
    assert len(said) < 1200
