"""Permissions and roles: data that contradicts itself would be found here."""

from __future__ import annotations

import pytest

from ccsync_bigquery import permissions
from ccsync_bigquery.permissions import COMMANDS, ROLES, Command, role_with, roles_for

KNOWN = {role.name: role for role in ROLES}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_the_roles_of_a_command_have_all_that_it_needs(command: Command) -> None:
    roles = roles_for(command)
    assert frozenset(command.needs) <= frozenset[str]().union(*(r.permissions for r in roles))
    assert len({role.on for role in roles}) == len(roles)
    assert len(set(command.needs)) == len(command.needs)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_no_smaller_role_would_do(command: Command) -> None:
    for role in roles_for(command):
        wanted = frozenset(command.needs) & role.permissions
        smaller = [one for one in ROLES if one.on == role.on and one.permissions < role.permissions]
        assert not [one.name for one in smaller if wanted <= one.permissions]


EXPECTED: list[tuple[Command, list[str]]] = [
    (permissions.STREAM, ["roles/bigquery.dataEditor"]),
    (permissions.STREAM_AND_READ, ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"]),
    (permissions.LOAD, ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"]),
    (permissions.INIT, ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"]),
    (permissions.INIT_DATASET, ["roles/bigquery.user"]),
    (permissions.VIEWS, ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"]),
    (permissions.COMPACT, ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"]),
    (permissions.VERIFY, ["roles/bigquery.dataViewer", "roles/bigquery.jobUser"]),
    (permissions.CHECK, ["roles/bigquery.dataViewer"]),
]


@pytest.mark.parametrize(("command", "expected"), EXPECTED)
def test_the_minimal_roles_are_those_of_the_documentation(
    command: Command, expected: list[str]
) -> None:
    assert [role.name for role in roles_for(command)] == expected


def test_every_command_is_expected_above() -> None:
    assert [command for command, _ in EXPECTED] == list(COMMANDS)


def test_streaming_needs_no_permission_to_read_or_to_run_jobs() -> None:
    assert permissions.JOBS_CREATE not in permissions.STREAM.needs
    assert permissions.TABLES_GET_DATA not in permissions.STREAM.needs


def test_a_permission_is_found_in_the_smallest_role() -> None:
    assert role_with(permissions.TABLES_GET) == KNOWN["roles/bigquery.dataViewer"]
    assert role_with(permissions.TABLES_UPDATE_DATA) == KNOWN["roles/bigquery.dataEditor"]
    assert role_with(permissions.JOBS_CREATE) == KNOWN["roles/bigquery.jobUser"]
    assert role_with("bigquery.tables.setCategory") is None


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        (permissions.TABLES_GET, "roles/bigquery.dataEditor"),
        (permissions.TABLES_GET_DATA, "roles/bigquery.dataEditor"),
        (permissions.TABLES_UPDATE_DATA, "roles/bigquery.dataEditor"),
        (permissions.DATASETS_CREATE, "roles/bigquery.user"),
        (permissions.JOBS_CREATE, "roles/bigquery.jobUser"),
    ],
)
def test_one_role_is_advised_for_all_that_a_sync_does_with_tables(
    permission: str, role: str
) -> None:
    assert permissions.role_to_grant(permission) == KNOWN[role]
