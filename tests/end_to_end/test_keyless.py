"""The installed command without a key: it logs in with the identity token of its workload."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccsync.simulator import (
    TOKEN_PATH,
    FederationRule,
    Issuer,
    Request,
    ScriptedOrganization,
    Simulator,
    TokenExchange,
    effects,
)
from tests.end_to_end.scene import NEWEST, OLD, WEEK
from tests.end_to_end.truth import a_row
from tests.end_to_end.watching import Watched, put_secrets
from tests.support.command import Place

# In the claims of each identity token, and in files that hold no token.
MARK = "Zq7Recognisable"


class Keyless(Watched):
    """A place with an identity token, and an API that takes it; every token is a secret."""

    issuer: Issuer
    exchange: TokenExchange
    file: Path

    def begin(self, issuer: Issuer, exchange: TokenExchange, file: Path) -> None:
        self.issuer, self.exchange, self.file = issuer, exchange, file
        self.put()
        rule = exchange.rule
        self.log_in_as(
            rule_id=rule.rule_id,
            organization_id=rule.organization_id,
            service_account_id=rule.service_account_id,
            token_file=str(file),
        )

    def log_in_as(self, **ids: str) -> None:
        self.configure({"federation": ids})

    def put(self, **token: Any) -> None:
        """Let the kubelet write an identity token."""
        made = self.issuer.token(claims={"jti": MARK}, **token)
        self.file.write_text(made)
        self.secrets.add(made)
        self.secrets.update(part for part in made.split(".") if part)

    def assert_clean(self) -> None:
        self.secrets.update(vars(self.exchange)["_tokens"])
        self.secrets.add(base64.b64encode(MARK.encode()).decode().rstrip("="))
        super().assert_clean()

    @property
    def reasons(self) -> list[str]:
        return [one.reason for one in self.exchange.history if not one.granted]


@pytest.fixture
def keyless(place: Place, tmp_path: Path) -> Iterator[Keyless]:
    put_secrets(place)
    del place.environment["ANTHROPIC_ADMIN_KEY"]
    organization = ScriptedOrganization({day: [a_row(day)] for day in WEEK})
    issuer = Issuer(now=place.clock)
    exchange = TokenExchange(FederationRule(organization.organization_id), issuer.jwks())
    with Simulator(organization, now=place.clock, keys=(), tokens=(), federation=exchange) as api:
        made = Keyless(place, api)
        made.begin(issuer, exchange, tmp_path / "token")
        yield made
        made.assert_clean()


def logins(watched: Watched) -> list[Request]:
    return [one for one in watched.api.requests if one.path == TOKEN_PATH]


def plain(keyless: Keyless) -> None:
    """Write to standard output, so that all is well but the login."""
    settings = keyless.place.settings_file.read_text()
    head, _, _ = settings.partition("sinks:")
    keyless.place.write(f"{head}sinks:\n  out: {{type: stdout, track: true}}\n")


def test_a_run_needs_one_login(keyless: Keyless) -> None:
    plain(keyless)
    done = keyless.sync()
    assert done.exit == 0, done
    assert {line["date"] for line in done.lines} == {str(day) for day in WEEK}
    assert len(logins(keyless)) == 1
    (told,) = done.named("login.done")
    assert told["rule"] == "fdrl_01SIMULATED"
    assert told["scope"] == "org:admin"


def test_everything_comes_from_the_environment(keyless: Keyless) -> None:
    keyless.configure({"federation": {}})
    plain(keyless)
    missing = keyless.run("check")
    assert missing.exit == 2
    assert "source.federation: rule_id, organization_id, service_account_id are" in missing.stderr
    keyless.place.environment |= {
        "ANTHROPIC_FEDERATION_RULE_ID": keyless.exchange.rule.rule_id,
        "ANTHROPIC_ORGANIZATION_ID": keyless.exchange.rule.organization_id,
        "ANTHROPIC_SERVICE_ACCOUNT_ID": keyless.exchange.rule.service_account_id,
        "ANTHROPIC_WORKSPACE_ID": "",
        "ANTHROPIC_IDENTITY_TOKEN_FILE": str(keyless.file),
    }
    assert keyless.sync().exit == 0
    shown = keyless.run("config", "show").stdout
    assert "token_file: ${ANTHROPIC_IDENTITY_TOKEN_FILE}" in shown
    assert "workspace_id: ''" in shown


def test_check_names_the_login(keyless: Keyless) -> None:
    plain(keyless)
    done = keyless.run("check")
    assert done.exit == 0, done
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("ok      key: ")]
    assert "no key: login by workload identity federation, rule fdrl_01SIMULATED, " in line
    assert "service account svac_01SIMULATED, with the identity token in " in line
    assert "subject system:serviceaccount:ccsync:ccsync" in line
    assert line.endswith("It gave a token with org:admin for another 60 minutes")
    assert len(logins(keyless)) == 1


def test_check_finds_the_wrong_scope(keyless: Keyless) -> None:
    plain(keyless)
    keyless.exchange.rule = dataclasses.replace(keyless.exchange.rule, scope="user:inference")
    done = keyless.run("check")
    assert done.exit == 3
    assert "gave a token with user:inference for another" in done.stdout
    assert "do: set the rule's scope (oauth_scope) to org:admin in the Console" in done.stdout
    assert "FAULT   data: " in done.stdout


def test_check_finds_a_denied_login(keyless: Keyless) -> None:
    keyless.put(subject="system:serviceaccount:other:other")
    done = keyless.run("check")
    assert done.exit == 3
    assert "FAULT   key: login by workload identity federation: 127.0.0.1" in done.stdout
    assert "Console > Workload identity > history" in done.stdout
    assert len(keyless.reasons) == 2


def test_check_finds_nobody_there(keyless: Keyless) -> None:
    keyless.api.faults.add(effects.status(503), path=TOKEN_PATH, times=None)
    done = keyless.run("check")
    assert done.exit == 3
    assert "answered 503" in done.stdout
    assert "do: wait: the API is there, and has trouble of its own" in done.stdout


def test_an_outage_of_logins_is_exit_5(keyless: Keyless) -> None:
    plain(keyless)
    keyless.api.faults.add(effects.status(503), path=TOKEN_PATH, times=None)
    done = keyless.sync()
    assert done.exit == 5
    assert "login by workload identity federation" in done.problems
    keyless.api.faults.clear()
    keyless.api.faults.add(effects.reset(), path=TOKEN_PATH)
    assert keyless.sync().exit == 0


def test_a_denied_run_is_exit_3(keyless: Keyless) -> None:
    plain(keyless)
    keyless.put(audience="https://kubernetes.example")
    done = keyless.sync()
    assert done.exit == 3
    assert "rules usually want https://api.anthropic.com" in done.problems
    assert done.problems.count("answered 401") == 1, "said once, not for each day"


def test_an_identity_token_that_nobody_renews(keyless: Keyless) -> None:
    plain(keyless)
    assert keyless.sync().exit == 0
    keyless.place.clock.advance(hours=2)
    done = keyless.sync()
    assert done.exit == 3
    assert "not with subPath" in done.problems
    keyless.put()
    assert keyless.sync().exit == 0


def test_the_state_and_the_settings_need_no_login(keyless: Keyless) -> None:
    plain(keyless)
    assert keyless.sync().exit == 0
    keyless.file.unlink()
    assert keyless.run("status").exit == 0
    assert keyless.run("config", "validate").exit == 0
    assert len(logins(keyless)) == 1


def _echo(request: Request) -> str:
    """Quote what was sent, as a talkative gateway might."""
    assertion = json.loads(request.body or b"{}").get("assertion", "")
    return (
        f"seen: {assertion} {request.headers.get('authorization', '')} {assertion.split('.')[-1]}"
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_an_api_that_quotes_tokens(keyless: Keyless, status: int) -> None:
    def quoting(request: Request, answer: Any) -> Any:
        return effects.status(status, message=_echo(request))(request, answer)

    keyless.api.faults.add(quoting, path=TOKEN_PATH, times=None)
    assert keyless.sync().exit in {3, 5}
    keyless.run("check")
    keyless.api.faults.clear()
    keyless.api.faults.add(quoting, path=None, nth=2, times=None)
    assert keyless.sync().exit in {3, 4, 5}


@pytest.mark.parametrize(
    "effect",
    [
        effects.truncated(),
        effects.broken_json(),
        effects.html(200),
        effects.other_json([MARK]),
        effects.mutated(lambda body: body.replace(b"Bearer", MARK.encode())),
        effects.mutated(lambda body: body.replace(b"sk-ant-", b"sk-ant-\\n")),
        effects.mutated(lambda body: body.replace(b'"expires_in":', b'"expires_in":-')),
        effects.reset(),
        effects.redirect("http://127.0.0.1:1"),
    ],
)
def test_answers_that_make_no_sense(keyless: Keyless, effect: effects.Effect) -> None:
    keyless.api.faults.add(effect, path=TOKEN_PATH, times=None)
    assert keyless.sync("--from", str(NEWEST)).exit in {3, 5}
    keyless.run("check")


def test_a_sink_that_tells_all_it_knows(keyless: Keyless) -> None:
    done = keyless.sync()
    assert done.exit == 1
    assert "Traceback" in done.named("sink.bug")[0]["exception"]
    keyless.run("verify", "--from", str(OLD))


@pytest.mark.parametrize(
    "content", [f"{MARK}", f"{MARK}.x", f"{MARK}\n{MARK}.a.b", "{" + MARK + "}", f"{MARK}\0.a.b"]
)
def test_a_file_that_holds_something_else(keyless: Keyless, content: str) -> None:
    keyless.file.write_text(content)
    assert keyless.sync().exit == 3
    assert keyless.run("check").exit == 3
    assert logins(keyless) == []


def test_a_token_where_its_file_belongs(keyless: Keyless) -> None:
    keyless.log_in_as(token_file=keyless.file.read_text())
    assert keyless.run("config", "validate").exit == 2
    keyless.place.environment["ANTHROPIC_IDENTITY_TOKEN_FILE"] = keyless.file.read_text()
    keyless.log_in_as(rule_id="fdrl_x")
    assert keyless.run("check").exit == 2
    keyless.place.environment["ANTHROPIC_IDENTITY_TOKEN_FILE"] = f"{MARK}-no-shape"
    rule = keyless.exchange.rule
    keyless.log_in_as(
        rule_id=rule.rule_id,
        organization_id=rule.organization_id,
        service_account_id=rule.service_account_id,
    )
    assert keyless.run("check").exit == 3
