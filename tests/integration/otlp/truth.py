"""What a backend has to show: the API's rows as points, worked out without the code under test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from ccsync.simulator import (
    Organization,
    Row,
    ScriptedOrganization,
    api_actor,
    model_usage,
    usage_row,
    user_actor,
)
from ccsync.testing.otlp import Series

Cell: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A metric, and its attributes."""

PREFIX = "claude_code.daily."
TOOLS = {
    "edit_tool": "Edit",
    "multi_edit_tool": "MultiEdit",
    "write_tool": "Write",
    "notebook_edit_tool": "NotebookEdit",
}
TOKENS = {
    "input": "input",
    "output": "output",
    "cache_read": "cacheRead",
    "cache_creation": "cacheCreation",
}


def some_rows(day: dt.date, organization_id: str) -> list[Row]:
    """Give a day's rows of a small organization: believable ones, then odd ones."""
    rows = list(Organization(seed=5, users=12).rows(day, midnight_after(day), 0))
    for row in rows:
        row["organization_id"] = organization_id
    odd = 'Zoë "Z" O\'Neill\\Søn {x}@northwind.example'
    usage = [
        model_usage("claude-opus-5", tokens=(1, 10**12 - day.day, 0, 7), cents=Decimal("0.07")),
        model_usage(
            "claude-opus-5", tokens=(3, 0, 0, 0), cents=Decimal("1234567.89"), currency="EUR"
        ),
    ]
    return [
        *rows,
        usage_row(day, user_actor(odd), organization_id, models=usage, is_remote=True),
        usage_row(day, api_actor("nightly build"), organization_id, commits=2, terminal_type=""),
        usage_row(day, api_actor("nightly build"), organization_id, commits=3, sessions=0),
        # To every backend the same as the row before the last: added up.
        usage_row(day, api_actor("nightly build"), organization_id, commits=5, subscription_type="")
        | {"terminal_type": None},
    ]


def midnight_after(day: dt.date) -> dt.datetime:
    """Give the moment at which a day has ended."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)


def truth(organization: ScriptedOrganization, day: dt.date) -> dict[Cell, float]:
    """Give the points that have to be shown for a day, as the API serves it now."""
    sums: dict[Cell, int | Decimal] = {}
    rows = organization.rows(day, midnight_after(day), organization.revision(day))
    for cell, value in _points(rows):
        sums[cell] = sums.get(cell, 0) + value
    return {cell: float(value) for cell, value in sums.items() if value}


def shown(values: Mapping[Series, int | float]) -> dict[Cell, float]:
    """Give what a backend shows in the same terms, zeros too."""
    found: dict[Cell, float] = {}
    for series, value in values.items():
        cell = (series.metric, tuple((name, str(text)) for name, text in series.attributes))
        assert cell not in found, f"two series differ by resource or scope alone: {series}"
        found[cell] = float(value)
    return found


def _points(rows: Iterable[Row]) -> Iterator[tuple[Cell, int | Decimal]]:
    for row in rows:
        actor = row["actor"]
        base = {
            "organization.id": row["organization_id"],
            "actor.type": actor["type"],
            "user.email": actor.get("email_address"),
            "api_key.name": actor.get("api_key_name"),
            "terminal.type": row["terminal_type"],
            "customer_type": row["customer_type"],
            "subscription_type": row["subscription_type"],
            "is_remote": str(row["is_remote"]).lower(),
        }
        for name, own, value in _of_row(row):
            named = {**base, **own}
            yield (PREFIX + name, tuple(sorted((k, v) for k, v in named.items() if v))), value


def _of_row(row: Row) -> Iterator[tuple[str, dict[str, str], int | Decimal]]:
    core = row["core_metrics"]
    yield "session.count", {}, core["num_sessions"]
    for kind, count in core["lines_of_code"].items():
        yield "lines_of_code.count", {"type": kind}, count
    yield "commit.count", {}, core["commits_by_claude_code"]
    yield "pull_request.count", {}, core["pull_requests_by_claude_code"]
    for tool, counts in row["tool_actions"].items():
        name = {"tool_name": TOOLS[tool]}
        yield "code_edit_tool.decision", {**name, "decision": "accept"}, counts["accepted"]
        yield "code_edit_tool.decision", {**name, "decision": "reject"}, counts["rejected"]
    for usage in row["model_breakdown"]:
        model = {"model": usage["model"]}
        for kind, count in usage["tokens"].items():
            yield "token.usage", {**model, "type": TOKENS[kind]}, count
        cost = usage["estimated_cost"]
        cents = Decimal(str(cost["amount"]))
        yield "cost.usage", {**model, "currency": cost["currency"]}, cents / 100
