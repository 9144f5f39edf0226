"""Columns as fields of the client library, and how a live table may differ from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud.bigquery import SchemaField

from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW, Table
from ccsync_bigquery.schema import conflicts, fields, missing_columns, with_missing

Raw = dict[str, Any]


def live(table: Table, change: Callable[[list[Raw]], object] = len) -> list[SchemaField]:
    """Give the schema as the API would, after a change to it."""
    raw = [one.to_api_repr() for one in fields(table)]
    change(raw)
    return [SchemaField.from_api_repr(one) for one in raw]


def named(raw: list[Raw], name: str) -> Raw:
    head, _, rest = name.partition(".")
    found = next(one for one in raw if one["name"] == head)
    return named(found["fields"], rest) if rest else found


def test_fields_are_the_columns_as_the_api_spells_them() -> None:
    by_name = {one.name: one for one in fields(USAGE_RAW)}
    assert list(by_name) == [column.name for column in USAGE_RAW.columns]
    assert (by_name["date"].field_type, by_name["date"].mode) == ("DATE", "REQUIRED")
    assert (by_name["is_remote"].field_type, by_name["is_remote"].mode) == ("BOOLEAN", "NULLABLE")
    assert (by_name["sessions"].field_type, by_name["sessions"].mode) == ("INTEGER", "REQUIRED")
    usage = by_name["model_usage"]
    assert (usage.field_type, usage.mode) == ("RECORD", "REPEATED")
    assert {one.name: one.field_type for one in usage.fields}["estimated_cost"] == "BIGNUMERIC"
    assert by_name["actor_id"].description == next(
        column.description for column in USAGE_RAW.columns if column.name == "actor_id"
    )


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
    assert (after[-1].name, after[-1].mode) == ("run_id", "NULLABLE")
    usage = next(one for one in after if one.name == "model_usage")
    assert usage.fields[-1].name == "model"


def test_an_upgrade_keeps_what_others_set_and_puts_descriptions_right() -> None:
    tags = {"names": ["projects/p-example/locations/us/taxonomies/1/policyTags/2"]}

    def touched(raw: list[Raw]) -> None:
        named(raw, "actor_id")["policyTags"] = tags
        named(raw, "sessions")["description"] = "Something else."
        named(raw, "sessions")["mode"] = "NULLABLE"
        raw.insert(0, {"name": "team", "type": "STRING", "mode": "NULLABLE", "description": "T"})

    after = [one.to_api_repr() for one in with_missing(USAGE_RAW, live(USAGE_RAW, touched))]
    assert after[0] == {"name": "team", "type": "STRING", "mode": "NULLABLE", "description": "T"}
    assert named(after, "actor_id")["policyTags"] == tags
    assert named(after, "sessions")["description"] == "Claude Code sessions."
    assert named(after, "sessions")["mode"] == "NULLABLE"
