"""Sums records up. Pure; one pass. Memory grows with actors and days, not with records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from ccsync import money
from ccsync.insights.summary import Actor, Costs, Model, Period, Summary, Tool
from ccsync.records import ModelUsage, Record

PERSON, API_KEY = "user_actor", "api_actor"

_Named: TypeAlias = tuple[str, str]
"""Type and id of an actor: the same id of two types is two actors."""

_Order: TypeAlias = Callable[[Actor | Model], tuple[Any, ...]]

_DAY = dt.timedelta(days=1)
_WEEK = 7


def summarize(
    records: Iterable[Record], *, first: dt.date | None = None, last: dt.date | None = None
) -> Summary:
    """Sum records up; each (day, identity) should be among them once.

    Args:
        records: In any order. Those of days outside `first` to `last` are left out.
        first: The first day to look at; by default the oldest with a record.
        last: The last one, inclusive; by default the newest with a record.
    """
    by_day: dict[dt.date, _Sums] = {}
    actors: dict[_Named, _Sums] = {}
    models: dict[str, _Tokens] = {}
    tools: dict[str, tuple[int, int]] = {}
    for record in records:
        if (first and record.date < first) or (last and record.date > last):
            continue
        by_day.setdefault(record.date, _Sums()).add(record)
        if record.actor_id:
            actors.setdefault((record.actor_type, record.actor_id), _Sums()).add(record)
        for usage in record.model_usage:
            models.setdefault(usage.model, _Tokens()).add(usage)
        for action in record.tool_actions:
            yes, no = tools.get(action.tool, (0, 0))
            tools[action.tool] = (yes + action.accepted, no + action.rejected)
    days = _days(by_day, first or min(by_day, default=None), last or max(by_day, default=None))
    whole = _together(by_day.values())
    order = _dearest_first(whole.costs)
    return Summary(
        total=whole.period(days[0].first_day, len(days)) if by_day else None,
        days=days if by_day else (),
        weeks=tuple(_weeks(by_day, days)) if by_day else (),
        models=tuple(sorted((tokens.model(name) for name, tokens in models.items()), key=order)),
        tools=tuple(
            sorted(
                (Tool(name, yes, no) for name, (yes, no) in tools.items()),
                key=lambda one: (-one.accepted - one.rejected, one.tool),
            )
        ),
        people=_actors(actors, PERSON, order),
        api_keys=_actors(actors, API_KEY, order),
    )


class _Sums:
    """Counts of some records: of a day, of several, of one actor."""

    def __init__(self) -> None:
        self.days: set[dt.date] = set()
        self.people: set[str] = set()
        self.api_keys: set[str] = set()
        self.nameless = 0
        self.counts = [0, 0, 0, 0, 0]
        self.costs: dict[str, Decimal] = {}

    def add(self, record: Record) -> None:
        self.days.add(record.date)
        if record.actor_type == PERSON and not record.actor_id:
            self.nameless += 1
        elif record.actor_type == PERSON:
            self.people.add(record.actor_id)
        elif record.actor_type == API_KEY and record.actor_id:
            self.api_keys.add(record.actor_id)
        self._count(
            record.sessions,
            record.lines_added,
            record.lines_removed,
            record.commits,
            record.pull_requests,
        )
        for usage in record.model_usage:
            _add(self.costs, usage.currency, usage.estimated_cost)

    def include(self, other: _Sums) -> None:
        self.days |= other.days
        self.people |= other.people
        self.api_keys |= other.api_keys
        self.nameless += other.nameless
        self._count(*other.counts)
        for currency, amount in other.costs.items():
            _add(self.costs, currency, amount)

    def _count(self, *more: int) -> None:
        self.counts = [one + other for one, other in zip(self.counts, more, strict=True)]

    def period(self, first_day: dt.date, days: int) -> Period:
        sessions, added, removed, commits, pull_requests = self.counts
        return Period(
            first_day=first_day,
            days=days,
            people=len(self.people),
            api_keys=len(self.api_keys),
            nameless=self.nameless,
            sessions=sessions,
            lines_added=added,
            lines_removed=removed,
            commits=commits,
            pull_requests=pull_requests,
            costs=dict(self.costs),
        )

    def actor(self, actor_type: str, actor_id: str) -> Actor:
        sessions, added, _, commits, pull_requests = self.counts
        return Actor(
            actor_type=actor_type,
            actor_id=actor_id,
            active_days=len(self.days),
            sessions=sessions,
            lines_added=added,
            commits=commits,
            pull_requests=pull_requests,
            costs=dict(self.costs),
        )


class _Tokens:
    """What one model used so far."""

    def __init__(self) -> None:
        self.counts = [0, 0, 0, 0]
        self.costs: dict[str, Decimal] = {}

    def add(self, usage: ModelUsage) -> None:
        more = (
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_tokens,
            usage.cache_creation_tokens,
        )
        self.counts = [one + other for one, other in zip(self.counts, more, strict=True)]
        _add(self.costs, usage.currency, usage.estimated_cost)

    def model(self, name: str) -> Model:
        given, made, read, created = self.counts
        return Model(
            model=name,
            input_tokens=given,
            output_tokens=made,
            cache_read_tokens=read,
            cache_creation_tokens=created,
            costs=dict(self.costs),
        )


def _add(costs: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    costs[currency] = money.add(costs.get(currency, money.ZERO), amount)


def _together(parts: Iterable[_Sums]) -> _Sums:
    whole = _Sums()
    for part in parts:
        whole.include(part)
    return whole


def _days(
    by_day: Mapping[dt.date, _Sums], first: dt.date | None, last: dt.date | None
) -> tuple[Period, ...]:
    """Give every day, those without records too."""
    if first is None or last is None:
        return ()
    wanted = (first + number * _DAY for number in range((last - first).days + 1))
    return tuple(by_day.get(day, _NOTHING).period(day, 1) for day in wanted)


def _weeks(by_day: Mapping[dt.date, _Sums], days: tuple[Period, ...]) -> Iterable[Period]:
    first, last = days[0].first_day, days[-1].first_day
    monday = first - first.weekday() * _DAY
    while monday <= last:
        week = [monday + number * _DAY for number in range(_WEEK)]
        sums = _together(by_day[day] for day in week if day in by_day)
        yield sums.period(monday, sum(first <= day <= last for day in week))
        monday += _WEEK * _DAY


def _actors(actors: Mapping[_Named, _Sums], actor_type: str, order: _Order) -> tuple[Actor, ...]:
    found = (sums.actor(*named) for named, sums in actors.items() if named[0] == actor_type)
    return tuple(sorted(found, key=order))


def _dearest_first(total: Costs) -> _Order:
    """Order by cost in the first currency of the total, then the next; equal ones by name."""
    currencies = sorted(total, key=lambda one: (-total[one], one))

    def order(one: Actor | Model) -> tuple[Any, ...]:
        name = one.model if isinstance(one, Model) else one.actor_id
        return (*(-one.costs.get(currency, money.ZERO) for currency in currencies), name)

    return order


_NOTHING = _Sums()
