"""Which permissions each command needs, and the smallest predefined roles that have them. Data.

The README's tables and the advice in messages are made from this. Which role has which permission:
BigQuery documentation, IAM roles and permissions.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Where: TypeAlias = Literal["dataset", "project"]

DATASETS_CREATE = "bigquery.datasets.create"
DATASETS_GET = "bigquery.datasets.get"
DATASETS_UPDATE = "bigquery.datasets.update"
JOBS_CREATE = "bigquery.jobs.create"
TABLES_CREATE = "bigquery.tables.create"
TABLES_GET = "bigquery.tables.get"
TABLES_GET_DATA = "bigquery.tables.getData"
TABLES_UPDATE = "bigquery.tables.update"
TABLES_UPDATE_DATA = "bigquery.tables.updateData"


class Role(NamedTuple):
    """A predefined role, where it is to be granted, and what of ours it allows."""

    name: str
    on: Where
    permissions: frozenset[str]


_VIEW = frozenset((DATASETS_GET, TABLES_GET, TABLES_GET_DATA))
_EDIT = _VIEW | {TABLES_CREATE, TABLES_UPDATE, TABLES_UPDATE_DATA}

ROLES = (
    Role("roles/bigquery.dataViewer", "dataset", _VIEW),
    Role("roles/bigquery.dataEditor", "dataset", _EDIT),
    Role("roles/bigquery.dataOwner", "dataset", _EDIT | {DATASETS_UPDATE}),
    Role("roles/bigquery.jobUser", "project", frozenset((JOBS_CREATE,))),
    Role("roles/bigquery.user", "project", frozenset((JOBS_CREATE, DATASETS_CREATE))),
)
"""Smallest first. A role on the dataset may as well be granted on its two tables, as far as the
permissions are about tables; who makes a dataset by `roles/bigquery.user` becomes its owner."""


class Command(NamedTuple):
    """What one way of using BigQuery needs."""

    name: str
    """As README tables show it."""

    purpose: str
    needs: tuple[str, ...]


STREAM = Command(
    "ccsync sync, mode: stream",
    "write days; rows are written again whenever a day changes",
    (DATASETS_GET, TABLES_GET, TABLES_UPDATE_DATA),
)
STREAM_AND_READ = Command(
    "ccsync sync, mode: stream, with queries",
    "also reuse rows that are there, leave newer revisions alone, and see that rows arrived",
    (*STREAM.needs, TABLES_GET_DATA, JOBS_CREATE),
)
LOAD = Command(
    "ccsync sync, mode: load",
    "write days by load jobs, with the same queries",
    (DATASETS_GET, TABLES_GET, TABLES_UPDATE_DATA, TABLES_GET_DATA, JOBS_CREATE),
)
INIT = Command(
    "ccsync bigquery init",
    "make or upgrade tables and views in a dataset that exists, and see that rows arrive",
    (
        DATASETS_GET,
        TABLES_GET,
        TABLES_CREATE,
        TABLES_UPDATE,
        TABLES_UPDATE_DATA,
        TABLES_GET_DATA,
        JOBS_CREATE,
    ),
)
INIT_DATASET = Command(
    "ccsync bigquery init, no dataset yet",
    "make the dataset, too",
    (DATASETS_CREATE,),
)
VIEWS = Command(
    "ccsync bigquery views",
    "make or replace the views",
    (DATASETS_GET, TABLES_GET, TABLES_CREATE, TABLES_UPDATE, TABLES_GET_DATA, JOBS_CREATE),
)
COMPACT = Command(
    "ccsync bigquery compact",
    "delete rows that no view shows any more",
    (DATASETS_GET, TABLES_GET, TABLES_GET_DATA, TABLES_UPDATE_DATA, JOBS_CREATE),
)
VERIFY = Command(
    "ccsync verify",
    "read totals back",
    (DATASETS_GET, TABLES_GET, TABLES_GET_DATA, JOBS_CREATE),
)
CHECK = Command(
    "ccsync check",
    "look at the dataset and its tables; says what is missing for the rest",
    (DATASETS_GET, TABLES_GET),
)

COMMANDS = (STREAM, STREAM_AND_READ, LOAD, INIT, INIT_DATASET, VIEWS, COMPACT, VERIFY, CHECK)


def role_with(permission: str) -> Role | None:
    """Give the smallest predefined role with a permission; None for one that we never need."""
    return next((role for role in ROLES if permission in role.permissions), None)


def role_to_grant(permission: str) -> Role | None:
    """Give the role to advise: on the dataset the one that has all a sync needs, if it will do.

    So that who grants what one message asks for does not hear of the next permission.
    """
    (of_sync,) = (role for role in roles_for(STREAM) if role.on == "dataset")
    return of_sync if permission in of_sync.permissions else role_with(permission)


def roles_for(command: Command) -> tuple[Role, ...]:
    """Give the smallest predefined roles for a command: at most one per place."""
    return tuple(
        next(role for role in ROLES if role.on == where and needed <= role.permissions)
        for where in ("dataset", "project")
        if (needed := frozenset(command.needs) & _askable(where))
    )


def _askable(where: Where) -> frozenset[str]:
    return frozenset[str]().union(*(role.permissions for role in ROLES if role.on == where))
