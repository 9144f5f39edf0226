"""Columns as fields of the client library, and how a live table may differ from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from google.cloud.bigquery import SchemaField

from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW, Table
from ccsync_bigquery.schema import conflicts, fields, missing_columns, parsed, with_missing

Raw = dict[str, Any]


def as_sent(schema: Sequence[SchemaField]) -> list[Raw]:
    """Give fields as the API would; the client library does not type that."""
    return [cast("Raw", one.to_api_repr()) for one in schema]  # pyright: ignore[reportUnknownMemberType]


def live(table: Table, change: Callable[[list[Raw]], object] = len) -> list[SchemaField]:
    """Give the schema as the API would, after a change to it."""
    raw = as_sent(fields(table))
    change(raw)
    return [parsed(one) for one in raw]


def named(raw: list[Raw], name: str) -> Raw:
    head, _, rest = name.partition(".")
    found = next(one for one in raw if one["name"] == head)
    return named(found["fields"], rest) if rest else found


KINDS = {
    "date": ("DATE", "REQUIRED"),
    "is_remote": ("BOOLEAN", "NULLABLE"),
    "sessions": ("INTEGER", "REQUIRED"),
    "model_usage": ("RECORD", "REPEATED"),
    "model_usage.estimated_cost": ("BIGNUMERIC", "NULLABLE"),
}


def test_fields_are_the_columns_as_the_api_spells_them() -> None:
    found = as_sent(fields(USAGE_RAW))
    assert [one["name"] for one in found] == [column.name for column in USAGE_RAW.columns]
    (actor_id,) = (column for column in USAGE_RAW.columns if column.name == "actor_id")
    assert named(found, "actor_id") == {
        "name": "actor_id",
        "type": "STRING",
        "mode": "REQUIRED",
        "description": actor_id.description,
    }
    kinds = {name: (named(found, name)["type"], named(found, name)["mode"]) for name in KINDS}
    assert kinds == KINDS


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_as_we_make_it_fits(table: Table) -> None:
    assert not missing_columns(table, live(table))
    assert not conflicts(table, live(table))


def test_missing_columns_are_named_nested_ones_too() -> None:
    def older(raw: list[Raw]) -> None:
        raw.remove(named(raw, "extra"))
        named(raw, "model_usage")["fields"].pop()

    found = live(USAGE_RAW, older)
    assert missing_columns(USAGE_RAW, found) == ["model_usage.currency", "extra"]
    assert not conflicts(USAGE_RAW, found)


def test_a_missing_record_is_named_without_its_fields() -> None:
    found = live(USAGE_RAW, lambda raw: raw.remove(named(raw, "tool_actions")))
    assert missing_columns(USAGE_RAW, found) == ["tool_actions"]


def test_names_of_columns_may_be_in_upper_case() -> None:
    found = live(SYNC_DAYS, lambda raw: named(raw, "run_id").update(name="RUN_ID"))
    assert not missing_columns(SYNC_DAYS, found)
    assert not conflicts(SYNC_DAYS, found)


def test_names_of_types_may_be_the_newer_ones() -> None:
    def newer(raw: list[Raw]) -> None:
        named(raw, "sessions")["type"] = "INT64"
        named(raw, "model_usage")["type"] = "STRUCT"

    assert not conflicts(USAGE_RAW, live(USAGE_RAW, newer))


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("sessions", {"type": "STRING"}, "sessions is STRING, and should be INT64"),
        ("is_remote", {"type": "INTEGER"}, "is_remote is INT64, and should be BOOL"),
        (
            "model_usage.estimated_cost",
            {"type": "FLOAT"},
            "model_usage.estimated_cost is FLOAT64, and should be BIGNUMERIC",
        ),
        ("tool_actions", {"mode": "NULLABLE"}, "tool_actions is not repeated, and should be"),
        ("extra", {"mode": "REPEATED"}, "extra is repeated, and should not be"),
        (
            "customer_type",
            {"mode": "REQUIRED"},
            "customer_type is required, and ccsync writes null where the API says nothing",
        ),
    ],
)
def test_a_column_that_does_not_fit(name: str, change: Raw, says: str) -> None:
    found = live(USAGE_RAW, lambda raw: named(raw, name).update(change))
    assert conflicts(USAGE_RAW, found) == [says]


def test_a_column_that_may_be_null_fits() -> None:
    found = live(USAGE_RAW, lambda raw: named(raw, "sessions").update(mode="NULLABLE"))
    assert not conflicts(USAGE_RAW, found)


def test_columns_of_others_are_theirs_unless_they_refuse_our_rows() -> None:
    mine = {"name": "team", "type": "STRING", "mode": "NULLABLE"}
    assert not conflicts(USAGE_RAW, live(USAGE_RAW, lambda raw: raw.append(mine)))
    needed = {**mine, "mode": "REQUIRED"}
    found = conflicts(USAGE_RAW, live(USAGE_RAW, lambda raw: raw.append(needed)))
    assert found == ["team is required, and ccsync does not know it"]


def test_what_is_missing_is_added_at_the_end_and_may_be_null() -> None:
    def older(raw: list[Raw]) -> None:
        raw.remove(named(raw, "run_id"))
        named(raw, "model_usage")["fields"].pop(0)

    after = with_missing(USAGE_RAW, live(USAGE_RAW, older))
    assert not missing_columns(USAGE_RAW, after)
    assert not conflicts(USAGE_RAW, after)
    raw = as_sent(after)
    assert (raw[-1]["name"], raw[-1]["mode"]) == ("run_id", "NULLABLE")
    assert named(raw, "model_usage")["fields"][-1]["name"] == "model"


def test_an_upgrade_keeps_what_others_set_and_puts_descriptions_right() -> None:
    tags = {"names": ["projects/p-example/locations/us/taxonomies/1/policyTags/2"]}

    def touched(raw: list[Raw]) -> None:
        named(raw, "actor_id")["policyTags"] = tags
        named(raw, "sessions")["description"] = "Something else."
        named(raw, "sessions")["mode"] = "NULLABLE"
        raw.insert(0, {"name": "team", "type": "STRING", "mode": "NULLABLE", "description": "T"})

    after = as_sent(with_missing(USAGE_RAW, live(USAGE_RAW, touched)))
    assert after[0] == {"name": "team", "type": "STRING", "mode": "NULLABLE", "description": "T"}
    assert named(after, "actor_id")["policyTags"] == tags
    assert named(after, "sessions")["description"] == "Claude Code sessions."
    assert named(after, "sessions")["mode"] == "NULLABLE"
