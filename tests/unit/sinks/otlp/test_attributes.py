from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.testing import a_record
from ccsync.testing.builders import ORGANIZATION
from ccsync_otlp.attributes import Cell, Rules, Shaping, Speller
from ccsync_otlp.catalogue import COST, DECISIONS, DIMENSIONS, LINES, TOKENS
from ccsync_otlp.presets import PRESETS

TAGS = PRESETS["datadog"].rules


def speller(*left_out: str, rules: Rules | None = None, day: str | None = None) -> Speller:
    return Speller(Shaping(rules or Rules(), DIMENSIONS - set(left_out), day))


def base(**changes: Any) -> dict[str, str]:
    return dict(speller().base(a_record(**changes)))


def test_a_person() -> None:
    assert speller().base(a_record(subscription_type="team", is_remote=True)) == (
        ("actor.type", "user_actor"),
        ("customer_type", "api"),
        ("is_remote", "true"),
        ("organization.id", ORGANIZATION),
        ("subscription_type", "team"),
        ("terminal.type", "vscode"),
        ("user.email", "mira@northwind.example"),
    )


@pytest.mark.parametrize(
    ("actor_type", "actor_id", "name"),
    [
        ("user_actor", "mira@northwind.example", "user.email"),
        ("user_actor", "3f2a9c0d11e4b7a6", "user.hash"),
        ("api_actor", "nightly", "api_key.name"),
        ("api_actor", "bot@northwind.example", "api_key.name"),
        ("service_actor", "svc-1", "actor.id"),
    ],
)
def test_who(actor_type: str, actor_id: str, name: str) -> None:
    found = base(actor_type=actor_type, actor_id=actor_id)
    who = {"user.email", "user.hash", "api_key.name", "actor.id"} & found.keys()
    assert who == {name}
    assert (found[name], found["actor.type"]) == (actor_id, actor_type)


@pytest.mark.parametrize("actor_type", ["user_actor", "api_actor", "service_actor"])
def test_nobody_in_particular(actor_type: str) -> None:
    found = base(actor_type=actor_type, actor_id="")
    assert found["actor.type"] == actor_type
    assert not {"user.email", "user.hash", "api_key.name", "actor.id"} & found.keys()


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_are_left_out(nothing: str | None) -> None:
    found = base(customer_type=nothing, subscription_type=nothing, terminal_type=nothing)
    assert not {"customer_type", "subscription_type", "terminal.type"} & found.keys()


def test_is_remote_has_three_values() -> None:
    found = [base(is_remote=one).get("is_remote") for one in (True, False, None)]
    assert found == ["true", "false", None]


@given(st.frozensets(st.sampled_from(sorted(DIMENSIONS))), st.booleans())
def test_names_are_sorted_and_belong_to_chosen_dimensions(
    chosen: frozenset[str], day: bool
) -> None:
    one = Speller(Shaping(Rules(), chosen, "2026-11-19" if day else None))
    names = [name for name, _ in one.base(a_record(subscription_type="team"))]
    assert names == sorted(set(names))
    of = {
        "user": {"actor.type", "user.email"},
        "organization": {"organization.id"},
        "customer": {"customer_type"},
        "subscription": {"subscription_type"},
        "terminal": {"terminal.type"},
        "remote": {"is_remote"},
    }
    expected = {name for dimension in chosen for name in of.get(dimension, set())}
    assert set(names) == expected | ({"day"} if day else set())


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("edit_tool", "Edit"),
        ("multi_edit_tool", "MultiEdit"),
        ("write_tool", "Write"),
        ("notebook_edit_tool", "NotebookEdit"),
        ("teleport_tool", "teleport_tool"),
    ],
)
def test_tools_are_named_as_the_client_does(tool: str, name: str) -> None:
    cell = speller().cell(DECISIONS, {"tool_name": tool, "decision": "accept"})
    assert cell == Cell(DECISIONS, (("decision", "accept"), ("tool_name", name)))


def test_cells_without_model_or_tool() -> None:
    one = speller("model", "tool")
    assert one.cell(TOKENS, {"model": "m", "type": "input"}).extra == (("type", "input"),)
    assert one.cell(COST, {"model": "m", "currency": "USD"}).extra == (("currency", "USD"),)
    decision = {"tool_name": "edit_tool", "decision": "reject"}
    assert one.cell(DECISIONS, decision).extra == (("decision", "reject"),)


def test_equal_cells_are_one_object() -> None:
    one = speller(rules=Rules(fold_case=True))
    first = one.cell(TOKENS, {"model": "Opus", "type": "input"})
    assert one.cell(TOKENS, {"model": "opus", "type": "input"}) is first
    assert one.cell(LINES, {"type": "input"}) != one.cell(TOKENS, {"type": "input"})


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("Mira@Northwind.example", "mira_northwind.example"),
        ("claude-opus-5", "claude-opus-5"),
        ("a__b", "a_b"),
        ("a@_b", "a_b"),
        ("tail_", "tail"),
        ("tail!:", "tail"),
        ("Ünïcode Größe", "ünïcode_größe"),
        ("x²½", "x"),
        ("a:b/c.d-e", "a:b/c.d-e"),
    ],
)
def test_tags(value: str, spelled: str) -> None:
    assert TAGS.spell(value) == spelled


def test_values_of_which_nothing_is_left_stay_different() -> None:
    assert re.fullmatch("[0-9a-f]{8}", TAGS.spell("!!"))
    assert TAGS.spell("!!") != TAGS.spell("??")


@pytest.mark.parametrize("name", sorted(PRESETS))
@given(value=st.text(st.characters(), min_size=1) | st.text("abÉ\ud800\x00_: ", min_size=1))
def test_what_is_sent_is_what_is_shown(name: str, value: str) -> None:
    rules = PRESETS[name].rules
    spelled = rules.spell(value)
    assert spelled
    assert rules.spell(spelled) == spelled
    assert len(spelled) <= rules.max_length
    spelled.encode()
    assert not [char for char in spelled if unicodedata.category(char) == "Cc"]


@given(st.text("xyé ", min_size=495, max_size=600), st.text("xyé ", min_size=495, max_size=600))
def test_long_values_stay_different(first: str, second: str) -> None:
    rules = Rules()
    assert (rules.spell(first) == rules.spell(second)) == (first == second)
    assert rules.spell(first)[:400] == first[:400]


def test_a_tag_has_at_most_two_hundred_characters() -> None:
    longest = max(len(name) for name in ("organization.id", "subscription_type", "terminal.type"))
    assert len(TAGS.spell("x" * 5_000)) + longest + len(":") <= 200
