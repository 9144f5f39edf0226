"""Logging in to Google Cloud: which login is found, how long one waits, what messages say."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import requests
import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions
from google.auth.transport.requests import Request

from ccsync.adc import Adc, Login, LoginError, LoginRefused, LoginUnavailable
from ccsync.errors import Exit
from tests.support.answering import Said, as_json, serving

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
ACCOUNT = "ccsync@my-project.iam.gserviceaccount.com"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encoded.decode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with no login in it."""
    for name in (VARIABLE, "GOOGLE_CLOUD_PROJECT", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def given(folder: Path, monkeypatch: pytest.MonkeyPatch, content: object) -> Path:
    """Let the environment name a credentials file."""
    path = folder / "credentials.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def refresh_error(*words: object, retryable: bool = False) -> exceptions.RefreshError:
    make = cast("Any", exceptions.RefreshError)
    return cast("exceptions.RefreshError", make(*words, retryable=retryable))


def key_file(private_key: str, tokens: str = "http://127.0.0.1:1/token") -> dict[str, str]:
    return {
        "type": "service_account",
        "client_email": ACCOUNT,
        "private_key": private_key,
        "private_key_id": "1",
        "token_uri": tokens,
        "project_id": "my-project",
    }


def refreshed(login: Login) -> None:
    """Ask for a token, as the first request does."""
    with requests.Session() as session:
        credentials = cast("Any", login.credentials)
        credentials.refresh(cast("Any", Request)(session))


def test_a_key_file_logs_in_as_its_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch, private_key: str
) -> None:
    path = given(folder, monkeypatch, key_file(private_key))
    adc = Adc()
    assert adc.account == ""
    login = adc.login()
    assert login.way == f"the key file {path} ({VARIABLE})"
    assert adc.account == ACCOUNT
    assert cast("Any", login.credentials).scopes == [
        "https://www.googleapis.com/auth/cloud-platform"
    ]
    assert adc.login() is login


def test_impersonation_acts_as_the_other_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch, private_key: str
) -> None:
    given(folder, monkeypatch, key_file(private_key))
    adc = Adc(impersonate="other@my-project.iam.example")
    assert adc.login().way.endswith(", acting as other@my-project.iam.example")
    assert adc.account == "other@my-project.iam.example"


def test_a_login_of_gcloud_is_found(folder: Path) -> None:
    (folder / "gcloud").mkdir()
    stored = folder / "gcloud" / "application_default_credentials.json"
    user = {"client_id": "i", "client_secret": "s", "refresh_token": "r"}
    stored.write_text(json.dumps({"type": "authorized_user", **user}), "utf-8")
    login = Adc().login()
    assert login.way == f"the login of a user in {stored} (gcloud auth application-default login)"
    assert login.kind == "user"


def test_a_missing_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(folder / "none.json"))
    with pytest.raises(LoginRefused, match=r"none\.json .*No such file or directory; mount it"):
        Adc().login()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("-----BEGIN PRIVATE KEY-----", "is not JSON"),
        ("[]", "holds no credentials"),
        ('{"type": "other"}', "cannot be used.*made by gcloud.*Have it made anew"),
        ('{"type": "service_account"}', "cannot be used.*made by gcloud.*Have it made anew"),
    ],
)
def test_a_file_of_something_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: str, expected: str
) -> None:
    path = given(folder, monkeypatch, content)
    with pytest.raises(LoginRefused, match=expected) as caught:
        Adc().login()
    assert str(path) in str(caught.value)
    assert caught.value.exit == Exit.REFUSED


def federation(token: Path) -> dict[str, object]:
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": str(token)},
    }


def test_a_federation_without_its_token_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = folder / "token"
    given(folder, monkeypatch, federation(token))
    with pytest.raises(LoginRefused, match="projected service account token") as caught:
        Adc().login()
    assert str(token) in str(caught.value)


def test_a_federation_with_its_token_logs_in_without_a_request(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "token").write_text("t", "utf-8")
    given(folder, monkeypatch, federation(folder / "token"))
    adc = Adc()
    assert adc.login().kind == "federation"
    error = refresh_error("Error code invalid_target: the audience is wrong")
    assert "the identity pool's provider" in str(adc.error_of(error))


