"""What usage says, as values: a summary by day, week, model, tool and actor.

Money is exact `Decimal`, a sum per currency; currencies are never added together. Shares are
quotients, rounded to 28 digits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

import msgspec

Costs: TypeAlias = Mapping[str, Decimal]
"""Estimated cost in whole units (dollars), by currency."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in some days on end: one day, a week, or all of them."""

    first_day: dt.date
    """Of a week its Monday, even when the usage begins later."""

    days: int
    """How many of its days lie in the time that is looked at; a week may be there in part."""

    people: int
    """Distinct people who are named; see `nameless`."""

    api_keys: int
    """Distinct API keys that are named."""

    nameless: int
    """Records of people without an id (`privacy: drop`, for one): how many people is unknown."""

    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    costs: Costs


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What one model used."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    costs: Costs

    @property
    def cache_share(self) -> Decimal | None:
        """How much of all that went in was read from the cache; None if nothing went in."""
        went_in = self.input_tokens + self.cache_read_tokens + self.cache_creation_tokens
        return share(self.cache_read_tokens, went_in)


class Tool(msgspec.Struct, frozen=True):
    """What people decided about one tool's proposals."""

    tool: str
    accepted: int
    rejected: int

    @property
    def acceptance(self) -> Decimal | None:
        """How much of what was proposed was accepted; None if nothing was proposed."""
        return share(self.accepted, self.accepted + self.rejected)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """What one person, API key or other actor did."""

    actor_type: str
    actor_id: str
    """As the privacy policy left it; never empty."""

    active_days: int
    sessions: int
    lines_added: int
    commits: int
    pull_requests: int
    costs: Costs


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What usage says. Empty tuples, and no `total`, when there are no records."""

    total: Period | None
    days: tuple[Period, ...]
    """Every day of the time looked at, also those without usage, oldest first."""

    weeks: tuple[Period, ...]
    """ISO weeks, Monday to Sunday, none left out, oldest first."""

    models: tuple[Model, ...]
    """The most expensive first, by the currency that comes first."""

    tools: tuple[Tool, ...]
    """The most often proposed first."""

    people: tuple[Actor, ...]
    """Named people, the most expensive first."""

    api_keys: tuple[Actor, ...]
    """Named API keys, the most expensive first."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies there are, the largest sum first: an order to show, not to compare."""
        if self.total is None:
            return ()
        costs = self.total.costs
        return tuple(sorted(costs, key=lambda one: (-costs[one], one)))

    def top_people(self, count: int, currency: str) -> tuple[Actor, ...]:
        """Give those with the highest estimated cost in one currency; nobody who has none."""
        having = [person for person in self.people if person.costs.get(currency)]
        having.sort(key=lambda one: (-one.costs[currency], one.actor_id))
        return tuple(having[:count])


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Give a part as a fraction of the whole, 0 to 1; None of nothing."""
    return Decimal(part) / Decimal(whole) if whole else None
