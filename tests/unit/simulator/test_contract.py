from __future__ import annotations

import pytest

from ccsync.simulator import (
    ME_PATH,
    REPORT_PATH,
    SIMULATED_KEY,
    SIMULATED_TOKEN,
    ScriptedOrganization,
    Simulator,
)

from .conftest import DAY, Ask, Clock, Start, people

VERSION = {"anthropic-version": "2023-06-01"}
TARGET = f"{REPORT_PATH}?starting_at={DAY}"


@pytest.fixture(name="ask")
def _ask(start: Start, clock: Clock) -> Ask:
    return start(Simulator(ScriptedOrganization({DAY: people(3)}), now=clock))


def test_a_permitted_request_gets_rows(ask: Ask) -> None:
    reply = ask.report()
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["has_more"] is False
    assert reply.json["next_page"] is None
    assert reply.names == ["p0@x.example", "p1@x.example", "p2@x.example"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "starting_at=",
        "starting_at=2026-11-19T00:00:00Z",
        "starting_at=2026-02-30",
        "starting_at=20261119",
        "starting_at=2026-11-19%0A",
        "starting_at=%D9%A2026-11-19",
        "starting_at=2026-11-21",
        "starting_at=2026-11-19&ending_at=2026-11-20",
        "starting_at=2026-11-19&starting_at=2026-11-19",
        "starting_at=2026-11-19&limit=0",
        "starting_at=2026-11-19&limit=1001",
        "starting_at=2026-11-19&limit=-1",
        "starting_at=2026-11-19&limit=1e3",
        "starting_at=2026-11-19&limit=",
        "starting_at=2026-11-19&limit=5&limit=5",
        "starting_at=2026-11-19&page=",
        "starting_at=2026-11-19&page=page_Zm9v",
        "starting_at=2026-11-19&page=page_%FF",
        "starting_at=2026-11-19&page=3",
    ],
)
def test_a_wrong_query_is_refused(ask: Ask, query: str) -> None:
    reply = ask.raw(f"{REPORT_PATH}?{query}", headers=ask.headers())
    assert reply.error == (400, "invalid_request_error")


@pytest.mark.parametrize("limit", [1, 1000])
def test_limits_at_the_edges_are_taken(ask: Ask, limit: int) -> None:
    assert ask.report(limit=limit).status == 200


def test_a_page_has_twenty_rows_unless_asked_otherwise(ask: Ask) -> None:
    usage = ask.api.usage
    assert isinstance(usage, ScriptedOrganization)
    usage.put(DAY, people(21))
    assert len(ask.report().json["data"]) == 20


def test_an_empty_day_has_the_documented_body(ask: Ask) -> None:
    reply = ask.report("2026-11-18")
    assert (reply.status, reply.body) == (200, b'{"data":[],"has_more":false,"next_page":null}')


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"x-api-key": ""},
        {"x-api-key": "sk-ant-admin01-unknown"},
        {"x-api-key": SIMULATED_TOKEN},
        {"authorization": f"Bearer {SIMULATED_KEY}"},
        {"authorization": SIMULATED_TOKEN},
        {"authorization": f"Basic {SIMULATED_TOKEN}"},
        {"x-api-key": SIMULATED_KEY, "authorization": f"Bearer {SIMULATED_TOKEN}"},
    ],
)
def test_unknown_credentials_are_not_let_in(ask: Ask, credentials: dict[str, str]) -> None:
    reply = ask.raw(TARGET, headers=VERSION | credentials)
    assert reply.error == (401, "authentication_error")
    assert "anthropic-organization-id" not in reply.headers


@pytest.mark.parametrize(
    "credentials",
    [{"x-api-key": SIMULATED_KEY}, {"authorization": f"Bearer {SIMULATED_TOKEN}"}],
)
def test_known_credentials_are_let_in(ask: Ask, credentials: dict[str, str]) -> None:
    assert ask.raw(TARGET, headers=VERSION | credentials).status == 200


@pytest.mark.parametrize("kind", ["api01", "api03"])
def test_keys_of_the_wrong_kind_are_forbidden(ask: Ask, kind: str) -> None:
    reply = ask.raw(TARGET, headers={**VERSION, "x-api-key": f"sk-ant-{kind}-invented"})
    assert reply.error == (403, "permission_error")


@pytest.mark.parametrize("version", [None, "", "latest"])
def test_a_version_is_needed(ask: Ask, version: str | None) -> None:
    headers = {"x-api-key": SIMULATED_KEY}
    if version is not None:
        headers["anthropic-version"] = version
    assert ask.raw(TARGET, headers=headers).error == (400, "invalid_request_error")


@pytest.mark.parametrize("path", ["/", "/v1/organizations", f"{REPORT_PATH}/", "/v1/oauth/token"])
def test_other_paths_do_not_exist(ask: Ask, path: str) -> None:
    assert ask.raw(path, headers=ask.headers()).error == (404, "not_found_error")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(ask: Ask, method: str) -> None:
    reply = ask.raw(TARGET, method=method, headers=ask.headers(), body=b"{}")
    assert reply.error == (405, "invalid_request_error")
    assert reply.headers["allow"] == "GET"


def test_head_is_not_allowed_and_has_no_body(ask: Ask) -> None:
    reply = ask.raw(TARGET, method="HEAD", headers=ask.headers())
    assert (reply.status, reply.body) == (405, b"")


def test_me_names_the_organization(ask: Ask) -> None:
    reply = ask.raw(ME_PATH, headers=ask.headers())
    assert reply.json == {
        "id": ask.api.usage.organization_id,
        "name": ask.api.usage.name,
        "type": "organization",
    }
    assert ask.raw(ME_PATH, headers=VERSION).status == 401
    assert ask.raw(f"{ME_PATH}?a=b", headers=ask.headers()).status == 400


def test_the_organization_can_be_left_unnamed(start: Start, clock: Clock) -> None:
    usage = ScriptedOrganization({DAY: people(1)})
    named = start(Simulator(usage, now=clock)).report()
    assert named.headers["anthropic-organization-id"] == usage.organization_id
    ask = start(Simulator(usage, now=clock, organization_header=False, me=False))
    assert "anthropic-organization-id" not in ask.report().headers
    assert ask.raw(ME_PATH, headers=ask.headers()).error == (404, "not_found_error")


def test_every_answer_has_a_request_id_of_its_own(ask: Ask) -> None:
    replies = [ask.report(), ask.report("nonsense"), ask.raw("/"), ask.raw(TARGET)]
    ids = {reply.headers["request-id"] for reply in replies}
    assert len(ids) == 4
    assert all(one.startswith("req_") for one in ids)
