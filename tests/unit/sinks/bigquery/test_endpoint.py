"""Where requests go, and whether a login goes with them."""

from __future__ import annotations

import msgspec
import pytest

from ccsync.errors import SettingsError
from ccsync.settings.model import Duration
from ccsync_bigquery.endpoint import Endpoint, faults, is_loopback, resolve
from ccsync_bigquery.settings import BigQueryConfig

GOOGLE = "https://bigquery.googleapis.com"


def config(endpoint: str | None = None, *, acting_as: str | None = None) -> BigQueryConfig:
    return BigQueryConfig(
        type="bigquery",
        dataset="my-project.usage",
        endpoint=endpoint,
        impersonate_service_account=acting_as,
    )


GOOD: list[tuple[str | None, dict[str, str], Endpoint]] = [
    (None, {}, Endpoint(GOOGLE, anonymous=False)),
    (None, {"BIGQUERY_EMULATOR_HOST": " "}, Endpoint(GOOGLE, anonymous=False)),
    (
        None,
        {"BIGQUERY_EMULATOR_HOST": "127.0.0.1:9050"},
        Endpoint("http://127.0.0.1:9050", anonymous=True, given_by="BIGQUERY_EMULATOR_HOST"),
    ),
    (
        None,
        {"BIGQUERY_EMULATOR_HOST": "http://localhost:9050/"},
        Endpoint("http://localhost:9050", anonymous=True, given_by="BIGQUERY_EMULATOR_HOST"),
    ),
    (
        "http://[::1]:9050",
        {"BIGQUERY_EMULATOR_HOST": "127.0.0.1:1"},
        Endpoint("http://[::1]:9050", anonymous=True, given_by="endpoint"),
    ),
    (
        "https://bigquery.us-east4.rep.googleapis.com/",
        {},
        Endpoint(
            "https://bigquery.us-east4.rep.googleapis.com", anonymous=False, given_by="endpoint"
        ),
    ),
    (
        None,
        {"GOOGLE_CLOUD_UNIVERSE_DOMAIN": "cloud.example"},
        Endpoint("https://bigquery.cloud.example", anonymous=False),
    ),
]


@pytest.mark.parametrize(("setting", "environ", "expected"), GOOD)
def test_settings_then_the_environment_then_google(
    setting: str | None, environ: dict[str, str], expected: Endpoint
) -> None:
    assert resolve(config(setting), environ) == expected
    assert faults(config(setting), environ) == []


BAD: list[tuple[str | None, dict[str, str], str, str]] = [
    ("http://bigquery.example", {}, "endpoint", "plain http"),
    ("127.0.0.1:9050", {}, "endpoint", "http://127.0.0.1:9050"),
    ("ftp://127.0.0.1", {}, "endpoint", "expected http"),
    ("https://", {}, "endpoint", "expected http"),
    ("https://b.example:none", {}, "endpoint", "port cannot be read"),
    ("https://b.example:99999", {}, "endpoint", "port cannot be read"),
    ("https://user:secret@b.example", {}, "endpoint", "no user and password"),
    ("https://b.example/bigquery/v2", {}, "endpoint", "nothing after the host"),
    ("https://b.example?key=1", {}, "endpoint", "nothing after the host"),
    (None, {"BIGQUERY_EMULATOR_HOST": "emulator:9050"}, "", "BIGQUERY_EMULATOR_HOST: plain http"),
    (
        "http://localhost:1",
        {"GOOGLE_API_USE_MTLS_ENDPOINT": "always"},
        "",
        "GOOGLE_API_USE_MTLS_ENDPOINT",
    ),
]


@pytest.mark.parametrize(("setting", "environ", "path", "expected"), BAD)
def test_what_cannot_be_used_is_a_fault(
    setting: str | None, environ: dict[str, str], path: str, expected: str
) -> None:
    (fault,) = faults(config(setting), environ)
    assert fault.path == path
    assert expected in fault.message
    assert "secret" not in fault.message
    with pytest.raises(SettingsError, match=r"."):
        resolve(config(setting), environ)


def test_mtls_goes_with_googles_own_address() -> None:
    assert faults(config(), {"GOOGLE_API_USE_MTLS_ENDPOINT": "always"}) == []


def test_all_faults_are_told_at_once() -> None:
    found = faults(config("http://b.example", acting_as="ccsync"), {})
    assert [one.path for one in found] == ["endpoint", "impersonate_service_account"]
    assert faults(config(acting_as="ccsync@my-project.iam.example"), {}) == []


@pytest.mark.parametrize(
    ("timeout", "is_wrong"), [("0s", True), ("0.5s", False), ("10m", False), ("1000000d", True)]
)
def test_a_timeout_that_no_request_can_have_is_a_fault(timeout: str, is_wrong: bool) -> None:
    chosen = msgspec.structs.replace(config(), timeout=Duration.parse(timeout))
    found = faults(chosen, {})
    assert [one.path for one in found] == (["timeout"] if is_wrong else [])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("emulator.localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("emulator", False),
    ],
)
def test_only_what_must_be_this_machine_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("dataset", "says"),
    [
        ("claude_code", "'claude_code' lacks the project; write my-project.claude_code"),
        ("my-project:usage", "has a colon between project and dataset; write my-project.usage"),
        ("d.example:my-project:usage", "a colon between"),
        ("my-project.usage.daily", "has three parts; write my-project.usage, without a table"),
        ("my-project:usage.daily", "has three parts; write my-project.usage, without a table"),
        ("my-project.claude code", "perhaps my-project.claude_code is meant"),
        ("my-project.claude-code", "perhaps my-project.claude_code is meant"),
        ("my-project.", "perhaps my-project.claude_code is meant"),
        (" my-project.usage", "begins or ends with blanks; write my-project.usage"),
        ("My Project.usage", "'My Project' is not the id of one"),
        ("claude-code", "lacks the project"),
        ("", "lacks the project"),
    ],
)
def test_a_dataset_that_is_none_is_told_with_the_likely_mistake(dataset: str, says: str) -> None:
    settings = BigQueryConfig(type="bigquery", dataset=dataset)
    (fault,) = faults(settings, {})
    assert fault.path == "dataset"
    assert fault.message.startswith(f"{dataset!r} ")
    assert says in fault.message
    with pytest.raises(SettingsError, match="dataset: "):
        resolve(settings, {})


def test_the_project_that_is_billed_may_be_the_one_that_lacks() -> None:
    settings = BigQueryConfig(type="bigquery", dataset="usage", billing_project="paying-project")
    (fault,) = faults(settings, {})
    assert fault.message == "'usage' lacks the project; write paying-project.usage"


@pytest.mark.parametrize("dataset", ["my-project.usage", "d.example:my-project.usage"])
def test_a_dataset_with_its_project_is_none(dataset: str) -> None:
    assert faults(BigQueryConfig(type="bigquery", dataset=dataset), {}) == []