REVOKED = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
SKEWED = {
    "error": "invalid_grant",
    "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes)",
}


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (as_json(REVOKED, 400), LoginRefused, "the key was not deleted"),
        (as_json(SKEWED, 400), LoginRefused, "clock is right"),
        (Said(ending="reset"), LoginUnavailable, "no token could be asked for"),
    ],
    ids=["revoked", "skewed", "reset"],
)
def test_what_the_server_of_tokens_says(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    private_key: str,
    answer: Said,
    expected: type[LoginError],
    words: str,
) -> None:
    with serving(answer) as server:
        given(folder, monkeypatch, key_file(private_key, f"{server.url}/token"))
        adc = Adc()
        login = adc.login()
        with pytest.raises(exceptions.GoogleAuthError) as caught:
            refreshed(login)
    error = adc.error_of(caught.value)
    assert type(error) is expected
    assert words in str(error)
    assert ACCOUNT in str(error) or "the key file" in str(error)


def test_a_server_of_tokens_that_refuses_connections_is_told_plainly(
    folder: Path, monkeypatch: pytest.MonkeyPatch, private_key: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    path = given(folder, monkeypatch, key_file(private_key))
    adc = Adc()
    with pytest.raises(exceptions.GoogleAuthError) as caught:
        refreshed(adc.login())
    error = adc.error_of(caught.value)
    assert isinstance(error, LoginUnavailable)
    assert f"by the key file {path} ({VARIABLE}): 127.0.0.1 refuses connections" in str(error)
    assert str(error).endswith("the proxy in HTTPS_PROXY and NO_PROXY")
    assert "Max retries" not in str(error)


def pool(cause: Exception) -> requests.ConnectionError:
    """Wrap an error as `requests` does one of a connection that did not come about."""
    address = "https://tokens.example/token"
    request = requests.Request("POST", address).prepare()
    below = urllib3.exceptions.MaxRetryError(cast("Any", None), "/token", cause)
    return requests.ConnectionError(below, request=request)


UNRESOLVED = urllib3.exceptions.NameResolutionError(
    "tokens.example", cast("Any", None), socket.gaierror(-2, "Name or service not known")
)
TROUBLES = [
    (pool(UNRESOLVED), "tokens.example could not be reached: its name cannot be resolved"),
    (pool(OSError(113, "No route to host")), "there is no route to it"),
    (requests.exceptions.ProxyError("no"), "could not be reached through the proxy"),
    (requests.exceptions.SSLError("no"), "REQUESTS_CA_BUNDLE"),
    (requests.exceptions.ConnectTimeout("no"), "no connection came about in time"),
    (requests.exceptions.ReadTimeout("no"), "gave no answer in time"),
    (requests.exceptions.ConnectionError("no"), "dropped the connection"),
]


@pytest.mark.parametrize(("cause", "says"), TROUBLES)
def test_troubles_on_the_way_are_told_without_the_words_of_libraries(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    private_key: str,
    cause: Exception,
    says: str,
) -> None:
    given(folder, monkeypatch, key_file(private_key))
    error = Adc().error_of(cast("Any", exceptions.TransportError)(cause))
    assert isinstance(error, LoginUnavailable)
    assert says in str(error)
    assert "urllib3" not in str(error)
    assert "Max retries" not in str(error)


def test_a_busy_server_of_tokens_may_be_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, private_key: str
) -> None:
    given(folder, monkeypatch, key_file(private_key))
    busy = refresh_error("Service Unavailable", retryable=True)
    error = Adc().error_of(busy)
    assert isinstance(error, LoginUnavailable)
    assert "no token just now, by the key file" in str(error)


def test_no_token_is_ever_in_a_message() -> None:
    raw = "Bearer ya29.secret-of-somebody was refused"
    error = refresh_error(raw, {"access_token": "ya29.another-secret"})
    assert "secret" not in str(Adc().error_of(error))


def impersonation_refused(status: int, message: str) -> exceptions.RefreshError:
    answer = json.dumps({"error": {"code": status, "message": message, "status": "X"}})
    return refresh_error("Unable to acquire impersonated credentials", answer)


DENIED = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."


