from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from ccsync.simulator import (
    ME_PATH,
    TOKEN_PATH,
    FederationRule,
    Issuer,
    ScriptedOrganization,
    Simulator,
    TokenExchange,
    effects,
    signatures,
)

from .conftest import Ask, Clock, Reply, Start

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Scene:
    """A rule, an issuer and an API that knows both."""

    def __init__(self, start: Start, clock: Clock) -> None:
        organization = ScriptedOrganization()
        self.clock = clock
        self.issuer = Issuer(now=clock)
        self.rule = FederationRule(organization.organization_id)
        self.exchange = TokenExchange(self.rule, self.issuer.jwks())
        self.api = Simulator(organization, now=clock, federation=self.exchange)
        self.ask: Ask = start(self.api)

    def body(self, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "grant_type": GRANT_TYPE,
            "assertion": self.issuer.token(),
            "federation_rule_id": self.rule.rule_id,
            "organization_id": self.rule.organization_id,
            "service_account_id": self.rule.service_account_id,
            **changes,
        }
        return {name: value for name, value in body.items() if value is not ...}

    def log_in(self, *, headers: dict[str, str] | None = None, **changes: Any) -> Reply:
        return self.ask.raw(
            TOKEN_PATH,
            method="POST",
            headers={"content-type": "application/json", **(headers or {})},
            body=json.dumps(self.body(**changes)).encode(),
        )

    def denied(self, **changes: Any) -> str:
        """Log in in vain, and give the reason that only the history has."""
        reply = self.log_in(**changes)
        assert reply.error == (401, "authentication_error")
        assert reply.json["error"]["message"] == "Authentication failed"
        assert not self.exchange.history[-1].granted
        return self.exchange.history[-1].reason

    def organization(self, token: str) -> Reply:
        headers = {"authorization": f"Bearer {token}", "anthropic-version": "2023-06-01"}
        return self.ask.raw(ME_PATH, headers=headers)


@pytest.fixture
def scene(start: Start, clock: Clock) -> Scene:
    return Scene(start, clock)


def test_a_login(scene: Scene) -> None:
    reply = scene.log_in()
    assert reply.status == 200
    token = reply.json.pop("access_token")
    assert token.startswith("sk-ant-oat01-")
    assert {**reply.json, "access_token": ""} == {
        "access_token": "", "token_type": "Bearer", "expires_in": 3600, "scope": "org:admin",
    }  # fmt: skip
    assert scene.organization(token).status == 200
    assert scene.log_in().json["access_token"] != token
    assert scene.exchange.granted == 2
    assert token not in repr(scene.exchange)


def test_a_token_ends(scene: Scene) -> None:
    token = scene.log_in().json["access_token"]
    scene.clock.moment += dt.timedelta(seconds=3599)
    assert scene.organization(token).status == 200
    scene.clock.moment += dt.timedelta(seconds=1)
    assert scene.organization(token).status == 401


def test_a_token_is_revoked(scene: Scene) -> None:
    token = scene.log_in().json["access_token"]
    scene.exchange.revoke()
    assert scene.organization(token).status == 401


def test_another_scope_is_not_enough(scene: Scene) -> None:
    scene.exchange.rule = dataclasses.replace(scene.rule, scope="user:inference")
    reply = scene.log_in()
    assert reply.json["scope"] == "user:inference"
    assert scene.organization(reply.json["access_token"]).status == 403


@pytest.mark.parametrize(
    ("rule", "identity", "expected"),
    [(3600, 7200, 3600), (3600, 1000, 2000), (600, 1000, 600), (3600, 10, 60), (3600, -29, 60)],
)
def test_lifetime(scene: Scene, rule: float, identity: float, expected: int) -> None:
    scene.exchange.rule = dataclasses.replace(scene.rule, lifetime=rule)
    reply = scene.log_in(assertion=scene.issuer.token(lifetime=identity))
    assert reply.json["expires_in"] == expected


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://other.example"}, "iss is"),
        ({"sub": "system:serviceaccount:other:other"}, "sub is"),
        ({"sub": None}, "sub is None"),
        ({"aud": "https://kubernetes.example"}, "aud is"),
        ({"aud": None}, "aud is None"),
        ({"iat": None}, "iat is no time"),
        ({"exp": None}, "exp is no time"),
        ({"exp": True}, "exp is no time"),
        ({"exp": "soon"}, "exp is no time"),
    ],
)
def test_claims_that_do_not_match(scene: Scene, claims: dict[str, Any], reason: str) -> None:
    assert reason in scene.denied(assertion=scene.issuer.token(claims=claims))


def test_one_of_several_audiences_is_enough(scene: Scene) -> None:
    audience = ["https://kubernetes.example", "https://api.anthropic.com"]
    assert scene.log_in(assertion=scene.issuer.token(audience=audience)).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(-30, 200), (-31, 401)])
def test_leeway_after_the_end(scene: Scene, seconds: int, status: int) -> None:
    assert scene.log_in(assertion=scene.issuer.token(lifetime=seconds)).status == status


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize(("seconds", "status"), [(30, 200), (31, 401)])
def test_leeway_before_the_beginning(scene: Scene, name: str, seconds: int, status: int) -> None:
    moment = int(scene.clock().timestamp()) + seconds
    assert scene.log_in(assertion=scene.issuer.token(claims={name: moment})).status == status


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "HS256"}, "alg is 'HS256'"),
        ({"alg": "none"}, "alg is 'none'"),
        ({"alg": None}, "alg is None"),
        ({"alg": "RS256"}, "the signature is not that of key"),
        ({"kid": None}, "no kid"),
        ({"kid": "another"}, "no key 'another'"),
    ],
)
def test_headers_that_do_not_do(scene: Scene, header: dict[str, Any], reason: str) -> None:
    assert reason in scene.denied(assertion=scene.issuer.token(header=header))


