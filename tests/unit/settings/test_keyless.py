from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.settings.document import FAULTY, Document, read
from ccsync.settings.keyless import without_key
from ccsync.settings.load import load
from ccsync.settings.model import FederationSettings

from .conftest import PLUGINS, Faults, Load

ADMIN = "sk-ant-admin01-hidden"


def document(source: str, environ: dict[str, str], *, allowed: bool) -> Document:
    found = read(f"version: 1\nsource: {{{source}}}\n", environ)
    without_key(found, environ, allowed=allowed)
    return found


@pytest.mark.parametrize("environ", [{}, {"K": ""}])
def test_who_asks_nothing_needs_no_key(environ: dict[str, str]) -> None:
    found = document('api_key: "${K}"', environ, allowed=True)
    assert found.faults == []
    assert found.value["source"]["api_key"] is not FAULTY
    assert found.environment["source", "api_key"].written == "${K}"


@pytest.mark.parametrize("source", ['page_size: "${K}"', 'api_key: "${K"', 'api_key: "${K}${"'])
def test_every_other_fault_stays(source: str) -> None:
    assert document(source, {}, allowed=True).faults


@pytest.mark.parametrize(
    ("source", "environ", "said"),
    [
        ('api_key: "${K}"', {}, "K is not set; export it: an Admin key (sk-ant-admin...)"),
        ('api_key: "${K}"', {"K": ""}, "K is empty; export it"),
        (
            'api_key: "${K}"',
            {"ANTHROPIC_ADMIN_API_KEY": ADMIN},
            "K is not set, but ANTHROPIC_ADMIN_API_KEY holds a key: write "
            "${ANTHROPIC_ADMIN_API_KEY} here",
        ),
        ('api_key_file: "${K}/key"', {}, "write the name of the file here"),
        ('bearer_token: "${K}"', {}, "an OAuth token with the scope org:admin"),
    ],
)
def test_where_keys_come_from(source: str, environ: dict[str, str], said: str) -> None:
    (fault,) = document(source, environ, allowed=False).faults
    assert said in fault.message
    assert "hidden" not in fault.message
    assert (fault.position.line, fault.path[0]) == (2, "source")


def test_a_variable_that_is_set_is_left_alone() -> None:
    found = document('api_key: "${K}"', {"K": ADMIN}, allowed=False)
    assert found.value["source"]["api_key"] == ADMIN


def test_settings_that_are_no_mapping() -> None:
    for text in ("", "5", "source: 5", "- ${K}", "source: [{api_key: '${K}'}]"):
        without_key(read(text, {}), {}, allowed=True)


IDS = {
    "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_hidden",
    "ANTHROPIC_ORGANIZATION_ID": "7b1d4a52-0c3e-4f6a-9a41-5d2f7e8c9b10",
    "ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_hidden",
}
FEDERATION = "version: 1\nsource:\n  federation: {}\nsinks:\n  here: {type: plain}\n"


def federation(load_text: Load, text: str = FEDERATION, **environ: str) -> FederationSettings:
    found = load_text(text, **environ).settings.source.federation
    assert found is not None
    return found


def test_a_login_takes_everything_from_the_environment(load_text: Load) -> None:
    found = federation(
        load_text,
        **IDS,
        ANTHROPIC_WORKSPACE_ID="wrkspc_1",
        ANTHROPIC_IDENTITY_TOKEN_FILE="/run/token",  # noqa: S106 - a path
    )
    assert found == FederationSettings(
        rule_id="fdrl_hidden",
        organization_id=IDS["ANTHROPIC_ORGANIZATION_ID"],
        service_account_id="svac_hidden",
        workspace_id="wrkspc_1",
        token_file="/run/token",  # noqa: S106 - a path
    )


