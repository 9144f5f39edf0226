"""The tables: a record's fields, all described."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW, Column, Table


def named(name: str) -> Column:
    (found,) = (column for column in USAGE_RAW.columns if column.name == name)
    return found


def everything(columns: tuple[Column, ...]) -> Iterator[Column]:
    for column in columns:
        yield column
        yield from everything(column.fields)


def fields(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__)


def test_every_field_of_a_record_is_a_column_of_its_name() -> None:
    assert fields(Record) <= {column.name for column in USAGE_RAW.columns}
    assert fields(ToolActions) == {column.name for column in named("tool_actions").fields}
    assert fields(ModelUsage) == {column.name for column in named("model_usage").fields}


def test_what_a_record_always_has_is_required() -> None:
    required = {
        field.name
        for field in msgspec.structs.fields(Record)
        if field.required and not named(field.name).repeated
    }
    ours = {column.name for column in USAGE_RAW.columns if column.required}
    assert required == ours & fields(Record)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_is_split_by_day_and_sorted_by_columns_it_has(table: Table) -> None:
    kinds = {column.name: column.type for column in table.columns}
    assert kinds[table.partition] == "DATE"
    assert set(table.cluster) <= kinds.keys()
    assert len(kinds) == len(table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_described_within_the_limit(table: Table) -> None:
    assert 50 < len(table.description) <= 16_384
    for column in everything(table.columns):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert re.fullmatch(r"[A-Z`].*\.", column.description, re.DOTALL)
        assert len(column.description) <= 1024
        assert bool(column.fields) == (column.type == "RECORD")
        assert not (column.required and column.repeated)


def test_null_is_explained_wherever_it_may_be() -> None:
    nullable = [
        column
        for column in (*USAGE_RAW.columns, *SYNC_DAYS.columns)
        if not column.required and not column.repeated
    ]
    assert nullable
    assert all("null:" in column.description for column in nullable)


def test_warnings_are_where_people_look() -> None:
    assert "PERSONAL DATA" in named("actor_id").description
    (cost,) = (c for c in named("model_usage").fields if c.name == "estimated_cost")
    assert "not a bill" in cost.description
    assert "do not add both" in cost.description
    money = [c.type for c in named("model_usage").fields if c.name.startswith("estimated_cost")]
    assert money == ["BIGNUMERIC", "BIGNUMERIC"]
