from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from ccsync.errors import SourceRefused, SourceUnavailable, Stopped
from ccsync.redact import redact
from ccsync.source.answers import NoAnswerError
from ccsync.source.exchange import DeniedError, Login, log_in

from .fake_api import bad, sample
from .login import Scene


def log_in_to(scene: Scene) -> Login:
    return log_in(scene.ids, scene.sender(), scene.runtime)


def refusal(scene: Scene) -> str:
    with pytest.raises(SourceRefused) as caught:
        log_in_to(scene)
    assert scene.file.read_text() not in str(caught.value)
    return str(caught.value)


def said(**changes: Any) -> httpx.Response:
    body = {**json.loads(sample("token_answer.json")), **changes}
    given = {name: value for name, value in body.items() if value is not ...}
    return httpx.Response(200, headers={"request-id": "req_1"}, json=given)


def test_what_is_sent(tmp_path: Path) -> None:
    scene = Scene(tmp_path, workspace_id="default")
    log_in_to(scene)
    (request,) = scene.logins
    assert (request.method, str(request.url)) == ("POST", "https://api.example/v1/oauth/token")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["anthropic-beta"] == "oauth-2025-04-20,oidc-federation-2026-04-01"
    assert not {"authorization", "x-api-key"} & set(request.headers)
    assert json.loads(request.content) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": scene.file.read_text(),
        "federation_rule_id": "fdrl_01SIMULATED",
        "organization_id": scene.exchange.rule.organization_id,
        "service_account_id": "svac_01SIMULATED",
        "workspace_id": "default",
    }


def test_without_a_workspace_it_is_the_documented_request(scene: Scene) -> None:
    log_in_to(scene)
    (request,) = scene.logins
    assert json.loads(request.content).keys() == json.loads(sample("token_request.json")).keys()


def test_what_comes_back(scene: Scene) -> None:
    scene.replies = [said()]
    login = log_in_to(scene)
    assert login.token.reveal() == "sk-ant-oat01-FICTIONAL"
    assert (login.begins, login.lifetime) == (1000.0, 600.0)
    assert (login.scope, login.is_enough) == ("org:admin", True)
    assert "FICTIONAL" not in repr(login)
    assert redact("x sk-ant-oat01-FICTIONAL") == "x ***"


@pytest.mark.parametrize(
    ("changes", "lifetime", "enough"),
    [
        ({"expires_in": ...}, 60, True),
        ({"token_type": ..., "scope": ...}, 600, True),
        ({"token_type": "bearer", "scope": None, "extra": 1}, 600, True),
        ({"scope": "user:inference org:admin"}, 600, True),
        ({"scope": "user:inference"}, 600, False),
        ({"scope": "org:admin:read"}, 600, False),
    ],
)
def test_answers_that_will_do(
    scene: Scene, changes: dict[str, Any], lifetime: float, enough: bool
) -> None:
    scene.replies = [said(**changes)]
    login = log_in_to(scene)
    assert (login.lifetime, login.is_enough) == (lifetime, enough)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"access_token": ...}, "access_token"),
        ({"access_token": ""}, "it is empty. There is no access_token"),
        ({"access_token": 5}, "access_token"),
        ({"access_token": "hidden\r\nx-evil: 1"}, "blanks, control characters"),
        ({"access_token": "hidden" * 20_000}, "far too long"),
        ({"token_type": "MAC"}, "token_type is not Bearer"),
        ({"expires_in": 0}, "expires_in is no number"),
        ({"expires_in": -5}, "expires_in is no number"),
        ({"expires_in": "600"}, "expires_in"),
        ({"expires_in": True}, "expires_in"),
    ],
)
def test_answers_that_cannot_be_used(scene: Scene, changes: dict[str, Any], reason: str) -> None:
    scene.replies = [said(**changes)]
    text = refusal(scene)
    assert "the answer of api.example cannot be used: " in text
    assert reason in text
    assert "(request-id req_1)" in text
    assert "hidden" not in text


@pytest.mark.parametrize("body", [b"", b'{"access', b"<html>", b"\xff"])
def test_what_is_no_json_is_tried_again(scene: Scene, body: bytes) -> None:
    scene.replies = [httpx.Response(200, content=body)]
    with pytest.raises(NoAnswerError, match="login by workload identity federation: "):
        log_in_to(scene)


def test_web_pages_are_not_tried_forever(scene: Scene) -> None:
    sender = scene.sender()
    scene.replies = [lambda _: httpx.Response(200, content=b"<html>")] * 5
    for _ in range(4):
        with pytest.raises(NoAnswerError):
            log_in(scene.ids, sender, scene.runtime)
    with pytest.raises(SourceUnavailable, match=r"wrong source\.base_url.* 5 times in a row"):
        log_in(scene.ids, sender, scene.runtime)


