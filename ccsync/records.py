"""The record: one row of the API's answer, normalized.

Field names are the same in every sink and in the documentation. Counts are whole numbers, tokens
are tokens, money is exact `Decimal`; dates are UTC days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeAlias, cast

import msgspec

from ccsync import money

JsonObject: TypeAlias = dict[str, Any]

Identity: TypeAlias = tuple[dt.date, str, str, str, str | None, str | None, str | None, bool | None]
"""The eight dimensions that tell one record from another; null and "" are different values."""


class ToolActions(msgspec.Struct, frozen=True, gc=False):
    """What people decided about one tool's proposals."""

    tool: str
    accepted: int
    rejected: int


class ModelUsage(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Tokens and estimated cost of one model in one currency."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    estimated_cost: Decimal
    """In whole units of `currency` (dollars): `estimated_cost_minor` / 100. Not a bill."""

    estimated_cost_minor: Decimal
    """In minor units (cents), as the API sent it; may be fractional."""

    currency: str
    cache_creation_5m_tokens: int | None = None
    """The part of `cache_creation_tokens` kept five minutes; null unless the API splits it."""

    cache_creation_1h_tokens: int | None = None
    """The part of `cache_creation_tokens` kept one hour; null unless the API splits it."""


# Optional fields are left out of the encoded form when they are null: that form names the snapshot,
# and a field that is new and not used must not rename every old day.
class Record(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One actor, one UTC day, one combination of dimensions."""

    date: dt.date
    organization_id: str
    actor_type: str
    """`user_actor`, `api_actor`, or whatever kind the API invents next."""

    actor_id: str
    """E-mail address, API-key name, or what identifies a newer kind; "" when the API gives none."""

    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    tool_actions: tuple[ToolActions, ...]
    """Sorted by tool."""

    model_usage: tuple[ModelUsage, ...]
    """Sorted by model, then currency."""

    customer_type: str | None = None
    subscription_type: str | None = None
    terminal_type: str | None = None
    is_remote: bool | None = None
    extra: JsonObject | None = None
    """Every field of the row that ccsync does not know, at its path."""


def identity(record: Record) -> Identity:
    """Give what tells this record from every other of its day."""
    return (
        record.date,
        record.organization_id,
        record.actor_type,
        record.actor_id,
        record.customer_type,
        record.subscription_type,
        record.terminal_type,
        record.is_remote,
    )


def combine(first: Record, second: Record) -> Record:
    """Add two records of equal identity: API-key names, for one, are not unique."""
    return msgspec.structs.replace(
        first,
        sessions=first.sessions + second.sessions,
        lines_added=first.lines_added + second.lines_added,
        lines_removed=first.lines_removed + second.lines_removed,
        commits=first.commits + second.commits,
        pull_requests=first.pull_requests + second.pull_requests,
        tool_actions=sum_tools((*first.tool_actions, *second.tool_actions)),
        model_usage=sum_models((*first.model_usage, *second.model_usage)),
        extra=_side_by_side(first.extra, second.extra),
    )


def sum_tools(actions: Iterable[ToolActions]) -> tuple[ToolActions, ...]:
    """Add by tool, sorted."""
    sums: dict[str, ToolActions] = {}
    for one in actions:
        so_far = sums.get(one.tool)
        sums[one.tool] = (
            one
            if so_far is None
            else ToolActions(
                one.tool, so_far.accepted + one.accepted, so_far.rejected + one.rejected
            )
        )
    return tuple(sums[tool] for tool in sorted(sums))


def sum_models(usage: Iterable[ModelUsage]) -> tuple[ModelUsage, ...]:
    """Add by (model, currency), sorted; money of different currencies is never added."""
    sums: dict[tuple[str, str], ModelUsage] = {}
    for one in usage:
        key = (one.model, one.currency)
        so_far = sums.get(key)
        sums[key] = one if so_far is None else _add_usage(so_far, one)
    return tuple(sums[key] for key in sorted(sums))


def _add_usage(first: ModelUsage, second: ModelUsage) -> ModelUsage:
    minor = money.add(first.estimated_cost_minor, second.estimated_cost_minor)
    return ModelUsage(
        model=first.model,
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cache_read_tokens=first.cache_read_tokens + second.cache_read_tokens,
        cache_creation_tokens=first.cache_creation_tokens + second.cache_creation_tokens,
        estimated_cost=money.major(minor),
        estimated_cost_minor=minor,
        currency=first.currency,
        cache_creation_5m_tokens=_add_known(
            first.cache_creation_5m_tokens, second.cache_creation_5m_tokens
        ),
        cache_creation_1h_tokens=_add_known(
            first.cache_creation_1h_tokens, second.cache_creation_1h_tokens
        ),
    )


def _add_known(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


MERGED = "ccsync.merged"
"""The key under which `extra` keeps the differing extras of records that were summed."""


def _side_by_side(first: JsonObject | None, second: JsonObject | None) -> JsonObject | None:
    """Keep every differing `extra`; in an order that does not depend on the rows' order."""
    kept: dict[bytes, JsonObject] = {}
    for extra in (first, second):
        if extra is None:
            continue
        for one in _parts(extra):
            kept[msgspec.json.encode(one, order="deterministic")] = one
    extras = [kept[key] for key in sorted(kept)]
    if len(extras) <= 1:
        return extras[0] if extras else None
    return {MERGED: extras}


def _parts(extra: JsonObject) -> list[JsonObject]:
    """Give what was put side by side before. The API itself may use any name, ours too."""
    if len(extra) == 1 and isinstance(parts := extra.get(MERGED), list):
        return cast("list[JsonObject]", parts)
    return [extra]
