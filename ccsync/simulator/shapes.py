"""The two shapes in which rows are served.

`documented` is what the vendor's reference describes. `catalogue` is what an OpenAPI catalogue
describes for the same path: a bare date, a user id, nullable terminals, cache writes split by
lifetime, amounts as decimal strings. Organizations speak the documented shape; the other one is
derived here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias, cast

Row: TypeAlias = dict[str, Any]
"""One row of an answer as JSON-able values; numbers may be `Decimal`."""

Shape: TypeAlias = Literal["documented", "catalogue"]

SHAPES: tuple[Shape, ...] = ("documented", "catalogue")

_CATALOGUE_TOOLS = ("edit_tool", "multi_edit_tool", "write_tool", "notebook_edit_tool")
_ONE_HOUR_SHARE = 15
"""One in so many cache-creation tokens is kept an hour instead of five minutes."""


def user_actor(email: str) -> Row:
    """Name a person."""
    return {"type": "user_actor", "email_address": email}


def api_actor(key_name: str) -> Row:
    """Name an API key."""
    return {"type": "api_actor", "api_key_name": key_name}


def model_usage(
    model: str, *, tokens: tuple[int, int, int, int], cents: int | Decimal, currency: str = "USD"
) -> Row:
    """Build one entry of `model_breakdown`.

    Args:
        model: The model's id.
        tokens: Input, output, cache read and cache creation.
        cents: Estimated cost in minor units; may be fractional.
        currency: ISO code.
    """
    given, made, read, created = tokens
    return {
        "model": model,
        "tokens": {"input": given, "output": made, "cache_read": read, "cache_creation": created},
        "estimated_cost": {"currency": currency, "amount": cents},
    }


def usage_row(
    day: dt.date,
    actor: Row,
    organization_id: str,
    *,
    sessions: int = 1,
    lines: tuple[int, int] = (0, 0),
    commits: int = 0,
    pull_requests: int = 0,
    tools: dict[str, tuple[int, int]] | None = None,
    models: Sequence[Row] = (),
    customer_type: str = "api",
    subscription_type: str | None = None,
    terminal_type: str = "vscode",
    is_remote: bool = False,
) -> Row:
    """Build a row in the documented shape.

    Args:
        day: The UTC day.
        actor: From `user_actor` or `api_actor`.
        organization_id: The owning organization.
        sessions: Sessions started.
        lines: Lines added and removed.
        commits: Commits made.
        pull_requests: Pull requests opened.
        tools: Per tool, proposals accepted and rejected.
        models: From `model_usage`.
        customer_type: `api` or `subscription`.
        subscription_type: `enterprise`, `team` or null.
        terminal_type: What the client detected.
        is_remote: Whether the sessions ran remotely.
    """
    return {
        "date": f"{day.isoformat()}T00:00:00Z",
        "actor": actor,
        "organization_id": organization_id,
        "customer_type": customer_type,
        "subscription_type": subscription_type,
        "terminal_type": terminal_type,
        "is_remote": is_remote,
        "core_metrics": {
            "num_sessions": sessions,
            "lines_of_code": {"added": lines[0], "removed": lines[1]},
            "commits_by_claude_code": commits,
            "pull_requests_by_claude_code": pull_requests,
        },
        "tool_actions": {
            tool: {"accepted": accepted, "rejected": rejected}
            for tool, (accepted, rejected) in (tools or {}).items()
        },
        "model_breakdown": list(models),
    }


def catalogue(row: Row) -> Row:
    """Say a documented row in the catalogue's shape.

    Rows that differ only in customer type, subscription or remoteness become alike: that shape
    has no words for these. An API key has no name there either, only a user id.
    """
    said = {
        key: value
        for key, value in row.items()
        if key not in ("customer_type", "subscription_type", "is_remote")
    }
    said["date"] = str(row.get("date", ""))[:10]
    said["terminal_type"] = row.get("terminal_type") or None
    if isinstance(actor := row.get("actor"), dict):
        said["actor"] = _catalogue_actor(cast("Row", actor))
    if isinstance(tools := row.get("tool_actions"), dict):
        said["tool_actions"] = {
            **{tool: {"accepted": 0, "rejected": 0} for tool in _CATALOGUE_TOOLS},
            **cast("Row", tools),
        }
    if isinstance(models := row.get("model_breakdown"), list):
        said["model_breakdown"] = [_catalogue_model(one) for one in cast("list[Row]", models)]
    return said


def _catalogue_actor(actor: Row) -> Row:
    named = actor.get("email_address") or actor.get("api_key_name") or ""
    mark = hashlib.blake2s(str(named).encode(), digest_size=11).hexdigest().upper()
    return {
        "type": actor.get("type"),
        "email_address": actor.get("email_address"),
        "user_id": f"user_01{mark}" if named else None,
    }


def _catalogue_model(model: Row) -> Row:
    said = dict(model)
    if isinstance(tokens := model.get("tokens"), dict):
        counts = dict(cast("Row", tokens))
        if isinstance(created := counts.get("cache_creation"), int):
            hour = created // _ONE_HOUR_SHARE
            counts["cache_creation"] = {
                "ephemeral_5m_input_tokens": created - hour,
                "ephemeral_1h_input_tokens": hour,
            }
        said["tokens"] = counts
    if isinstance(cost := model.get("estimated_cost"), dict):
        money = cast("Row", cost)
        said["estimated_cost"] = {**money, "amount": _decimal_string(money.get("amount"))}
    return said


def _decimal_string(amount: Any) -> Any:
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return amount
    exact = Decimal(str(amount))
    padded = f"{exact:.6f}"
    return padded if Decimal(padded) == exact else f"{exact:f}"
