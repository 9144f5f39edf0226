from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync import money
from ccsync.records import (
    MERGED,
    JsonObject,
    ModelUsage,
    Record,
    ToolActions,
    combine,
    identity,
    sum_models,
    sum_tools,
)
from ccsync.testing import a_record


def usage(model: str = "opus", currency: str = "USD", cost: str = "1.5", **more: Any) -> ModelUsage:
    minor = money.canonical(Decimal(cost))
    return ModelUsage(
        model=model,
        input_tokens=1,
        output_tokens=2,
        cache_read_tokens=3,
        cache_creation_tokens=4,
        estimated_cost=money.major(minor),
        estimated_cost_minor=minor,
        currency=currency,
        **more,
    )


@pytest.mark.parametrize(
    "other",
    [
        {"actor_type": "api_actor"},
        {"actor_id": "other@northwind.example"},
        {"customer_type": None},
        {"subscription_type": "team"},
        {"subscription_type": ""},
        {"terminal_type": ""},
        {"terminal_type": None},
        {"is_remote": True},
        {"is_remote": None},
        {"organization_id": "another"},
    ],
)
def test_every_dimension_is_part_of_the_identity(other: dict[str, Any]) -> None:
    assert identity(msgspec.structs.replace(a_record(), **other)) != identity(a_record())


def test_measures_are_no_part_of_the_identity() -> None:
    assert identity(a_record(sessions=1, extra={"new": 1})) == identity(a_record(sessions=9))


def test_null_and_empty_are_different_values() -> None:
    null, empty = a_record(terminal_type=None), a_record(terminal_type="")
    assert identity(null) != identity(empty)


def test_equal_identities_are_added() -> None:
    total = combine(a_record(sessions=3), a_record(sessions=4))
    assert (total.sessions, total.commits, total.pull_requests) == (7, 3, 2)
    assert total.lines_added == 7 * 40 + 2 * len(a_record().actor_id)
    assert total.lines_removed == 49
    assert total.tool_actions == (
        ToolActions("edit_tool", 35, 7),
        ToolActions("write_tool", 7, 0),
    )
    (model,) = total.model_usage
    assert model.input_tokens == 7000
    assert (model.output_tokens, model.cache_read_tokens) == (2800, 63000)
    assert model.cache_creation_tokens == 4900
    assert str(model.estimated_cost_minor) == "918.75"
    assert str(model.estimated_cost) == "9.1875"


def test_tools_are_added_by_name_and_sorted() -> None:
    actions = [ToolActions("write", 1, 2), ToolActions("edit", 3, 4), ToolActions("write", 5, 6)]
    assert sum_tools(actions) == (ToolActions("edit", 3, 4), ToolActions("write", 6, 8))


def test_money_of_different_currencies_is_never_added() -> None:
    models = sum_models([usage(currency="USD"), usage(currency="EUR"), usage(currency="USD")])
    assert [(one.currency, str(one.estimated_cost_minor)) for one in models] == [
        ("EUR", "1.5"),
        ("USD", "3"),
    ]


def test_models_are_sorted_by_name() -> None:
    models = sum_models([usage("sonnet"), usage("haiku"), usage("sonnet")])
    assert [one.model for one in models] == ["haiku", "sonnet"]


def test_a_split_of_the_cache_that_one_side_does_not_know_is_not_known() -> None:
    split = usage(cache_creation_5m_tokens=3, cache_creation_1h_tokens=1)
    (both,) = sum_models([split, split])
    assert (both.cache_creation_5m_tokens, both.cache_creation_1h_tokens) == (6, 2)
    (one,) = sum_models([split, usage()])
    assert (one.cache_creation_5m_tokens, one.cache_creation_1h_tokens) == (None, None)


def test_equal_extras_are_kept_once() -> None:
    total = combine(a_record(extra={"region": "eu"}), a_record(extra={"region": "eu"}))
    assert total.extra == {"region": "eu"}


def test_no_extra_stays_no_extra() -> None:
    assert combine(a_record(), a_record()).extra is None
    assert combine(a_record(extra={"a": 1}), a_record()).extra == {"a": 1}


def test_differing_extras_are_kept_side_by_side_whatever_the_order() -> None:
    rows = [a_record(extra={"n": n}) for n in (3, 1, 2, 1)]
    for a, b, c, d in itertools.permutations(rows):
        assert combine(combine(a, b), combine(c, d)).extra == {
            MERGED: [{"n": 1}, {"n": 2}, {"n": 3}]
        }


def test_optional_fields_that_are_not_used_are_not_written() -> None:
    written = msgspec.json.decode(msgspec.json.encode(a_record(terminal_type=None)))
    assert "terminal_type" not in written
    assert "extra" not in written
    assert "cache_creation_5m_tokens" not in written["model_usage"][0]
    assert written["model_usage"][0]["estimated_cost"] == "3.9375"


def a_row(sessions: int, cost: Decimal, extra: JsonObject | None, tools: list[str]) -> Record:
    return a_record(
        sessions=sessions,
        cost_minor=cost,
        extra=extra,
        tool_actions=sum_tools(ToolActions(name, 1, sessions) for name in tools),
    )


rows = st.builds(
    a_row,
    sessions=st.integers(0, 5),
    cost=st.decimals(0, 1000, places=4),
    extra=st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), min_size=1),
    tools=st.lists(st.sampled_from(("edit", "write", "notebook")), max_size=3),
)


def canonical(record: Record) -> bytes:
    """Write a record as its snapshot is named by it: in `extra`, the order of keys says nothing."""
    return msgspec.json.encode(record, order="deterministic")


@given(rows, rows, rows)
def test_the_order_of_rows_changes_nothing(a: Record, b: Record, c: Record) -> None:
    expected = canonical(combine(combine(a, b), c))
    assert canonical(combine(a, combine(b, c))) == expected
    assert canonical(combine(combine(c, a), b)) == expected


def test_the_api_may_use_our_own_name_for_extras() -> None:
    first, second = (a_record(extra=extra) for extra in ({MERGED: 5}, {MERGED: [1], "z": 2}))
    assert combine(first, second).extra == {MERGED: [{MERGED: 5}, {MERGED: [1], "z": 2}]}
