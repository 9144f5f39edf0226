"""Plain sums over records, for what views and examples have to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from ccsync.records import ModelUsage, Record, ToolActions

from .scene import Usage

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Row: TypeAlias = dict[str, Any]

COUNTS = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
DIMENSIONS = (
    "date", "organization_id", "actor_type", "actor_id",
    "customer_type", "subscription_type", "terminal_type", "is_remote",
)  # fmt: skip


def groups(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Put together what has the same key."""
    found: dict[K, list[T]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return found


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def ratio(part: Decimal | int | None, whole: Decimal | int | None) -> float | None:
    return None if part is None or not whole else float(part) / float(whole)


def named(usage: Usage) -> str | None:
    """Give who a person is, if it is one who can be told from others."""
    record = usage.record
    return record.actor_id if record.actor_type == "user_actor" and record.actor_id else None


def key_name(usage: Usage) -> str | None:
    """Give the name of an API key, if it is one."""
    return usage.record.actor_id if usage.record.actor_type == "api_actor" else None


def people(usages: Iterable[Usage]) -> int:
    return len({named(one) for one in usages} - {None})


def api_keys(usages: Iterable[Usage]) -> int:
    return len({key_name(one) for one in usages} - {None})


def attributes(record: Record, names: Sequence[str]) -> Row:
    return {name: getattr(record, name) for name in names}


def counts(usages: Sequence[Usage]) -> Row:
    return {name: sum(getattr(one.record, name) for one in usages) for name in COUNTS}


def models(usages: Iterable[Usage]) -> list[ModelUsage]:
    return [model for one in usages for model in one.record.model_usage]


def tools(usages: Iterable[Usage]) -> list[ToolActions]:
    return [tool for one in usages for tool in one.record.tool_actions]


def tokens(used: Sequence[ModelUsage]) -> Row:
    return {name: sum(getattr(one, name) for one in used) for name in TOKENS}


def cache_read_share(used: Sequence[ModelUsage]) -> float | None:
    went_in = sum(m.input_tokens + m.cache_read_tokens + m.cache_creation_tokens for m in used)
    return ratio(sum(m.cache_read_tokens for m in used), went_in)


def decisions(made: Sequence[ToolActions]) -> Row:
    return {
        "accepted": sum(one.accepted for one in made),
        "rejected": sum(one.rejected for one in made),
    }


def acceptance_rate(made: Sequence[ToolActions]) -> float | None:
    accepted = sum(one.accepted for one in made)
    return ratio(accepted, accepted + sum(one.rejected for one in made))


def cost(used: Iterable[ModelUsage]) -> Decimal:
    return sum((one.estimated_cost for one in used), Decimal(0))


def costs(usages: Iterable[Usage]) -> dict[str, Decimal]:
    """Add by currency."""
    by_currency = groups(models(usages), lambda one: one.currency)
    return {currency: cost(used) for currency, used in by_currency.items()}


def one_currency(usages: Sequence[Usage]) -> Row:
    found = costs(usages)
    return {
        "currency": next(iter(found)) if len(found) == 1 else None,
        "estimated_cost": None if len(found) > 1 else sum(found.values(), Decimal(0)),
    }


def settled(usages: Iterable[Usage]) -> bool:
    return all(one.settled for one in usages)
