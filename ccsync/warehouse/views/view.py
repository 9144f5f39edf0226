"""What a view is, and descriptions that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ccsync.warehouse.columns import ESTIMATED, SYNC_DAYS, USAGE_RAW, Column
from ccsync.warehouse.dialect import Described, Dialect


class View(msgspec.Struct, frozen=True):
    """One view."""

    name: str
    description: str
    columns: tuple[Described, ...]
    """In order, each with its description."""

    sql: Callable[[Dialect], str]
    """The query. It names tables and other views in full."""


def _fields(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.description for column in columns}


_OF_RECORD = _fields(USAGE_RAW.columns)
_OF_TOOL = _fields(next(c for c in USAGE_RAW.columns if c.name == "tool_actions").fields)
_OF_MODEL = _fields(next(c for c in USAGE_RAW.columns if c.name == "model_usage").fields)

COMMIT: tuple[Described, ...] = tuple(_fields(SYNC_DAYS.columns).items())
"""All columns of a commit."""


def of_record(*names: str) -> tuple[Described, ...]:
    """Give columns of `usage_raw` as they are described there."""
    return tuple((name, _OF_RECORD[name]) for name in names)


def of_tool(*names: str) -> tuple[Described, ...]:
    """Give fields of `tool_actions` as they are described there."""
    return tuple((name, _OF_TOOL[name]) for name in names)


def of_model(*names: str) -> tuple[Described, ...]:
    """Give fields of `model_usage` as they are described there."""
    return tuple((name, _OF_MODEL[name]) for name in names)


ACTOR = of_record("date", "organization_id", "actor_type", "actor_id")
DIMENSIONS = (
    *ACTOR,
    *of_record("customer_type", "subscription_type", "terminal_type", "is_remote"),
)
COUNTS = of_record("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
TOKENS = of_model("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
DECISIONS: tuple[Described, ...] = (
    ("accepted", "Proposals of the editing tools that people accepted."),
    ("rejected", "Proposals of the editing tools that people rejected."),
)
SETTLED: Described = (
    "settled",
    "Whether the numbers are final; false: the API may still change them, as the day is recent.",
)
ONE_CURRENCY: tuple[Described, ...] = (
    (
        "currency",
        "The currency of the cost; null when no model was used, or when there are several.",
    ),
    (
        "estimated_cost",
        "In whole units of `currency` (dollars, not cents); 0 when no model was used. Null when "
        f"there are several currencies: then ask cost_daily. {ESTIMATED}",
    ),
)
ACTIVE_PEOPLE: Described = (
    "active_people",
    "People (`user_actor`) with any usage; 0 where the privacy settings drop identities.",
)
ACTIVE_API_KEYS: Described = (
    "active_api_keys",
    "API keys (`api_actor`) with any usage, counted by name; 0 where the privacy settings drop "
    "identities.",
)
ACCEPTANCE_RATE: Described = (
    "acceptance_rate",
    "accepted / (accepted + rejected), 0 to 1; null when nothing was proposed.",
)
CACHE_READ_SHARE: Described = (
    "cache_read_share",
    "The part of all tokens read by models that came from the prompt cache, 0 to 1: cache_read / "
    "(input + cache_read + cache_creation). Null when none were read.",
)

ACCEPTED_OF_ALL = ("SUM(accepted)", "SUM(accepted) + SUM(rejected)")
"""Part and whole of `acceptance_rate`, in an aggregation."""

CACHED_OF_ALL = (
    "SUM(cache_read_tokens)",
    "SUM(input_tokens) + SUM(cache_read_tokens) + SUM(cache_creation_tokens)",
)
"""Part and whole of `cache_read_share`, in an aggregation."""

SAME_CURRENCY = "COUNT(estimated_cost) = COUNT(*) AND COALESCE(MIN(currency) = MAX(currency), TRUE)"
"""Whether rows that have the columns `ONE_CURRENCY` can be added up to a row that has them."""

PEOPLE = "actor_type = 'user_actor' AND actor_id != ''"
"""Whether a row is of a person who can be told from others."""

API_KEYS = "actor_type = 'api_actor' AND actor_id != ''"
