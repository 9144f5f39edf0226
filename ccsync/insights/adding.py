"""Numbers that grow: of an actor, of a day, of a model. Exact, and by currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ccsync import money
from ccsync.insights.summary import Group, Period
from ccsync.records import ModelUsage, Record


class TokenSums:
    """Tokens and costs."""

    __slots__ = ("cache_creation", "cache_read", "costs", "given", "made")

    def __init__(self) -> None:
        """Start with nothing."""
        self.given = self.made = self.cache_read = self.cache_creation = 0
        self.costs: dict[str, Decimal] = {}

    def add_usage(self, usage: ModelUsage) -> None:
        """Add what a record used of one model."""
        self.given += usage.input_tokens
        self.made += usage.output_tokens
        self.cache_read += usage.cache_read_tokens
        self.cache_creation += usage.cache_creation_tokens
        self._add_cost(usage.currency, usage.estimated_cost)

    def include(self, other: TokenSums) -> None:
        """Add another sum."""
        self.given += other.given
        self.made += other.made
        self.cache_read += other.cache_read
        self.cache_creation += other.cache_creation
        for currency, amount in other.costs.items():
            self._add_cost(currency, amount)

    def _add_cost(self, currency: str, amount: Decimal) -> None:
        so_far = self.costs.get(currency)
        self.costs[currency] = amount if so_far is None else money.add(so_far, amount)

    def fields(self) -> dict[str, Any]:
        """Give the fields of `summary.Tokens`."""
        return {
            "input_tokens": self.given,
            "output_tokens": self.made,
            "cache_read_tokens": self.cache_read,
            "cache_creation_tokens": self.cache_creation,
            "costs": dict(self.costs),
        }


class Sums(TokenSums):
    """All counts of a record, or of several."""

    __slots__ = (
        "accepted",
        "commits",
        "lines_added",
        "lines_removed",
        "pull_requests",
        "rejected",
        "sessions",
    )

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.sessions = self.lines_added = self.lines_removed = 0
        self.commits = self.pull_requests = self.accepted = self.rejected = 0

    @classmethod
    def of(cls, record: Record) -> Sums:
        """Give the numbers of one record."""
        sums = cls()
        sums.sessions = record.sessions
        sums.lines_added = record.lines_added
        sums.lines_removed = record.lines_removed
        sums.commits = record.commits
        sums.pull_requests = record.pull_requests
        for action in record.tool_actions:
            sums.accepted += action.accepted
            sums.rejected += action.rejected
        for usage in record.model_usage:
            sums.add_usage(usage)
        return sums

    def include_all(self, other: Sums) -> None:
        """Add another sum, with all its counts."""
        self.include(other)
        self.sessions += other.sessions
        self.lines_added += other.lines_added
        self.lines_removed += other.lines_removed
        self.commits += other.commits
        self.pull_requests += other.pull_requests
        self.accepted += other.accepted
        self.rejected += other.rejected

    def fields(self) -> dict[str, Any]:
        """Give the fields of `summary.Used`."""
        return {
            **super().fields(),
            "sessions": self.sessions,
            "lines_added": self.lines_added,
            "lines_removed": self.lines_removed,
            "commits": self.commits,
            "pull_requests": self.pull_requests,
            "accepted": self.accepted,
            "rejected": self.rejected,
        }


PERSON, API_KEY = "user_actor", "api_actor"
"""The kinds of actor that are counted; a newer kind is in the sums only."""


class Counting:
    """Sums of several actors, and who they are."""

    __slots__ = ("api_keys", "nameless", "nameless_keys", "people", "sums")

    def __init__(self) -> None:
        """Start with nobody."""
        self.sums = Sums()
        self.people: set[str] = set()
        self.api_keys: set[str] = set()
        self.nameless = self.nameless_keys = 0

    @classmethod
    def together(cls, parts: Iterable[Counting]) -> Counting:
        """Add several up; who is in two of them is counted once."""
        whole = cls()
        for part in parts:
            whole.sums.include_all(part.sums)
            whole.people |= part.people
            whole.api_keys |= part.api_keys
            whole.nameless += part.nameless
            whole.nameless_keys += part.nameless_keys
        return whole

    def add(self, actor_type: str, actor_id: str, sums: Sums) -> None:
        """Add what an actor did; `actor_id` is empty when nobody is named."""
        self.sums.include_all(sums)
        self.count(actor_type, actor_id)

    def count(self, actor_type: str, actor_id: str) -> None:
        """Count who it was, whatever they did."""
        if actor_type == PERSON:
            if actor_id:
                self.people.add(actor_id)
            else:
                self.nameless += 1
        elif actor_type == API_KEY:
            if actor_id:
                self.api_keys.add(actor_id)
            else:
                self.nameless_keys += 1

    def period(self, first_day: dt.date, days: int) -> Period:
        """Say it of some days."""
        return Period(first_day=first_day, days=days, **self._fields())

    def group(self, name: str | None) -> Group:
        """Say it of one kind of access."""
        return Group(name=name, **self._fields())

    def _fields(self) -> dict[str, Any]:
        return {
            **self.sums.fields(),
            "people": len(self.people),
            "api_keys": len(self.api_keys),
            "nameless": self.nameless,
            "nameless_keys": self.nameless_keys,
        }