@pytest.mark.parametrize("algorithm", signatures.ALGORITHMS)
def test_signatures_are_verified(scene: Scene, algorithm: signatures.Algorithm) -> None:
    issuer = Issuer(now=scene.clock, algorithm=algorithm)
    scene.exchange.jwks = issuer.jwks()
    good = issuer.token()
    assert scene.log_in(assertion=good).status == 200
    signed, _, signature = good.rpartition(".")
    other = "A" if signature[5] != "A" else "B"
    for bad in (signature[:5] + other + signature[6:], signature[:-8], signature + "AAAA"):
        assert "not that of key" in scene.denied(assertion=f"{signed}.{bad}")
    claims = good.split(".")[1]
    swapped = issuer.token(lifetime=9999).split(".")
    assert "not that of key" in scene.denied(assertion=".".join([swapped[0], claims, swapped[2]]))
    stranger = Issuer(now=scene.clock, algorithm=algorithm).token()
    assert "not that of key" in scene.denied(assertion=stranger)


@pytest.mark.parametrize(
    "assertion", ["a", "a.b", "a.b.c", "....", "e30.e30.", "e30.!!.c", "bnVsbA.e30.c"]
)
def test_what_is_no_token(scene: Scene, assertion: str) -> None:
    assert scene.denied(assertion=assertion)


def test_keys_that_were_rotated_are_known_later(scene: Scene) -> None:
    scene.issuer.rotate()
    assert "no key 'key-2'" in scene.denied()
    scene.exchange.jwks = scene.issuer.jwks()
    assert scene.log_in().status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"federation_rule_id": "fdrl_other"},
        {"organization_id": "00000000-0000-4000-8000-000000000000"},
        {"service_account_id": "svac_other"},
        {"workspace_id": "wrkspc_other"},
    ],
)
def test_another_rule(scene: Scene, changes: dict[str, str]) -> None:
    assert scene.denied(**changes)


def test_an_archived_rule(scene: Scene) -> None:
    scene.exchange.rule = dataclasses.replace(scene.rule, archived=True)
    assert scene.denied() == "the rule is archived"


def test_several_workspaces(scene: Scene) -> None:
    scene.exchange.rule = dataclasses.replace(scene.rule, workspaces=("default", "wrkspc_1"))
    assert scene.log_in().error == (400, "invalid_request_error")
    assert scene.log_in(workspace_id="wrkspc_1").status == 200
    assert scene.log_in(workspace_id="default").status == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grant_type": "client_credentials"}, "grant_type: not of"),
        ({"grant_type": ...}, "grant_type: field required"),
        ({"assertion": ...}, "assertion: field required"),
        ({"assertion": "a b"}, "assertion: not of"),
        ({"assertion": "x" * 16_385}, "at most 16384 bytes"),
        ({"federation_rule_id": "rule"}, "federation_rule_id: not of"),
        ({"organization_id": "org_1"}, "organization_id: not of"),
        ({"service_account_id": ""}, "service_account_id: not of"),
        ({"workspace_id": "mine"}, "workspace_id: not of"),
        ({"scope": "org:admin"}, "scope: unknown field"),
        ({"assertion": 5}, "JSON object of strings"),
        ({"headers": {"content-type": "application/x-www-form-urlencoded"}}, "content-type"),
        ({"headers": {"x-api-key": "k"}}, "no other credential"),
        ({"headers": {"authorization": "Bearer t"}}, "no other credential"),
    ],
)
def test_bad_shapes(scene: Scene, changes: dict[str, Any], said: str) -> None:
    reply = scene.log_in(**changes)
    assert reply.error == (400, "invalid_request_error")
    assert said in reply.json["error"]["message"]
    assert scene.exchange.history == []


def test_the_largest_assertion_is_weighed(scene: Scene) -> None:
    assert scene.denied(assertion="x" * 16_384) == "the assertion is no JSON Web Token"


def test_the_path_is_there_for_logins_only(scene: Scene, start: Start, clock: Clock) -> None:
    assert scene.ask.raw(TOKEN_PATH).status == 405
    without = start(Simulator(ScriptedOrganization(), now=clock))
    assert without.raw(TOKEN_PATH, method="POST").status == 404


def test_faults_and_control(scene: Scene) -> None:
    scene.api.faults.add(effects.status(503), path=TOKEN_PATH)
    assert scene.log_in().status == 503
    assert scene.log_in().status == 200
    scene.denied(federation_rule_id="fdrl_other")
    logins = scene.ask.control("GET", "logins").json
    assert [one["granted"] for one in logins] == [True, True, False]
    shown = scene.ask.control("GET", "requests").body.decode()
    assert TOKEN_PATH in shown
    assert "eyJ" not in shown


def test_without_the_library_a_signature_only_has_to_be_there(scene: Scene) -> None:
    assert scene.exchange.verifies
    scene.exchange.verifies = False
    signed = scene.issuer.token().rpartition(".")[0]
    assert scene.log_in(assertion=f"{signed}.AAAA").status == 200
    assert scene.denied(assertion=f"{signed}.") == "the assertion is not signed"
    assert "sub is" in scene.denied(assertion=scene.issuer.token("another"))