@pytest.mark.parametrize(
    "reply",
    [
        bad(500),
        bad(529),
        bad(408),
        bad(429),
        bad(401, x_should_retry="true"),
        httpx.ReadTimeout(""),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("gone"),
    ],
)
def test_what_may_go_away(scene: Scene, reply: httpx.Response | Exception) -> None:
    scene.replies = [reply]
    with pytest.raises(NoAnswerError, match=r"^login by workload identity federation: "):
        log_in_to(scene)


def test_a_named_pause_is_passed_on(scene: Scene) -> None:
    scene.replies = [bad(429, retry_after="7")]
    with pytest.raises(NoAnswerError) as caught:
        log_in_to(scene)
    assert caught.value.retry_after == 7


def test_a_denial_says_what_to_compare(scene: Scene) -> None:
    scene.put(scene.issuer.token("system:serviceaccount:other:other"))
    with pytest.raises(DeniedError) as caught:
        log_in_to(scene)
    text = str(caught.value)
    assert not caught.value.certain
    assert 'answered 401 authentication_error: "Authentication failed" (request-id req_log' in text
    assert "Console > Workload identity > history" in text
    assert "rule fdrl_01SIMULATED" in text
    assert "service account svac_01SIMULATED" in text
    assert "subject system:serviceaccount:other:other" in text
    assert str(scene.file) in text


@pytest.mark.parametrize(
    ("changes", "reason", "certain"),
    [
        ({"lifetime": -60}, "The identity token expired at", True),
        ({"header": {"alg": "HS256"}}, "only asymmetric signatures", True),
        ({"audience": "https://kubernetes.example"}, "is for https://kubernetes.example", False),
    ],
)
def test_a_denial_says_what_is_visible(
    scene: Scene, changes: dict[str, Any], reason: str, certain: bool
) -> None:
    scene.put(scene.issuer.token(**changes))
    with pytest.raises(DeniedError) as caught:
        log_in_to(scene)
    assert reason in str(caught.value)
    assert caught.value.certain == certain


def test_times_are_judged_by_the_clock_of_the_api(scene: Scene) -> None:
    token = scene.issuer.token(lifetime=60)
    scene.put(token)
    scene.runtime.advance(3600)
    date = "Sun, 22 Nov 2026 12:00:00 GMT"
    scene.replies = [bad(401, date=date)]
    with pytest.raises(DeniedError) as caught:
        log_in_to(scene)
    assert not caught.value.certain, "our clock is an hour ahead; the token is good"


@pytest.mark.parametrize(
    ("ids", "hint"),
    [
        ({"rule_id": "svac_1"}, "rule_id does not begin with fdrl_"),
        ({"service_account_id": "fdrl_1"}, "service_account_id does not begin with svac_"),
        ({"organization_id": "org_1"}, "organization_id is no UUID"),
        ({"workspace_id": "mine"}, "workspace_id is neither default nor"),
    ],
)
def test_a_bad_shape_says_which_id_is_odd(tmp_path: Path, ids: dict[str, str], hint: str) -> None:
    text = refusal(Scene(tmp_path, **ids))
    assert "answered 400 invalid_request_error" in text
    assert hint in text
    assert "set workspace_id if the rule covers more than one" in text


@pytest.mark.parametrize("reply", [bad(404), bad(405), bad(403, sample("error_502.html"))])
def test_somebody_else_answers(scene: Scene, reply: httpx.Response) -> None:
    scene.replies = [reply]
    text = refusal(scene)
    assert "/v1/oauth/token below source.base_url" in text
    assert "proxy" in text


def test_a_redirect_is_not_followed(scene: Scene) -> None:
    scene.replies = [bad(307, location="https://evil.example/")]
    assert "evil.example" in refusal(scene)
    assert len(scene.logins) == 1


def test_an_answer_that_quotes_the_assertion_does_not_show_it(scene: Scene) -> None:
    scene.put("hidden.of-no-known-shape.x")
    body = b'{"error": {"message": "bad hidden.of-no-known-shape.x"}}'
    scene.replies = [bad(400, body)]
    assert "bad ***" in refusal(scene)


def test_the_file_is_read_for_each_login(scene: Scene) -> None:
    log_in_to(scene)
    scene.put(scene.issuer.token(lifetime=7200))
    log_in_to(scene)
    sent = [json.loads(request.content)["assertion"] for request in scene.logins]
    assert sent[0] != sent[1]
    assert sent[1] == scene.file.read_text()


def test_no_login_after_a_stop(scene: Scene) -> None:
    scene.runtime.stop.request(15)
    with pytest.raises(Stopped):
        log_in_to(scene)
    assert scene.logins == []
