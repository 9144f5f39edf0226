from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.warehouse.columns import SCHEMA_VERSION, SYNC_DAYS, USAGE_RAW, Column, Table
from ccsync.warehouse.rows import LARGEST_EXACT, RowEncoder, commit, record_key

WRITTEN_AT = dt.datetime(2026, 11, 22, 13, 0, 0, 42, tzinfo=dt.timezone(dt.timedelta(hours=1)))
NEW_YEAR = dt.date(2026, 1, 1)

SOME_IDENTITY: dict[str, Any] = {
    "date": DAY,
    "organization_id": ORGANIZATION,
    "actor_type": "user_actor",
    "actor_id": "mira@northwind.example",
    "customer_type": "api",
    "subscription_type": "team",
    "terminal_type": "vscode",
    "is_remote": True,
}


def changed(**changes: Any) -> Record:
    """Change one record, whatever the names of the fields."""
    return msgspec.structs.replace(a_record(), **changes)


def row_of(record: Record, snapshot: Snapshot | None = None) -> dict[str, Any]:
    return decoded(encoder(snapshot).line(record))


def decoded(line: bytes) -> dict[str, Any]:
    """Read a row as a stranger would; a key that is there twice is a fault."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    row: dict[str, Any] = json.loads(line, object_pairs_hook=once)
    return row


def encoder(snapshot: Snapshot | None = None) -> RowEncoder:
    return RowEncoder(snapshot or a_snapshot(), run_id="run-1", written_at=WRITTEN_AT)


def misfits(columns: tuple[Column, ...], row: dict[str, Any], inside: str = "") -> list[str]:
    """Give what of a row a table would not take."""
    found = [inside + name for name in row if name not in {column.name for column in columns}]
    for column in columns:
        path = inside + column.name
        if column.name not in row:
            if column.required:
                found.append(path)
        elif column.repeated:
            found += [
                one for item in row[column.name] for one in misfits(column.fields, item, path + ".")
            ]
        elif not fits(column, row[column.name]):
            found.append(path)
    return found


def fits(column: Column, value: Any) -> bool:
    match column.type:
        case "STRING":
            return isinstance(value, str)
        case "BOOL":
            return isinstance(value, bool)
        case "INT64":
            return not isinstance(value, bool) and (
                (isinstance(value, int) and abs(value) <= LARGEST_EXACT)
                or (isinstance(value, str) and str(int(value)) == value)
            )
        case "DATE":
            return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
        case "TIMESTAMP":
            return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value) is not None
        case "BIGNUMERIC":
            return isinstance(value, str) and set(value) <= set("-.0123456789")
        case "RECORD":
            return not misfits(column.fields, value)


def assert_fits(table: Table, row: dict[str, Any]) -> None:
    assert misfits(table.columns, row) == []


def test_a_row_is_the_record_and_where_it_comes_from() -> None:
    snapshot = a_snapshot([a_record()])
    row = row_of(a_record(), snapshot)
    assert_fits(USAGE_RAW, row)
    assert row == {
        **json.loads(msgspec.json.encode(a_record())),
        "source_id": snapshot.source_id,
        "snapshot_id": snapshot.snapshot_id,
        "record_key": record_key(a_record()),
        "run_id": "run-1",
        "written_at": "2026-11-22T12:00:00.000042Z",
        "schema_version": SCHEMA_VERSION,
    }


def test_fields_without_a_value_are_left_out_and_empty_ones_are_not() -> None:
    row = row_of(
        a_record(
            customer_type=None,
            subscription_type=None,
            terminal_type="",
            is_remote=None,
            tool_actions=(),
            model_usage=(),
        )
    )
    assert_fits(USAGE_RAW, row)
    assert {"customer_type", "subscription_type", "is_remote", "extra"}.isdisjoint(row)
    assert row["terminal_type"] == ""
    assert row["tool_actions"] == row["model_usage"] == []


@pytest.mark.parametrize(
    "extra", [{"new": {"a": [1, None, 'ü"\\']}}, {}, {"a": 2**60, "b": 1e-7}, {"record_key": 1}]
)
def test_extra_is_json_text(extra: dict[str, Any]) -> None:
    row = row_of(a_record(extra=extra))
    assert_fits(USAGE_RAW, row)
    assert json.loads(row["extra"]) == extra
    assert row["record_key"] == record_key(a_record())


def test_text_that_looks_like_the_end_of_a_row_stays_text() -> None:
    nasty = '","record_key":"x"}\n\x00\u2028'
    row = row_of(a_record(nasty), a_snapshot(source_id=nasty))
    assert row["actor_id"] == row["source_id"] == nasty


@pytest.mark.parametrize("name", ["sessions", "lines_added", "lines_removed", "commits"])
def test_whole_numbers_that_a_double_would_damage_are_strings(name: str) -> None:
    assert row_of(changed(**{name: 2**53}))[name] == 2**53
    row = row_of(changed(**{name: 2**53 + 1}))
    assert_fits(USAGE_RAW, row)
    assert row[name] == str(2**53 + 1)
    assert row["record_key"]


def test_a_small_amount_has_no_exponent() -> None:
    (usage,) = row_of(a_record(cost_minor=Decimal("0.000001")))["model_usage"]
    assert usage["estimated_cost"] == "0.00000001"
    assert usage["estimated_cost_minor"] == "0.000001"


whole = st.one_of(st.integers(0, 10**6), st.integers(-(2**63), 2**63 - 1))
amounts = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=12)


@st.composite
def model_usages(draw: st.DrawFn) -> ModelUsage:
    minor = money.canonical(draw(amounts))
    optional = st.none() | whole
    return ModelUsage(
        model=draw(st.text(max_size=5)),
        input_tokens=draw(whole),
        output_tokens=draw(whole),
        cache_read_tokens=draw(whole),
        cache_creation_tokens=draw(whole),
        estimated_cost=money.major(minor),
        estimated_cost_minor=minor,
        currency="USD",
        cache_creation_5m_tokens=draw(optional),
        cache_creation_1h_tokens=draw(optional),
    )


@given(
    st.lists(whole, min_size=5, max_size=5),
    st.lists(st.builds(ToolActions, st.text(max_size=5), whole, whole), max_size=2),
    st.lists(model_usages(), max_size=2),
    st.none() | st.text(max_size=5),
    st.none() | st.dictionaries(st.text(max_size=3), st.integers() | st.text(), max_size=2),
)
def test_any_record_fits_and_is_the_same_number_for_number(
    counts: list[int],
    actions: list[ToolActions],
    usages: list[ModelUsage],
    terminal: str | None,
    extra: dict[str, Any] | None,
) -> None:
    names = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
    record = changed(
        **dict(zip(names, counts, strict=True)),
        tool_actions=tuple(actions),
        model_usage=tuple(usages),
        terminal_type=terminal,
        extra=extra,
    )
    row = row_of(record)
    assert_fits(USAGE_RAW, row)
    names_of_record = set(Record.__struct_fields__)
    values = {name: value for name, value in row.items() if name in names_of_record}
    if "extra" in values:
        values["extra"] = json.loads(values["extra"])
    assert msgspec.convert(values, Record, strict=False) == record


def test_every_whole_number_of_a_record_is_looked_at() -> None:
    big = 2**53 + 1
    spelled = 0
    for field in msgspec.structs.fields(Record):
        if field.type is int:
            spelled += row_of(changed(**{field.name: big}))[field.name] == str(big)
    for name, items in (
        ("tool_actions", a_record().tool_actions),
        ("model_usage", a_record().model_usage),
    ):
        for field in msgspec.structs.fields(items[0]):
            if field.type in (int, int | None):
                item = msgspec.structs.replace(items[0], **{field.name: big})
                row = row_of(changed(**{name: (item,)}))
                spelled += row[name][0][field.name] == str(big)
    assert spelled == 5 + 2 + 6


def test_the_key_is_32_hex_digits_and_never_changes() -> None:
    key = record_key(a_record(**SOME_IDENTITY))
    assert len(key) == 32
    assert int(key, 16)
    # Written to tables: another spelling would show every record twice until the day is resent.
    assert key == "87e3ff7332818d4be899154d7b2e2ede"


def test_each_dimension_makes_another_key_and_null_is_not_empty() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"date": NEW_YEAR},
        {"organization_id": "another"},
        {"actor_type": "api_actor"},
        {"actor_id": "Mira@northwind.example"},
        {"actor_id": ""},
        {"customer_type": None},
        {"customer_type": ""},
        {"subscription_type": None},
        {"subscription_type": ""},
        {"terminal_type": None},
        {"terminal_type": ""},
        {"is_remote": None},
        {"is_remote": False},
    ]
    keys = {record_key(a_record(**{**SOME_IDENTITY, **change})) for change in changes}
    assert len(keys) == len(changes)


def test_counts_make_no_other_key() -> None:
    assert record_key(a_record(sessions=1)) == record_key(a_record(sessions=2, extra={"a": 1}))


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
def test_neighbours_do_not_run_into_each_other(a: str, b: str, c: str, d: str) -> None:
    one = record_key(a_record(actor_type=a, actor_id=b))
    other = record_key(a_record(actor_type=c, actor_id=d))
    assert (one == other) == ((a, b) == (c, d))


def test_the_commit_names_the_snapshot_and_orders_it() -> None:
    snapshot = a_snapshot([a_record()], settled=False)
    line = commit(
        snapshot, committed_at=WRITTEN_AT, run_id="run-1", mode="stream", ccsync_version="1.2.3"
    )
    row = decoded(line)
    assert_fits(SYNC_DAYS, row)
    assert row == {
        "date": str(DAY),
        "source_id": ORGANIZATION,
        "snapshot_id": snapshot.snapshot_id,
        "record_count": 1,
        "settled": False,
        "fetched_at": FETCHED_AT.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        "committed_at": "2026-11-22T12:00:00.000042Z",
        "run_id": "run-1",
        "mode": "stream",
        "ccsync_version": "1.2.3",
        "schema_version": SCHEMA_VERSION,
    }


def test_a_fault_of_a_row_would_be_seen() -> None:
    row = row_of(a_record())
    del row["actor_id"]
    row["surprise"] = 1
    row["model_usage"][0]["estimated_cost"] = "1E-7"
    row["lines_added"] = 2**53 + 1
    expected = {"actor_id", "surprise", "model_usage.estimated_cost", "lines_added"}
    assert set(misfits(USAGE_RAW.columns, row)) == expected
