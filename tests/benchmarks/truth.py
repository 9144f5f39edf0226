"""What every destination should show, made from the rows themselves and from no contestant."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from ccsync.simulator.shapes import Row
from tests.benchmarks.api import rows, span
from tests.peers.contestant import Core, Identity, Model, Shown


def shown_by(documented: Iterable[Row]) -> Shown:
    """Say rows in the documented shape as a destination should show them."""
    shown = Shown()
    for row in documented:
        identity = identity_of(row)
        shown.core.append(_core(identity, row))
        assert shown.models is not None
        shown.models += [_model(identity, model) for model in row["model_breakdown"]]
    return shown


def truth(first: dt.date, last: dt.date, users: int, second_terminal_of: int) -> Shown:
    """Give what the benchmarks' API says about a span of days."""
    return shown_by(
        row for day in span(first, last) for row in rows(day, users, second_terminal_of)
    )


def verdict(found: Shown, expected: Shown) -> str:
    """Say how what was found differs from what was expected, in rows of both grains; "" if equal.

    A row with one wrong value is both: one that is missing, and one that should not be there.
    """
    if found.digest() == expected.digest():
        return ""
    parts: list[str] = []
    for grain, here, there in (
        ("record", found.core, expected.core),
        ("model", found.models, expected.models),
    ):
        if here is None:
            parts.append(f"keeps no {grain} rows")
            continue
        have, want = Counter[Core | Model](here), Counter[Core | Model](there or ())
        lost, surplus = (want - have).total(), (have - want).total()
        parts += [f"{lost:,} {grain} rows missing"] * bool(lost)
        parts += [f"{surplus:,} {grain} rows too many"] * bool(surplus)
    return ", ".join(parts) or "the same rows, written in another way"


def identity_of(row: Row) -> Identity:
    """Give the dimensions of a row in the documented shape."""
    actor = row["actor"]
    return (
        dt.date.fromisoformat(str(row["date"])[:10]),
        row["organization_id"],
        actor["type"],
        actor.get("email_address") or actor.get("api_key_name") or "",
        row.get("customer_type"),
        row.get("subscription_type"),
        row.get("terminal_type"),
        row.get("is_remote"),
    )


def _core(identity: Identity, row: Row) -> Core:
    core = row["core_metrics"]
    return Core(
        identity,
        core["num_sessions"],
        core["lines_of_code"]["added"],
        core["lines_of_code"]["removed"],
        core["commits_by_claude_code"],
        core["pull_requests_by_claude_code"],
        tuple(
            sorted(
                (tool, decisions["accepted"], decisions["rejected"])
                for tool, decisions in row["tool_actions"].items()
            )
        ),
    )


def _model(identity: Identity, model: Row) -> Model:
    tokens, cost = model["tokens"], model["estimated_cost"]
    return Model(
        identity,
        model["model"],
        cost["currency"],
        (tokens["input"], tokens["output"], tokens["cache_read"], tokens["cache_creation"]),
        Decimal(str(cost["amount"])),
    )