@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_variables_count_as_unset(load_text: Load, faults_of: Faults, empty: str) -> None:
    unset = {"ANTHROPIC_WORKSPACE_ID": empty, "ANTHROPIC_IDENTITY_TOKEN_FILE": empty}
    found = federation(load_text, **IDS, **unset, ANTHROPIC_IDENTITY_TOKEN=empty)
    assert found.workspace_id == ""
    assert found.token_file == "/var/run/secrets/anthropic.com/token"  # noqa: S105 - a path
    (fault,) = faults_of(FEDERATION, **{**IDS, "ANTHROPIC_FEDERATION_RULE_ID": empty})
    assert fault.startswith("3:3: source.federation: rule_id is missing: write it here, or set ")
    assert "ANTHROPIC_FEDERATION_RULE_ID in the environment, where empty counts as not" in fault
    assert "hidden" not in fault


def test_what_is_written_goes_first(load_text: Load) -> None:
    text = FEDERATION.replace("{}", '{rule_id: fdrl_mine, organization_id: "", workspace_id: }')
    found = federation(load_text, text, **IDS)
    assert found.rule_id == "fdrl_mine"
    assert found.organization_id == IDS["ANTHROPIC_ORGANIZATION_ID"]
    assert found.workspace_id == ""


def test_all_that_is_missing_is_said_at_once(faults_of: Faults) -> None:
    (fault,) = faults_of(FEDERATION)
    assert "rule_id, organization_id, service_account_id are missing" in fault
    assert "ANTHROPIC_ORGANIZATION_ID, ANTHROPIC_SERVICE_ACCOUNT_ID in the environment" in fault


def test_the_environment_alone_turns_nothing_on(load_text: Load, good: str) -> None:
    assert load_text(good, **IDS).settings.source.federation is None


def test_a_login_is_one_of_five(faults_of: Faults) -> None:
    (fault,) = faults_of(FEDERATION.replace("{}", "{}\n  api_key: x"), **IDS)
    assert "bearer_token_file and federation is needed; set are api_key, federation" in fault


def test_a_token_in_a_variable_is_not_taken(faults_of: Faults) -> None:
    (fault,) = faults_of(FEDERATION, **IDS, ANTHROPIC_IDENTITY_TOKEN="eyJhidden.x.y")  # noqa: S106
    assert "token_file: is not set, and ANTHROPIC_IDENTITY_TOKEN is" in fault
    assert "hidden" not in fault


def test_a_token_in_place_of_its_file(faults_of: Faults) -> None:
    jwt = "eyJhbGciOiJub25l.eyJoaWRkZW4i.c2ln"
    for environ, text in (
        ({"ANTHROPIC_IDENTITY_TOKEN_FILE": jwt}, FEDERATION),
        ({}, FEDERATION.replace("{}", f"{{token_file: {jwt}}}")),
    ):
        (fault,) = faults_of(text, **IDS, **environ)
        assert "token_file holds a token, and wants the name of the file" in fault
        assert "eyJ" not in fault


def test_an_id_from_a_variable_of_its_own(faults_of: Faults) -> None:
    text = FEDERATION.replace("{}", '{rule_id: "${RULE}"}')
    (fault,) = faults_of(text, **IDS)
    assert "source.federation.rule_id: environment variable RULE is not set; export it" in fault
    assert "Workload identity" in fault


@pytest.mark.parametrize("fields", ["{}", '{rule_id: "${RULE}", organization_id: x}'])
def test_who_asks_nothing_needs_no_login(tmp_path: Path, fields: str) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(FEDERATION.replace("{}", fields))
    loaded = load(path, PLUGINS, {}, needs_key=False)
    variable = "${RULE}" if "RULE" in fields else "${ANTHROPIC_FEDERATION_RULE_ID}"
    assert loaded.environment["source", "federation", "rule_id"] == variable


def test_a_key_that_is_not_set_where_a_login_is_possible() -> None:
    (fault,) = document('api_key: "${K}"', IDS, allowed=False).faults
    assert "but ANTHROPIC_FEDERATION_RULE_ID is: write `federation: {}` instead" in fault.message
