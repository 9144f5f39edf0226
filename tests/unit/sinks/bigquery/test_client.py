"""The official client as we make it: address, login, timeouts, headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import requests

from ccsync.errors import SettingsError, SinkRefused
from ccsync.settings.model import Duration
from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery.client import connect
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig
from tests.support.answering import Said, as_json, serving

DATASET = {"datasetReference": {"projectId": "my-project", "datasetId": "usage"}, "location": "EU"}


def config(endpoint: str | None, **others: Any) -> BigQueryConfig:
    return BigQueryConfig(type="bigquery", dataset="my-project.usage", endpoint=endpoint, **others)


def session_of(service: Service) -> requests.Session:
    return cast("requests.Session", cast("Any", service.client)._http)


def asked(service: Service) -> str | None:
    try:
        return service.locate()
    finally:
        service.close()


def test_nothing_is_asked_before_the_first_use() -> None:
    with serving(as_json(DATASET)) as server:
        service = connect(config(server.url), ContractContext(), {})
        service.close()
        service.close()
    assert server.heard == []


def test_requests_say_who_we_are_and_carry_no_login() -> None:
    with serving(as_json(DATASET)) as server:
        assert asked(connect(config(server.url), ContractContext(), {})) == "EU"
    (heard,) = server.heard
    assert heard.path.startswith("/bigquery/v2/projects/my-project/datasets/usage?")
    assert heard.headers["user-agent"].startswith("ccsync/0 (contract)")
    assert "authorization" not in heard.headers


def test_the_setting_wins_over_the_emulator_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The client library would look into the real environment.
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    with serving(as_json(DATASET)) as server:
        environ = {"BIGQUERY_EMULATOR_HOST": "127.0.0.1:1"}
        assert asked(connect(config(server.url), ContractContext(), environ)) == "EU"


def test_an_emulator_of_the_environment_is_spoken_to() -> None:
    with serving(as_json(DATASET)) as server:
        environ = {"BIGQUERY_EMULATOR_HOST": server.url.removeprefix("http://")}
        service = connect(config(None), ContractContext(), environ)
        assert service.log_in() == f"no login is used at {server.url} (BIGQUERY_EMULATOR_HOST)"
        assert asked(service) == "EU"


def test_an_emulator_in_the_real_environment_alone_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    key = tmp_path / "user.json"
    key.write_text(
        '{"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}',
        "utf-8",
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    service = connect(config(None), ContractContext(), {})
    address = cast("Any", service.client)._connection.API_BASE_URL
    service.close()
    assert address == "https://bigquery.googleapis.com"


def test_without_credentials_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    service = connect(config("https://bigquery.example"), ContractContext(), {})
    with pytest.raises(SinkRefused, match=r"my-project\.usage: could not log in: .*none\.json"):
        service.locate()
    service.close()


def test_an_address_that_cannot_be_used_is_a_fault_of_settings() -> None:
    with pytest.raises(SettingsError, match=r"endpoint: plain http"):
        connect(config("http://bigquery.example"), ContractContext(), {})


def test_jobs_are_billed_to_the_other_project() -> None:
    with serving(as_json(DATASET)) as server:
        service = connect(
            config(server.url, billing_project="billed-project"), ContractContext(), {}
        )
        assert service.billing == "billed-project"
        assert service.client.project == "billed-project"
        service.close()


def test_every_request_has_our_timeouts_whatever_the_caller_says() -> None:
    with serving(Said(ending="stall")) as server:
        service = connect(config(server.url, timeout=Duration(0.2)), ContractContext(), {})
        with pytest.raises(requests.ReadTimeout):
            session_of(service).request("GET", server.url, timeout=1000)
        service.close()


def test_proxies_and_netrc_are_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with serving(as_json(DATASET)) as server:
        assert asked(connect(config(server.url), ContractContext(), {})) == "EU"
    assert "authorization" not in server.heard[0].headers


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with serving(as_json(DATASET)) as elsewhere:
        there = Said(status, b"", {"Location": f"{elsewhere.url}/x"})
        with serving(there) as server:
            service = connect(config(server.url), ContractContext(), {})
            with pytest.raises(SinkRefused, match="`endpoint`"):
                service.insert_all("usage_raw", b'{"rows": []}')
            service.close()
    assert elsewhere.heard == []


def test_a_refused_login_is_not_made_anew_without_one() -> None:
    with serving(as_json({"error": {"message": "no"}}, 401)) as server:
        service = connect(config(server.url), ContractContext(), {})
        with pytest.raises(SinkRefused, match="answered 401"):
            service.locate()
        service.close()
    assert len(server.heard) == 1
