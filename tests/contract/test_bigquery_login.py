"""A login that fails in the middle of a run."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ccsync.adc import Adc
from ccsync.sink import SinkContext
from ccsync_bigquery import BigQueryConfig
from ccsync_bigquery.client import make
from ccsync_bigquery.endpoint import Endpoint
from ccsync_bigquery.service import Service
from ccsync_bigquery.sink import BigQuerySink
from tests.contract.bigquery_stage import a_stage
from tests.support.answering import Heard, Said, as_json, serving
from tests.support.bigquery import Warehouse, a_double


@pytest.fixture(scope="module")
def shared() -> Generator[Warehouse]:
    with a_double() as double:
        yield Warehouse(double, views=2)


class TokenServer:
    """Gives tokens that are good for one request; from some number on it does what it is told."""

    def __init__(self) -> None:
        self.given = 0
        self.after = 10**6
        self.then = Said()
        self.times = 0

    def __call__(self, _heard: Heard) -> Said:
        self.given += 1
        if self.after < self.given <= self.after + self.times:
            return self.then
        return as_json({"access_token": f"token-{self.given}", "expires_in": 1})

    def fail(self, said: Said, *, times: int) -> None:
        """Give a few more tokens, then answer this."""
        self.after, self.then, self.times = self.given + 4, said, times


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[TokenServer]:
    """A service account's key file in the environment, and the server that it names."""
    for name in ("HTTP_PROXY", "http_proxy", "GOOGLE_CLOUD_PROJECT", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    server = TokenServer()
    with serving(server) as there:
        key = tmp_path / "key.json"
        key.write_text(json.dumps(service_account(f"{there.url}/token")), "utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        yield server


def service_account(token_uri: str) -> dict[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "northwind-data",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "ccsync@northwind-data.example",
        "token_uri": token_uri,
    }


def logged_in(config: BigQueryConfig, context: SinkContext) -> BigQuerySink:
    """Build the sink as for Google's own address, which wants a login."""
    adc = Adc()
    to = Endpoint(str(config.endpoint), anonymous=False)

    def make_client() -> Any:
        credentials = adc.login().credentials
        return make(to, credentials, billing="northwind-data", user_agent="ccsync", timeout=5.0)

    service = Service(place=config.place, context=context, make_client=make_client, adc=adc)
    return BigQuerySink(config, context, service)


def test_a_token_that_is_not_given_for_a_while(shared: Warehouse, tokens: TokenServer) -> None:
    with a_stage(shared, "stream") as stage:
        stage.build = logged_in
        assert stage.run().exit == 0
        stage.restate(7)
        tokens.fail(Said(ending="reset"), times=3)
        result = stage.run()
        assert result.exit == 0, result
        assert stage.shown() == stage.true()
        assert stage.runtime.pauses, "it waited for one"


def test_a_login_that_ends_in_the_middle_of_a_run(shared: Warehouse, tokens: TokenServer) -> None:
    with a_stage(shared, "stream") as stage:
        stage.build = logged_in
        assert stage.run().exit == 0
        old = stage.shown()
        stage.restate(7)
        refusal = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        tokens.fail(as_json(refusal, 400), times=10**6)
        result = stage.run()
        assert result.exit == 3, result
        assert "Google accepts no login by the key file" in result.reason
        assert "invalid_grant: Invalid JWT Signature" in result.reason
        assert "token-" not in result.reason
        assert stage.shown() == old
        tokens.times = 0
        assert stage.run().exit == 0
        assert stage.shown() == stage.true()
