from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.records import Record

from .fake_api import DAY, ORGANIZATION, Row, a_row, page_body
from .reading import changed, one, read, refusal


@pytest.mark.parametrize(
    ("actor", "kind", "identity", "left"),
    [
        ({"type": "user_actor", "email_address": "a@x.example"}, "user_actor", "a@x.example", None),
        ({"type": "api_actor", "api_key_name": "bot"}, "api_actor", "bot", None),
        ({"type": "user_actor", "email_address": None}, "user_actor", "", None),
        ({"type": "user_actor", "user_id": "u1"}, "user_actor", "u1", None),
        ({"type": "user_actor", "email_address": "", "user_id": "u1"}, "user_actor", "u1", None),
        (
            {"type": "user_actor", "email_address": "a@x.example", "user_id": "u1"},
            "user_actor", "a@x.example", {"user_id": "u1"},
        ),
        (
            {"type": "user_actor", "email_address": "a@x.example", "api_key_name": "bot"},
            "user_actor", "a@x.example", {"api_key_name": "bot"},
        ),
        ({"type": "x", "id": "i", "user_id": "u"}, "x", "u", {"id": "i"}),
        ({"type": "x", "zone_id": "z", "id": "i"}, "x", "i", {"zone_id": "z"}),
        ({"type": "federated", "b_id": "b", "a_id": "a"}, "federated", "a", {"b_id": "b"}),
        ({"type": "x", "display_name": "d", "age": 7}, "x", "d", {"age": 7}),
        ({"type": "x", "some_id": 7}, "x", "", {"some_id": 7}),
        ({"email_address": "a@x.example"}, "", "a@x.example", None),
        ({}, "", "", None),
        (None, "", "", None),
    ],
)  # fmt: skip
def test_actors(actor: Any, kind: str, identity: str, left: Any) -> None:
    record = one(a_row(actor=actor))
    assert (record.actor_type, record.actor_id) == (kind, identity)
    assert record.extra == (None if left is None else {"actor": left})


@pytest.mark.parametrize("value", [0, 0.0, "0", None, ..., "-0"])
def test_a_count_of_nothing(value: Any) -> None:
    assert one(changed("core_metrics.num_sessions", value)).sessions == 0


@pytest.mark.parametrize("value", [12, 12.0, "12", "12.0", "1.2e1"])
def test_spellings_of_a_count(value: Any) -> None:
    record = one(changed("model_breakdown.0.tokens.output", value))
    assert record.model_usage[0].output_tokens == 12
    assert record.extra is None


@pytest.mark.parametrize(
    "value",
    [
        -1,
        -0.5,
        1.5,
        "1.5",
        True,
        False,
        "",
        " 1",
        "1_0",
        "0x10",
        "١٢",
        "NaN",
        "Infinity",
        [],
        {},
        10**16,
        1e300,
        "1e999999999",
        "1e99999999999999999999",
        10**400,
    ],
)
def test_what_is_no_count(value: Any) -> None:
    for path in (
        "core_metrics.num_sessions",
        "core_metrics.lines_of_code.added",
        "tool_actions.edit_tool.rejected",
        "model_breakdown.1.tokens.cache_read",
    ):
        said = refusal(changed(path, value))
        assert said.startswith(f"{DAY}: page 3, row 0 (the first is 0) cannot be read: ")
        assert path.split(".")[-1] in said


def test_missing_money() -> None:
    for path in ("estimated_cost", "estimated_cost.currency", "estimated_cost.amount"):
        usage = one(changed(f"model_breakdown.0.{path}", ...)).model_usage[0]
        assert usage.currency == "USD"
        assert usage.estimated_cost_minor == (1312 if path.endswith("currency") else 0)


@pytest.mark.parametrize(
    ("created", "total", "split"),
    [
        (7, 7, (None, None)),
        ("7", 7, (None, None)),
        (None, 0, (None, None)),
        ({}, 0, (None, None)),
        ({"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": "2"}, 9, (7, 2)),
        ({"ephemeral_1h_input_tokens": 2}, 2, (0, 2)),
        ({"ephemeral_5m_input_tokens": None, "ephemeral_1h_input_tokens": 2.0}, 2, (0, 2)),
    ],
)
def test_cache_creation(created: Any, total: int, split: Any) -> None:
    usage = one(changed("model_breakdown.0.tokens.cache_creation", created)).model_usage[0]
    assert usage.cache_creation_tokens == total
    assert (usage.cache_creation_5m_tokens, usage.cache_creation_1h_tokens) == split


