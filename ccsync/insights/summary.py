"""What usage says, as values: a summary by day, week, model, tool, actor and kind of access.

Money is exact `Decimal`, a sum per currency; currencies are never added together, and every cost is
the API's estimate, no bill. Shares are quotients, rounded to 28 digits. Several organizations are
looked at as one: who has the same id in two of them is one person.

Numbers are those of the views in `ccsync.warehouse.views`, which say what each of them means.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from ccsync.insights.cohorts import Cohort
from ccsync.insights.coverage import Coverage
from ccsync.insights.leaving import Stopped
from ccsync.insights.share import share as share

Costs: TypeAlias = Mapping[str, Decimal]
"""Estimated cost in whole units (dollars), by currency."""

WhyUnknown: TypeAlias = Literal["no_usage", "too_few_days", "no_names"]
"""Why something cannot be told: too few days for a habit and a silence, or privacy."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What models read and wrote, and what that is estimated to cost."""

    input_tokens: int = 0
    """Neither read from the cache nor written to it."""

    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    costs: Costs = {}

    @property
    def cache_share(self) -> Decimal | None:
        """How much of all that went in was read from the cache; None if nothing went in."""
        went_in = self.input_tokens + self.cache_read_tokens + self.cache_creation_tokens
        return share(self.cache_read_tokens, went_in)

    @property
    def tokens(self) -> int:
        """All of them."""
        return (
            self.input_tokens
            + self.output_tokens
            + self.cache_read_tokens
            + self.cache_creation_tokens
        )


class Used(Tokens, frozen=True, kw_only=True):
    """What somebody, or everybody, did."""

    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    accepted: int = 0
    """Proposals of the editing tools that people accepted."""

    rejected: int = 0

    @property
    def acceptance(self) -> Decimal | None:
        """How much of what was proposed was accepted; None if nothing was proposed."""
        return share(self.accepted, self.accepted + self.rejected)


class Crowd(Used, frozen=True, kw_only=True):
    """What several actors did, and how many they are."""

    people: int
    """Distinct people who are named; see `people_known`."""

    api_keys: int
    """Distinct API keys that are named; see `api_keys_known`."""

    nameless: int = 0
    """Records of people without an id: `privacy: drop` adds people together."""

    nameless_keys: int = 0
    """Records of API keys without an id."""

    @property
    def people_known(self) -> bool:
        """False when there are more people than `people`, and nobody can tell how many."""
        return not self.nameless

    @property
    def api_keys_known(self) -> bool:
        """False when there are more API keys than `api_keys`."""
        return not self.nameless_keys


class Period(Crowd, frozen=True, kw_only=True):
    """What happened in some days on end: one day, a week, or all of them."""

    first_day: dt.date
    """Of a week its Monday, even when the usage begins later."""

    days: int
    """How many of its days lie in the time that is looked at; a week may be there in part."""


class Group(Crowd, frozen=True, kw_only=True):
    """What happened with one kind of terminal, customer or subscription.

    Who used two kinds counts for both, so people of groups do not add up.
    """

    name: str | None
    """As the API says; None when it does not say."""


class Model(Tokens, frozen=True, kw_only=True):
    """What one model used."""

    model: str
    people: int = 0
    """Distinct people who used it and are named; see `people_known`."""

    nameless: int = 0
    """Records of people without an id that have used it."""

    @property
    def people_known(self) -> bool:
        """False when there are more people than `people`, and nobody can tell how many."""
        return not self.nameless


class DailyModel(Tokens, frozen=True, kw_only=True):
    """What one model used on one day."""

    day: dt.date
    model: str


class Tool(msgspec.Struct, frozen=True):
    """What people decided about one tool's proposals."""

    tool: str
    accepted: int
    rejected: int

    @property
    def acceptance(self) -> Decimal | None:
        """How much of what was proposed was accepted; None if nothing was proposed."""
        return share(self.accepted, self.accepted + self.rejected)


class WeeklyTool(Tool, frozen=True):
    """What people decided about one tool's proposals in one week."""

    week: dt.date
    """Its Monday."""


class Actor(Used, frozen=True, kw_only=True):
    """What one person, API key or other actor did."""

    actor_type: str
    actor_id: str
    """As the privacy policy left it; never empty."""

    first_active: dt.date
    last_active: dt.date
    active_days: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What usage says. Empty tuples, and no `total`, when there are no records."""

    total: Period | None = None
    days: tuple[Period, ...] = ()
    """Every day of the time looked at, also those without usage, oldest first. A day that was never
    delivered is a day of zeros here: `coverage.missing` tells."""

    weeks: tuple[Period, ...] = ()
    """ISO weeks, Monday to Sunday, none left out, oldest first."""

    models: tuple[Model, ...] = ()
    """The most expensive first, by the currency that comes first."""

    daily_models: tuple[DailyModel, ...] = ()
    """Only days and models with usage; oldest first, then as `models`."""

    tools: tuple[Tool, ...] = ()
    """The most often proposed first."""

    weekly_tools: tuple[WeeklyTool, ...] = ()
    """Only weeks and tools with a decision; oldest first, then as `tools`."""

    people: tuple[Actor, ...] = ()
    """Named people, the most expensive first."""

    api_keys: tuple[Actor, ...] = ()
    """Named API keys, the most expensive first."""

    other_actors: tuple[Actor, ...] = ()
    """Named actors of kinds that are newer than this version, the most expensive first."""

    unnamed: Used = Used()
    """What those did who have no id. With everybody above it adds up to `total`."""

    terminals: tuple[Group, ...] = ()
    """By `terminal_type`, most sessions first."""

    customers: tuple[Group, ...] = ()
    """By `customer_type` (subscription or pay as you go), most sessions first."""

    cohorts: tuple[Cohort, ...] = ()
    """People who began in the same week, oldest first. Nobody who has no id."""

    stopped: tuple[Stopped, ...] | None = None
    """Who stopped, the latest first; None when nobody can tell: see `stopped_unknown`."""

    coverage: Coverage = Coverage()
    """Which days are there, and how fresh they are; empty when nobody said."""

    organizations: tuple[str, ...] = ()
    """Their ids, sorted."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies there are, the largest sum first: an order to show, not to compare."""
        return by_size(self.total.costs) if self.total else ()

    @property
    def stopped_unknown(self) -> WhyUnknown | None:
        """Why nobody can tell who stopped; None when it is known."""
        if self.stopped is not None:
            return None
        if self.total is None:
            return "no_usage"
        named = self.people or self.total.people_known
        return "too_few_days" if named else "no_names"

    def top_people(self, count: int, currency: str) -> tuple[Actor, ...]:
        """Give those with the highest estimated cost in one currency; nobody who has none."""
        having = [person for person in self.people if person.costs.get(currency)]
        having.sort(key=lambda one: (-one.costs[currency], one.actor_id))
        return tuple(having[:count])


def by_size(costs: Costs) -> tuple[str, ...]:
    """Give the currencies of some costs, the largest sum first."""
    return tuple(sorted(costs, key=lambda one: (-costs[one], one)))
