from __future__ import annotations

import datetime as dt
import email.utils
import http.client
import json
import socket
import time
from typing import Any

import httpx
import pytest

from ccsync.simulator import ScriptedOrganization, Simulator, effects
from ccsync.simulator.effects import Effect

from .conftest import DAY, Ask, Clock, Reply, Start, people, wait_for_threads


@pytest.fixture(name="ask")
def _ask(start: Start, clock: Clock) -> Ask:
    return start(Simulator(ScriptedOrganization({DAY: people(5)}), now=clock))


def spoilt(ask: Ask, effect: Effect, **parameters: int) -> Reply:
    """The spoilt answer; the next one must be right again."""
    ask.api.faults.add(effect)
    reply = ask.report(DAY, **parameters)
    assert len(ask.report().json["data"]) == 5
    return reply


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, "authentication_error"),
        (404, "not_found_error"),
        (408, "invalid_request_error"),
        (409, "conflict_error"),
        (410, "invalid_request_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_a_status_comes_with_the_documented_body(ask: Ask, code: int, kind: str) -> None:
    reply = spoilt(ask, effects.status(code))
    assert reply.error == (code, kind)
    assert "x-should-retry" not in reply.headers


@pytest.mark.parametrize("wish", [True, False])
def test_a_status_can_say_whether_to_retry(ask: Ask, wish: bool) -> None:
    for effect in (effects.status(500, should_retry=wish), effects.rate_limited(should_retry=wish)):
        assert spoilt(ask, effect).headers["x-should-retry"] == str(wish).lower()


def test_rate_limits_in_all_their_forms(ask: Ask, clock: Clock) -> None:
    plain = spoilt(ask, effects.rate_limited())
    assert plain.error == (429, "rate_limit_error")
    assert plain.json["error"]["message"] == "Rate limited"
    assert "retry-after" not in plain.headers
    assert spoilt(ask, effects.rate_limited(7)).headers["retry-after"] == "7"
    assert spoilt(ask, effects.rate_limited(0)).headers["retry-after"] == "0"
    assert spoilt(ask, effects.rate_limited(0.5)).headers["retry-after"] == "0.5"
    dated = spoilt(ask, effects.rate_limited(dt.timedelta(seconds=90)))
    moment = email.utils.parsedate_to_datetime(dated.headers["retry-after"])
    assert moment - clock() == dt.timedelta(seconds=90)
    assert spoilt(ask, effects.rate_limited(retry_after_ms=250)).headers["retry-after-ms"] == "250"
    stale = spoilt(ask, effects.rate_limited(reset=dt.timedelta(seconds=-30)))
    assert stale.headers["anthropic-ratelimit-requests-reset"] == "2026-11-20T12:29:30Z"


@pytest.mark.parametrize("code", [502, 200])
def test_html(ask: Ask, code: int) -> None:
    reply = spoilt(ask, effects.html(code))
    assert reply.status == code
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_a_truncated_body_is_shorter_than_promised(ask: Ask) -> None:
    whole = ask.report()
    ask.api.faults.add(effects.truncated(0.5))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask.report()
    assert caught.value.partial == whole.body[: len(whole.body) // 2]
    ask.api.faults.add(effects.truncated())
    with (
        httpx.Client(base_url=ask.api.base_url, headers=ask.headers()) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(ask.api.requests[0].target)


def test_broken_json_has_a_proper_length(ask: Ask) -> None:
    reply = spoilt(ask, effects.broken_json(0.5))
    assert int(reply.headers["content-length"]) == len(reply.body)
    with pytest.raises(json.JSONDecodeError):
        _ = reply.json


def test_a_reset_connection(ask: Ask) -> None:
    ask.api.faults.add(effects.reset())
    with pytest.raises(ConnectionResetError):
        ask.report()
    assert ask.report().status == 200
    assert ask.api.counts.by_status == {0: 1, 200: 1}


def test_a_stall_sends_nothing_and_hangs_up(ask: Ask) -> None:
    ask.api.faults.add(effects.stall(0.2))
    began = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        ask.report()
    assert time.monotonic() - began >= 0.19


def test_a_stall_in_the_middle_of_the_body(ask: Ask) -> None:
    ask.api.faults.add(effects.stall(0.1, share=0.5))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask.report()
    assert caught.value.partial


def test_a_stall_ends_when_the_client_has_enough(ask: Ask) -> None:
    ask.api.faults.add(effects.stall(60))
    with httpx.Client(base_url=ask.api.base_url, timeout=0.1) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"/v1/organizations/usage_report/claude_code?starting_at={DAY}")
        client.close()
    wait_for_threads(1)  # the listener's


def test_a_stall_ends_when_the_simulated_api_closes(clock: Clock) -> None:
    began = time.monotonic()
    with Simulator(ScriptedOrganization(), now=clock) as api:
        api.faults.add(effects.stall(60))
        ask = Ask(api)
        connection = ask.connect()
        connection.request("GET", f"/v1/organizations/usage_report/claude_code?starting_at={DAY}")
        while not api.requests:
            time.sleep(0.005)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()
    assert time.monotonic() - began < 5


def test_latency(ask: Ask) -> None:
    ask.api.faults.add(effects.latency(0.15))
    began = time.monotonic()
    assert ask.report().status == 200
    assert time.monotonic() - began >= 0.14


def test_a_repeated_cursor(ask: Ask) -> None:
    first = ask.report(limit=2)
    cursor = first.json["next_page"]
    ask.api.faults.add(effects.repeated_cursor(), page=2)
    second = ask.report(limit=2, page=cursor)
    assert second.json["next_page"] == cursor
    assert second.json["has_more"] is True
    assert second.names == ["p2@x.example", "p3@x.example"]


def test_a_first_page_that_leads_to_itself(ask: Ask) -> None:
    ask.api.faults.add(effects.repeated_cursor(), times=None)
    first = ask.report()
    again = ask.report(page=first.json["next_page"])
    assert again.body == first.body


def test_more_without_a_cursor(ask: Ask) -> None:
    reply = spoilt(ask, effects.missing_cursor(), limit=2)
    assert (reply.json["has_more"], reply.json["next_page"]) == (True, None)
    assert len(reply.names) == 2


def test_a_day_without_rows_can_claim_more_too(ask: Ask) -> None:
    ask.api.faults.add(effects.missing_cursor())
    reply = ask.report("2026-11-01")
    assert reply.body == b'{"data":[],"has_more":true,"next_page":null}'


def test_cursor_faults_leave_refusals_alone(ask: Ask) -> None:
    for effect in (effects.repeated_cursor(), effects.missing_cursor()):
        ask.api.faults.add(effect)
        assert ask.report("nonsense").error == (400, "invalid_request_error")


@pytest.mark.parametrize("code", [400, 404, 410])
def test_a_dead_cursor(ask: Ask, code: int) -> None:
    cursor = ask.report(limit=2).json["next_page"]
    ask.api.faults.add(effects.status(code), with_cursor=True)
    assert ask.report(limit=2).status == 200
    assert ask.report(limit=2, page=cursor).status == code
    assert ask.report(limit=2, page=cursor).status == 200


@pytest.mark.parametrize("value", [None, [], [1, 2], {"data": 3}, "text"])
def test_other_json(ask: Ask, value: Any) -> None:
    reply = spoilt(ask, effects.other_json(value))
    assert reply.status == 200
    assert reply.json == ({"status": "ok"} if value is None else value)


@pytest.mark.parametrize("code", [301, 302, 307])
def test_a_redirect_to_another_host(ask: Ask, start: Start, clock: Clock, code: int) -> None:
    other = start(Simulator(ScriptedOrganization(), now=clock)).api
    reply = spoilt(ask, effects.redirect(other.base_url, code), limit=3)
    assert reply.status == code
    assert reply.headers["location"] == other.base_url + ask.api.requests[0].target


def test_mutated_bytes(ask: Ask) -> None:
    reply = spoilt(ask, effects.mutated(lambda body: body.replace(b"p1@", b"\xff\xfe@")))
    assert b"\xff\xfe@x.example" in reply.body
    assert int(reply.headers["content-length"]) == len(reply.body)


def test_every_broken_answer_has_a_request_id(ask: Ask) -> None:
    for effect in (effects.html(), effects.redirect("http://127.0.0.1:9"), effects.other_json()):
        assert spoilt(ask, effect).headers["request-id"]


def test_a_reset_is_seen_on_the_bare_socket(ask: Ask) -> None:
    ask.api.faults.add(effects.reset(), path=None)
    host, port = ask.api.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