@pytest.mark.parametrize("section", ["core_metrics", "tool_actions", "model_breakdown", "actor"])
@pytest.mark.parametrize("value", [None, ...])
def test_a_section_may_be_left_out(section: str, value: Any) -> None:
    record = one(changed(section, value))
    assert record.extra is None
    assert record.organization_id == ORGANIZATION


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("core_metrics", [], "a list"),
        ("core_metrics.lines_of_code", 5, "a number"),
        ("tool_actions", "x", "a string"),
        ("tool_actions.edit_tool", 5.5, "a number"),
        ("model_breakdown", {}, "an object"),
        ("model_breakdown.0", None, "null"),
        ("actor", "mira", "a string"),
        ("actor.type", 1, "a number"),
        ("actor.email_address", {}, "an object"),
        ("customer_type", True, "true or false"),
        ("terminal_type", 1.5, "a number"),
        ("organization_id", 1, "a number"),
        ("is_remote", "true", "a string"),
        ("is_remote", 1, "a number"),
        ("model_breakdown.0.model", 5, "a number"),
        ("model_breakdown.0.tokens", [], "a list"),
        ("model_breakdown.0.estimated_cost", "5", "a string"),
        ("model_breakdown.0.estimated_cost.currency", 5, "a number"),
    ],
)
def test_a_value_of_another_kind(path: str, value: Any, found: str) -> None:
    said = refusal(changed(path, value))
    assert path.replace(".0", "[0]") in said
    assert f"found {found}" in said


@pytest.mark.parametrize("row", [None, 5, "x", []])
def test_what_is_no_row(row: Any) -> None:
    assert "the row: expected an object" in refusal(row)


def test_what_is_unknown_of_models_does_not_depend_on_their_order() -> None:
    row = a_row()
    for number, model in enumerate(row["model_breakdown"]):
        model["tokens"]["thinking"] = 5 - number
        model["tier"] = "fast"
        model["estimated_cost"]["list_amount"] = 1.5
    turned = copy.deepcopy(row)
    turned["model_breakdown"].reverse()
    assert one(row) == one(turned)
    extra = one(row).extra
    assert extra is not None
    assert extra["model_breakdown"][1] == {
        "model": "claude-sonnet-5",
        "tier": "fast",
        "tokens": {"thinking": 4},
        "estimated_cost": {"list_amount": 1.5},
    }


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.1", 0.1),
        ("1e3", 1000.0),
        ("0.12345678901234567890", "0.12345678901234567890"),
        ("1e400", "1e400"),
        ("1e99999999999999999999", "1e99999999999999999999"),
        ("9007199254740993", 9007199254740993),
        ("9223372036854775808", "9223372036854775808"),
        ('"x"', "x"),
        ('[1, null, {"a": null, "b": 2.5}]', [1, None, {"b": 2.5}]),
    ],
)
def test_unknown_values_are_kept_without_loss(written: str, kept: Any) -> None:
    body = page_body(a_row(unknown="HERE")).replace(b'"HERE"', written.encode())
    (record,) = read(body).records
    assert record.extra == {"unknown": kept}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Record) == record


def test_unknown_fields_that_are_null_say_nothing() -> None:
    assert one(a_row(region=None)).extra is None


def test_unknown_fields_may_not_be_nested_without_end() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    assert "nested too deeply" in refusal(a_row(unknown=deep))


def test_messages_show_no_values() -> None:
    for row in (
        a_row("secret@x.example", is_remote="secret"),
        a_row(date="secret"),
        changed("core_metrics.num_sessions", "secret"),
        changed("model_breakdown.0.estimated_cost.amount", "secret"),
    ):
        assert "secret" not in refusal(row)


names = st.text(min_size=1, max_size=12)
counts = st.integers(0, 10**12)
amounts = st.one_of(counts, st.integers(0, 10**9).map(lambda thousandths: thousandths / 1000))


@st.composite
def documented_rows(draw: st.DrawFn) -> Row:
    row = a_row(draw(names))
    row["core_metrics"] = {
        "num_sessions": draw(counts),
        "lines_of_code": {"added": draw(counts), "removed": draw(counts)},
        "commits_by_claude_code": draw(counts),
        "pull_requests_by_claude_code": draw(counts),
    }
    row["tool_actions"] = {
        tool: {"accepted": draw(counts), "rejected": draw(counts)}
        for tool in draw(st.sets(names, max_size=4))
    }
    row["model_breakdown"] = [
        {
            "model": model,
            "tokens": {
                name: draw(counts) for name in ("input", "output", "cache_read", "cache_creation")
            },
            "estimated_cost": {
                "amount": draw(amounts),
                "currency": draw(st.sampled_from(["USD", "EUR"])),
            },
        }
        for model in draw(st.lists(names, max_size=4))
    ]
    return row


@given(documented_rows())
def test_the_slow_way_reads_what_the_fast_way_reads(row: Row) -> None:
    fast = one(row)
    slow = one({**row, "beside": 1})
    assert slow.extra == {"beside": 1}
    assert msgspec.structs.replace(slow, extra=None) == fast
