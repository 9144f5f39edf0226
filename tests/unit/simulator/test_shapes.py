from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ccsync.simulator import (
    Organization,
    Row,
    ScriptedOrganization,
    Simulator,
    api_actor,
    model_usage,
    usage_row,
    user_actor,
)
from ccsync.simulator.shapes import catalogue

from .conftest import DAY, Clock, Start

ROW = usage_row(
    DAY,
    user_actor("lin@x.example"),
    "org",
    sessions=2,
    lines=(30, 5),
    tools={"edit_tool": (4, 1), "new_tool": (1, 0)},
    models=[model_usage("claude-opus-5", tokens=(1000, 350, 9000, 750), cents=Decimal("113.4"))],
    subscription_type="team",
    terminal_type="",
)


def test_the_documented_shape_over_the_wire(start: Start, clock: Clock) -> None:
    ask = start(Simulator(ScriptedOrganization({DAY: [ROW]}), now=clock))
    (row,) = ask.report().json["data"]
    assert row == {
        "date": "2026-11-19T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": "lin@x.example"},
        "organization_id": "org",
        "customer_type": "api",
        "subscription_type": "team",
        "terminal_type": "",
        "is_remote": False,
        "core_metrics": {
            "num_sessions": 2,
            "lines_of_code": {"added": 30, "removed": 5},
            "commits_by_claude_code": 0,
            "pull_requests_by_claude_code": 0,
        },
        "tool_actions": {
            "edit_tool": {"accepted": 4, "rejected": 1},
            "new_tool": {"accepted": 1, "rejected": 0},
        },
        "model_breakdown": [
            {
                "model": "claude-opus-5",
                "tokens": {
                    "input": 1000,
                    "output": 350,
                    "cache_read": 9000,
                    "cache_creation": 750,
                },
                "estimated_cost": {"currency": "USD", "amount": 113.4},
            }
        ],
    }


def test_the_catalogue_shape_over_the_wire(start: Start, clock: Clock) -> None:
    usage = ScriptedOrganization({DAY: [ROW]})
    ask = start(Simulator(usage, now=clock, shape="catalogue"))
    (row,) = ask.report().json["data"]
    assert row["date"] == "2026-11-19"
    assert row["terminal_type"] is None
    assert not {"customer_type", "subscription_type", "is_remote"} & row.keys()
    assert row["actor"]["email_address"] == "lin@x.example"
    assert row["actor"]["user_id"].startswith("user_01")
    assert row["tool_actions"].keys() == {
        "edit_tool",
        "multi_edit_tool",
        "write_tool",
        "notebook_edit_tool",
        "new_tool",
    }
    (model,) = row["model_breakdown"]
    assert model["tokens"]["cache_creation"] == {
        "ephemeral_5m_input_tokens": 700,
        "ephemeral_1h_input_tokens": 50,
    }
    assert model["estimated_cost"] == {"currency": "USD", "amount": "113.400000"}


def test_an_api_key_is_told_apart_by_its_id_alone_in_the_catalogue_shape() -> None:
    first, second = (
        catalogue(usage_row(DAY, api_actor(name), "org"))["actor"] for name in ("a-bot", "b-bot")
    )
    assert first["email_address"] is None
    assert first["user_id"] != second["user_id"]


@pytest.mark.parametrize(
    ("amount", "said"),
    [(41, "41.000000"), (0.5, "0.500000"), (Decimal("1.2345678"), "1.2345678"), ("7", "7")],
)
def test_amounts_keep_every_digit_in_the_catalogue_shape(amount: Any, said: str) -> None:
    row = usage_row(DAY, user_actor("a@x.example"), "org",
                    models=[model_usage("m", tokens=(0, 0, 0, 0), cents=amount)])  # fmt: skip
    assert catalogue(row)["model_breakdown"][0]["estimated_cost"]["amount"] == said


def test_odd_rows_pass_through_the_catalogue_shape() -> None:
    odd: Row = {"actor": None, "tool_actions": None, "model_breakdown": [{"model": "m"}], "new": 1}
    assert catalogue(odd) == {**odd, "date": "", "terminal_type": None}


def test_both_shapes_add_up_to_the_same(start: Start, clock: Clock) -> None:
    usage = Organization(seed=1, users=30)
    sums: list[tuple[int, Decimal]] = []
    for api in (Simulator(usage, now=clock), Simulator(usage, now=clock, shape="catalogue")):
        models = [
            model
            for row in start(api).report(limit=1000).json["data"]
            for model in row["model_breakdown"]
        ]
        created = [model["tokens"]["cache_creation"] for model in models]
        tokens = sum(one if isinstance(one, int) else sum(one.values()) for one in created)
        cents = sum(Decimal(str(model["estimated_cost"]["amount"])) for model in models)
        sums.append((tokens, Decimal(cents)))
    assert sums[0] == sums[1]
    assert sums[0][1] > 0


def test_rows_keep_the_day_they_were_built_for() -> None:
    day = dt.date(2025, 9, 1)
    assert usage_row(day, user_actor("a@x.example"), "org")["date"] == "2025-09-01T00:00:00Z"
