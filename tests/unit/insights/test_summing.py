"""Sums are exact, currencies stay apart, people are counted as people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.insights import Summary, summarize
from ccsync.privacy import Privacy
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.secret import Secret
from ccsync.settings.model import PrivacySettings
from ccsync.testing import a_record, a_snapshot

FRIDAY = dt.date(2026, 11, 20)
ONE_DAY = dt.timedelta(days=1)


def usage(model: str = "claude-opus-5", cents: str = "100", currency: str = "USD") -> ModelUsage:
    minor = Decimal(cents)
    return ModelUsage(model, 10, 20, 60, 30, minor / 100, minor, currency)


def record(who: str = "mira", day: dt.date = FRIDAY, **changes: Any) -> Record:
    return a_record(f"{who}@northwind.example", date=day, **changes)


def test_nothing() -> None:
    nothing = summarize([])
    assert nothing == Summary(
        total=None, days=(), weeks=(), models=(), tools=(), people=(), api_keys=()
    )
    assert nothing.currencies == ()
    assert nothing.top_people(5, "USD") == ()


def test_people_and_api_keys_are_counted_apart() -> None:
    summary = summarize(
        [
            record("mira"),
            record("mira", terminal_type="tmux"),
            record("mira", FRIDAY - ONE_DAY),
            record("noor"),
            record("mira", actor_type="api_actor"),
            record("ci", actor_type="api_actor"),
            record("robot", actor_type="agent_actor"),
        ]
    )
    assert summary.total is not None
    assert (summary.total.people, summary.total.api_keys, summary.total.nameless) == (2, 2, 0)
    assert [(day.people, day.api_keys) for day in summary.days] == [(1, 0), (2, 2)]
    assert summary.total.sessions == 21, "everybody's count"
    (mira,) = [one for one in summary.people if one.actor_id.startswith("mira")]
    assert (mira.active_days, mira.sessions) == (2, 9)
    assert len(summary.api_keys) == 2


@pytest.mark.parametrize("identity", ["email", "hash", "drop"])
def test_every_privacy_policy(identity: str) -> None:
    key = Secret("0123456789abcdef0123456789abcdef") if identity == "hash" else None
    policy = PrivacySettings(identity=identity, hash_key=key)  # type: ignore[arg-type]
    records = [record("mira"), record("noor"), record("ci", actor_type="api_actor")]
    seen = list(a_snapshot(records, privacy=policy, day=FRIDAY).records())
    summary = summarize(seen)
    assert summary.total is not None
    shown = (summary.total.people, summary.total.api_keys, summary.total.nameless)
    assert shown == ((0, 0, 1) if identity == "drop" else (2, 1, 0))
    assert len(summary.people) == shown[0], "nobody is made of those without a name"
    for one in (summary.total, *summary.days, *summary.weeks, *summary.terminals):
        assert one.people_known == one.api_keys_known == (identity != "drop")
    for model in summary.models:
        assert (model.people, model.people_known) == (shown[0], identity != "drop")
    why = {"drop": "no_names"}.get(identity, "too_few_days")
    assert (summary.stopped, summary.stopped_unknown) == (None, why)
    assert summary.total.sessions == 9
    assert summary.total.costs == {"USD": Decimal("11.8125")}
    assert Privacy(policy).identity == identity


def test_who_used_a_model_is_known_when_everybody_is_named() -> None:
    summary = summarize(
        [
            record("mira", model_usage=(usage("a"), usage("a", currency="EUR"), usage("b"))),
            record("ci", actor_type="api_actor", model_usage=(usage("a"),)),
            a_record("", date=FRIDAY, actor_type="api_actor", model_usage=(usage("a"),)),
            a_record("", date=FRIDAY, model_usage=(usage("b"), usage("b", currency="EUR"))),
        ]
    )
    known = {one.model: (one.people, one.nameless, one.people_known) for one in summary.models}
    assert known == {"a": (1, 0, True), "b": (1, 1, False)}


def test_currencies_are_never_added() -> None:
    summary = summarize(
        [
            record("mira", model_usage=(usage(cents="100"), usage(cents="30", currency="EUR"))),
            record("noor", model_usage=(usage("claude-haiku-5", "900", "EUR"),)),
        ]
    )
    assert summary.total is not None
    assert summary.total.costs == {"USD": Decimal(1), "EUR": Decimal("9.3")}
    assert summary.currencies == ("EUR", "USD")
    opus = next(model for model in summary.models if model.model == "claude-opus-5")
    assert opus.costs == {"USD": Decimal(1), "EUR": Decimal("0.3")}
    assert opus.input_tokens == 20, "tokens have no currency"
    assert [one.actor_id[:4] for one in summary.top_people(9, "EUR")] == ["noor", "mira"]
    assert [one.actor_id[:4] for one in summary.top_people(9, "USD")] == ["mira"]


@given(st.lists(st.decimals(0, 10**9, places=9, allow_nan=False), min_size=1, max_size=30))
def test_money_is_exact(amounts: list[Decimal]) -> None:
    records = [
        record(f"p{place}", FRIDAY - place % 3 * ONE_DAY, model_usage=(usage(cents=f"{one:f}"),))
        for place, one in enumerate(amounts)
    ]
    records = [
        msgspec.structs.replace(
            one,
            model_usage=(
                msgspec.structs.replace(
                    one.model_usage[0], estimated_cost=one.model_usage[0].estimated_cost_minor
                ),
            ),
        )
        for one in records
    ]
    summary = summarize(records)
    exact = sum(int(one * 10**9) for one in amounts)
    assert summary.total is not None
    for costs in (
        [summary.total.costs],
        [day.costs for day in summary.days],
        [week.costs for week in summary.weeks],
        [model.costs for model in summary.models],
        [person.costs for person in summary.people],
    ):
        found = sum(int(one.get("USD", Decimal(0)).scaleb(9)) for one in costs)
        assert found == exact


def test_weeks_begin_on_monday_and_none_is_left_out() -> None:
    summary = summarize([record(), record(day=FRIDAY - 16 * ONE_DAY)])
    assert [str(week.first_day) for week in summary.weeks] == [
        "2026-11-02", "2026-11-09", "2026-11-16"
    ]  # fmt: skip
    assert [week.days for week in summary.weeks] == [5, 7, 5], "days that are looked at"
    assert [week.sessions for week in summary.weeks] == [3, 0, 3]
    assert len(summary.days) == 17
    assert summary.total is not None
    assert (summary.total.first_day, summary.total.days) == (FRIDAY - 16 * ONE_DAY, 17)


def test_only_the_time_asked_for_is_looked_at() -> None:
    records = [record(day=FRIDAY - number * ONE_DAY) for number in range(5)]
    first, last = FRIDAY - 2 * ONE_DAY, FRIDAY + ONE_DAY
    summary = summarize(records, first=first, last=last)
    assert [day.sessions for day in summary.days] == [3, 3, 3, 0]
    assert summary.total is not None
    assert summary.total.sessions == 9
    assert summarize(records, first=last).total is None


def test_the_cache_share_is_of_all_that_goes_in() -> None:
    summary = summarize([record(model_usage=(usage(), usage("idle"))), record("noor")])
    idle = next(model for model in summary.models if model.model == "idle")
    assert idle.cache_share == Decimal("0.6"), "60 of 10 + 60 + 30"
    nothing = ModelUsage("idle", 0, 5, 0, 0, Decimal(0), Decimal(0), "USD")
    (idle,) = summarize([record(model_usage=(nothing,))]).models
    assert idle.cache_share is None


def test_tools_are_summed_by_name() -> None:
    actions = (ToolActions("edit_tool", 3, 1), ToolActions("never", 0, 0))
    summary = summarize([record(tool_actions=actions), record("noor", tool_actions=actions[:1])])
    edit, never = summary.tools
    assert (edit.accepted, edit.rejected, edit.acceptance) == (6, 2, Decimal("0.75"))
    assert never.acceptance is None


def test_the_dearest_come_first() -> None:
    summary = summarize(
        [record(who, model_usage=(usage(who, cents),)) for who, cents in
         (("noor", "5"), ("mira", "7"), ("ravi", "7"), ("zoe", "0"))]
    )  # fmt: skip
    assert [model.model for model in summary.models] == ["mira", "ravi", "noor", "zoe"]
    assert [one.actor_id[:4] for one in summary.top_people(2, "USD")] == ["mira", "ravi"]
    assert len(summary.top_people(9, "USD")) == 3, "who costs nothing is not among the dearest"
