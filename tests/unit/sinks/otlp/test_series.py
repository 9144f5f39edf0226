from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.records import Record, ToolActions
from ccsync.testing import a_record
from ccsync_otlp.catalogue import COST, DECISIONS, DIMENSIONS, METRICS, SESSIONS, TOKENS
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.series import Cell, Rules, Shaping, Values, values_of
from tests.unit.sinks.otlp.strategies import a_usage, dimensions, records

EXACT = Context(prec=200, traps=[Inexact])


def shaping(*chosen: str, rules: Rules | None = None) -> Shaping:
    return Shaping(rules or Rules(), frozenset(chosen))


def total(amounts: Iterable[int | Decimal]) -> Decimal:
    found = Decimal(0)
    for amount in amounts:
        found = EXACT.add(found, Decimal(amount))
    return found


def sent(values: Values) -> dict[tuple[str, str], Decimal]:
    """Add up everything by metric and by what is never summed over."""
    found: dict[tuple[str, str], Decimal] = {}
    for sums in values.values():
        for cell, value in sums.items():
            own = dict(cell.extra)
            sort = own.get("type") or own.get("decision") or own.get("currency") or ""
            key = (METRICS[cell.metric].name.removeprefix("claude_code.daily."), sort)
            found[key] = total([found.get(key, Decimal(0)), value])
    return {key: value for key, value in found.items() if value}


def expected(rows: list[Record], fold: bool) -> dict[tuple[str, str], Decimal]:
    """Add up the records, with no thought of series."""
    parts: list[tuple[str, str, int | Decimal]] = []
    for row in rows:
        parts += [
            ("session.count", "", row.sessions),
            ("lines_of_code.count", "added", row.lines_added),
            ("lines_of_code.count", "removed", row.lines_removed),
            ("commit.count", "", row.commits),
            ("pull_request.count", "", row.pull_requests),
        ]
        for action in row.tool_actions:
            parts.append(("code_edit_tool.decision", "accept", action.accepted))
            parts.append(("code_edit_tool.decision", "reject", action.rejected))
        for usage in row.model_usage:
            parts += [
                ("token.usage", "input", usage.input_tokens),
                ("token.usage", "output", usage.output_tokens),
                ("token.usage", "cacheRead", usage.cache_read_tokens),
                ("token.usage", "cacheCreation", usage.cache_creation_tokens),
                ("cost.usage", usage.currency, EXACT.divide(usage.estimated_cost_minor, 100)),
            ]
    found: dict[tuple[str, str], Decimal] = {}
    for name, sort, amount in parts:
        key = (name, sort.lower() if fold else sort)
        found[key] = total([found.get(key, Decimal(0)), amount])
    return {key: value for key, value in found.items() if value}


@given(records(), dimensions, st.sampled_from(sorted(PRESETS)))
def test_nothing_is_lost_and_nothing_is_added_in_any_order(
    rows: list[Record], chosen: frozenset[str], preset: str
) -> None:
    rules = PRESETS[preset].rules
    values = values_of(rows, Shaping(rules, chosen))
    assert values == values_of(list(reversed(rows)), Shaping(rules, chosen))
    assert sent(values) == expected(rows, rules.fold_case)
    assert all(sums for sums in values.values())
    assert all(value for sums in values.values() for value in sums.values())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"terminal_type": None}, {"terminal_type": ""}),
        ({"actor_id": "Mira@x.example"}, {"actor_id": "mira@x.example"}),
        ({"terminal_type": "a b"}, {"terminal_type": "a_b"}),
    ],
)
def test_what_becomes_equal_is_added(first: dict[str, Any], second: dict[str, Any]) -> None:
    rows = [a_record(**first, sessions=2), a_record(**second, sessions=5)]
    values = values_of(rows, shaping(*DIMENSIONS, rules=PRESETS["datadog"].rules))
    (sums,) = values.values()
    assert sums[Cell(SESSIONS, ())] == 7


def test_models_that_become_equal_are_added_within_one_record() -> None:
    usage = (a_usage("Opus", "USD", (1, 2, 3, 4), "0.1"), a_usage("opus", "USD", (1, 2, 3, 4), 1))
    values = values_of([a_record(model_usage=usage)], shaping("model", rules=Rules(fold_case=True)))
    assert values[()][Cell(TOKENS, (("model", "opus"), ("type", "cacheread")))] == 6
    cost = Cell(COST, (("currency", "usd"), ("model", "opus")))
    assert values[()][cost] == Decimal("0.011")


def test_money_is_exact_and_currencies_are_kept_apart() -> None:
    usage = tuple(a_usage("m", currency, (0, 0, 0, 0), "0.1") for currency in ("USD", "EUR"))
    values = values_of([a_record(model_usage=usage)] * 1_000, shaping())
    costs = {cell.extra: value for cell, value in values[()].items() if cell.metric == COST}
    assert costs == {(("currency", "USD"),): Decimal(1), (("currency", "EUR"),): Decimal(1)}


def test_zeros_are_left_out() -> None:
    row = a_record(sessions=0, lines_added=0, model_usage=(), tool_actions=())
    assert values_of([row], shaping(*DIMENSIONS)) == {}


def test_corrections_that_cancel_each_other_leave_nothing() -> None:
    usage = [a_usage("m", "USD", (0, 0, 0, 0), minor) for minor in ("12.5", "-12.5")]
    rows = [
        a_record(sessions=0, lines_added=0, tool_actions=(), model_usage=(one,)) for one in usage
    ]
    assert values_of(rows, shaping()) == {}


def test_tools_under_both_names_are_one() -> None:
    tools = (ToolActions("Edit", 1, 0), ToolActions("edit_tool", 2, 0))
    values = values_of([a_record(tool_actions=tools)], shaping("tool"))
    assert values[()][Cell(DECISIONS, (("decision", "accept"), ("tool_name", "Edit")))] == 3


def test_the_day_is_an_attribute_where_asked_for() -> None:
    values = values_of([a_record()], Shaping(Rules(), frozenset(), "2026-11-19"))
    assert list(values) == [(("day", "2026-11-19"),)]