@pytest.mark.parametrize(
    ("status", "message", "expected", "words"),
    [
        (403, DENIED, LoginRefused, "roles/iam.serviceAccountTokenCreator on other@p.example"),
        (
            403,
            "IAM Service Account Credentials API is disabled: iamcredentials",
            LoginRefused,
            "gcloud services enable iamcredentials.googleapis.com",
        ),
        (404, "Not found; Gaia id not found", LoginRefused, "the address is right"),
        (503, "try again", LoginUnavailable, "try again"),
        (429, "slow down", LoginUnavailable, "slow down"),
    ],
)
def test_a_refused_impersonation_names_the_role(
    status: int, message: str, expected: type[LoginError], words: str
) -> None:
    adc = Adc(impersonate="other@p.example")
    error = adc.error_of(impersonation_refused(status, message))
    assert type(error) is expected
    assert words in str(error)


def test_an_impersonation_with_an_unreadable_answer_is_refused() -> None:
    error = refresh_error("Unable to acquire impersonated credentials", "<html>")
    assert isinstance(Adc(impersonate="o@p.example").error_of(error), LoginRefused)


AWAY = [
    cast("Any", exceptions.TransportError)("Failed to retrieve http://metadata.google.internal/"),
    refresh_error("Failed to retrieve http://metadata.google.internal/"),
]


@pytest.mark.parametrize("away", AWAY, ids=["transport", "refresh"])
def test_a_metadata_server_may_be_away_in_the_first_seconds(
    folder: Path, away: exceptions.GoogleAuthError
) -> None:
    del folder
    clock = Clock()
    adc = Adc(clock=clock, patience=30)
    assert isinstance(adc.error_of(away), LoginUnavailable)
    clock.now += 29.9
    assert isinstance(adc.error_of(away), LoginUnavailable)
    clock.now += 0.2
    late = adc.error_of(away)
    assert isinstance(late, LoginRefused)
    assert "Workload Identity" in str(late)


def test_the_user_is_told_to_log_in_again(folder: Path) -> None:
    (folder / "gcloud").mkdir()
    stored = folder / "gcloud" / "application_default_credentials.json"
    stored.write_text('{"type": "authorized_user"}', "utf-8")
    error = Adc().error_of(refresh_error("Reauthentication is needed."))
    assert isinstance(error, LoginRefused)
    assert "gcloud auth application-default login" in str(error)


ALONE = """
import sys
from ccsync.adc import Adc, LoginError
clock = [100.0]
adc = Adc(clock=lambda: clock[0])
for late in (0, 31):
    clock[0] += late
    try:
        login = adc.login()
    except LoginError as error:
        print(type(error).__name__, error)
    else:
        import requests
        from google.auth.transport.requests import Request
        with requests.Session() as session:
            try:
                login.credentials.refresh(Request(session))
                print("token", login.way, adc.account)
            except Exception as error:
                error = adc.error_of(error)
                print(type(error).__name__, error)
"""


def alone(folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Log in twice, in a process of its own: google-auth reads some variables when imported."""
    kept = {"PATH": str(folder), "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE],
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_without_any_login_it_says_what_to_do(tmp_path: Path) -> None:
    first, second = alone(tmp_path, {"NO_GCE_CHECK": "true"})
    assert first == second
    assert first.startswith("LoginRefused there are no credentials for Google Cloud")
    for way in ("gcloud auth application-default login", "Workload Identity", VARIABLE):
        assert way in first


def test_a_pod_without_a_metadata_server_waits_for_it(tmp_path: Path) -> None:
    pod = {"NO_GCE_CHECK": "true", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    first, second = alone(tmp_path, pod)
    assert first == "LoginUnavailable there is no metadata server yet"
    assert second.startswith("LoginRefused there are no credentials")


def test_a_pods_identity_comes_from_the_metadata_server(tmp_path: Path) -> None:
    flavor = {"Metadata-Flavor": "Google"}

    def answer(heard: Any) -> Said:
        if "/token" in heard.path:
            return as_json({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})
        if "/service-accounts/" in heard.path:
            return as_json({"email": ACCOUNT, "scopes": [], "aliases": []})
        return Said(200, b"my-project", {**flavor, "Content-Type": "text/plain"})

    with serving(answer) as server:
        host = server.url.removeprefix("http://")
        lines = alone(tmp_path, {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host})
    assert lines == [f"token the metadata server {ACCOUNT}"] * 2
