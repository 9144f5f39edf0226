from __future__ import annotations

import pytest

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.errors import ApiError

TABLE = ("p", "d", "t")


@pytest.mark.parametrize(
    ("permission", "place", "message"),
    [
        (
            "bigquery.tables.updateData",
            TABLE,
            "Access Denied: Table p:d.t: Permission bigquery.tables.updateData denied on table"
            " p:d.t (or it may not exist).",
        ),
        (
            "bigquery.tables.getData",
            TABLE,
            "Access Denied: Table p:d.t: User does not have permission to query table p:d.t, or"
            " perhaps it does not exist.",
        ),
        (
            "bigquery.datasets.get",
            ("p", "d"),
            "Access Denied: Dataset p:d: Permission bigquery.datasets.get denied on dataset p:d"
            " (or it may not exist).",
        ),
        (
            "bigquery.jobs.create",
            ("p",),
            "Access Denied: Project p: User does not have bigquery.jobs.create permission in"
            " project p.",
        ),
    ],
)
def test_what_is_denied_is_named(permission: str, place: tuple[str, ...], message: str) -> None:
    access = Access()
    access.require(permission, *place)

    access.deny(permission)
    with pytest.raises(ApiError) as error:
        access.require(permission, *place)
    assert (error.value.status, error.value.reason) == (403, "accessDenied")
    assert error.value.message == message

    access.allow(permission)
    access.require(permission, *place)


def test_a_permission_can_be_denied_on_one_table() -> None:
    access = Access()
    access.deny("bigquery.tables.get", "bigquery.tables.getData", table="t")
    both = ["bigquery.tables.get", "bigquery.tables.getData"]
    assert access.held(both, *TABLE) == []
    assert access.held(both, "p", "d", "other") == both
    assert access.held(both, "p", "d") == both
    access.allow()
    assert access.held(both, *TABLE) == both


def test_a_name_that_is_no_permission_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"not a BigQuery permission: tables\.get"):
        Access().deny("tables.get")
