from __future__ import annotations

import copy
import datetime as dt
import json
from decimal import Decimal
from typing import Any, cast

import pytest

from ccsync.simulator import Organization, Row, Simulator, model_usage, usage_row, user_actor
from ccsync.simulator.restatements import KINDS, Kind, change

from .conftest import DAY, Clock, Start

DIMENSIONS = ("actor", "customer_type", "subscription_type", "terminal_type", "is_remote")


def rows_of(count: int) -> list[Row]:
    return [
        usage_row(
            DAY,
            user_actor(f"p{index}@x.example"),
            "org",
            sessions=1,
            lines=(100, 10),
            tools={"edit_tool": (5, 1)},
            models=[model_usage("m", tokens=(10, 20, 30, 40), cents=Decimal("12.50"))],
        )
        for index in range(count)
    ]


def place(row: Row) -> str:
    return json.dumps([row[name] for name in DIMENSIONS])


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for inner in cast("Row", value).values() for one in numbers(inner)]
    if isinstance(value, list):
        return [one for inner in cast("list[object]", value) for one in numbers(inner)]
    return [value] if isinstance(value, int | Decimal) and not isinstance(value, bool) else []


def differing(before: list[Row], after: list[Row]) -> int:
    return sum(1 for one, other in zip(before, after, strict=True) if one != other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_restatement_is_seeded_and_leaves_its_input_alone(kind: Kind) -> None:
    rows = rows_of(40)
    untouched = copy.deepcopy(rows)
    once = change(kind, share=0.5, seed=1)(rows)
    assert rows == untouched
    assert change(kind, share=0.5, seed=1)(rows) == once
    assert change(kind, share=0.5, seed=2)(rows) != once


def test_values_change_and_dimensions_stay() -> None:
    rows = rows_of(40)
    after = list(change("values", share=0.25)(rows))
    assert [place(row) for row in after] == [place(row) for row in rows]
    assert differing(rows, after) == 10
    changed = next(new for old, new in zip(rows, after, strict=True) if old != new)
    assert changed["core_metrics"]["num_sessions"] != 1
    assert isinstance(changed["model_breakdown"][0]["estimated_cost"]["amount"], Decimal)


def test_rows_vanish() -> None:
    rows = rows_of(40)
    after = change("vanish", share=0.25)(rows)
    assert len(after) == 30
    assert all(row in rows for row in after)
    assert change("vanish")(rows) == []


def test_zero_keeps_the_rows() -> None:
    rows = rows_of(3)
    after = list(change("zero")(rows))
    assert [place(row) for row in after] == [place(row) for row in rows]
    assert set(numbers(after)) == {0}


def test_redimensioned_rows_keep_their_values_and_collide_with_nobody() -> None:
    rows = [
        {**row, "terminal_type": terminal}
        for row in rows_of(5)
        for terminal in ("vscode", "tmux", "ghostty")
    ]
    after = list(change("redimension")(rows))
    assert differing(rows, after) == len(rows)
    assert [numbers(row) for row in after] == [numbers(row) for row in rows]
    assert len({place(row) for row in after}) == len(rows)
    assert not {place(row) for row in after} & {place(row) for row in rows}


def test_at_least_one_row_is_touched_and_none_of_none() -> None:
    assert len(change("vanish", share=0.001)(rows_of(5))) == 4
    assert change("vanish", share=0.001)([]) == []


@pytest.mark.parametrize("share", [0, -1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        change("vanish", share=share)


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="kinds are values, vanish"):
        change(cast("Kind", "explode"))


def test_a_restated_day_is_served_from_then_on(start: Start, clock: Clock) -> None:
    ask = start(Simulator(Organization(seed=1, users=20), now=clock))
    other = DAY - dt.timedelta(days=1)
    before, untouched = ask.report(limit=1000), ask.report(other, limit=1000)
    assert ask.api.restate(DAY, "values", share=0.3) == 1
    after = ask.report(limit=1000)
    assert after.body != before.body
    assert ask.api.restate(DAY, lambda rows: rows[:2]) == 2
    assert ask.report(limit=1000).json["data"] == after.json["data"][:2]
    assert ask.report(other, limit=1000).body == untouched.body


def test_the_same_restatements_give_the_same_bytes_elsewhere(start: Start, clock: Clock) -> None:
    bodies: list[bytes] = []
    for _ in range(2):
        ask = start(Simulator(Organization(seed=1, users=20), now=clock))
        ask.api.restate(DAY, "values", share=0.3)
        ask.api.restate(DAY, "vanish", share=0.3)
        bodies.append(ask.report(limit=1000).body)
    assert bodies[0] == bodies[1]
