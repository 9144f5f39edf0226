"""Sums records up. Pure; one pass. Memory grows with actors and days, not with records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ccsync import money
from ccsync.insights.adding import API_KEY, PERSON, Counting, Sums, TokenSums
from ccsync.insights.cohorts import cohorts
from ccsync.insights.coverage import Coverage
from ccsync.insights.leaving import stopped
from ccsync.insights.summary import (
    Actor,
    Costs,
    DailyModel,
    Group,
    Model,
    Period,
    Summary,
    Tool,
    Used,
    WeeklyTool,
    by_size,
)
from ccsync.records import Record

_Named: TypeAlias = tuple[str, str]
"""Type and id of an actor: the same id of two types is two actors."""

_Kind: TypeAlias = tuple[str | None, str | None]
"""Terminal and customer type."""

_DAY = dt.timedelta(days=1)
_WEEK = 7


def summarize(
    records: Iterable[Record],
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    coverage: Coverage | None = None,
) -> Summary:
    """Sum records up; each (day, identity) should be among them once.

    Args:
        records: In any order. Those of days outside `first` to `last` are left out.
        first: The first day to look at; by default the oldest with a record.
        last: The last one, inclusive; by default the newest with a record.
        coverage: What is known about the days, if anything: then the time looked at is from the
            first day delivered to the last one, whether there was usage or not.
    """
    summing = Summing(first, last)
    for record in records:
        summing.add(record)
    return summing.summary(coverage)


class Summing:
    """Takes records one after the other; gives their summary at the end."""

    def __init__(self, first: dt.date | None = None, last: dt.date | None = None) -> None:
        """Take the days to look at; records of others are left out."""
        self._first, self._last = first, last
        self._days: dict[dt.date, Counting] = {}
        self._actors: dict[_Named, _OneActor] = {}
        self._unnamed = Sums()
        self._kinds: dict[_Kind, Counting] = {}
        self._models: dict[tuple[dt.date, str], TokenSums] = {}
        self._users: dict[str, Counting] = {}
        self._tools: dict[tuple[dt.date, str], tuple[int, int]] = {}
        self._organizations: set[str] = set()

    def add(self, record: Record) -> None:
        """Count a record."""
        day = record.date
        if (self._first and day < self._first) or (self._last and day > self._last):
            return
        self._organizations.add(record.organization_id)
        used = Sums.of(record)
        actor_id = self._count_actor(record, used)
        kind = (record.terminal_type, record.customer_type)
        for crowd in (
            self._days.get(day) or self._days.setdefault(day, Counting()),
            self._kinds.get(kind) or self._kinds.setdefault(kind, Counting()),
        ):
            crowd.add(record.actor_type, actor_id, used)
        for usage in record.model_usage:
            key = (day, usage.model)
            sums = self._models.get(key)
            if sums is None:
                sums = self._models[key] = TokenSums()
            sums.add_usage(usage)
        for name in {usage.model for usage in record.model_usage}:
            users = self._users.get(name) or self._users.setdefault(name, Counting())
            users.count(record.actor_type, actor_id)
        monday = _monday(day)
        for action in record.tool_actions:
            yes, no = self._tools.get((monday, action.tool), (0, 0))
            self._tools[monday, action.tool] = (yes + action.accepted, no + action.rejected)

    def _count_actor(self, record: Record, used: Sums) -> str:
        """Count who did it; give the id as one string, however many records have it."""
        if not record.actor_id:
            self._unnamed.include_all(used)
            return ""
        named = (record.actor_type, record.actor_id)
        actor = self._actors.get(named)
        if actor is None:
            actor = self._actors[named] = _OneActor(*named)
        actor.days.add(record.date.toordinal())
        actor.sums.include_all(used)
        return actor.actor_id

    def summary(self, coverage: Coverage | None = None) -> Summary:
        """Give what the records come to."""
        coverage = coverage or Coverage()
        if not self._days:
            return Summary(coverage=coverage)
        first, last = self._period(coverage)
        days = [first + number * _DAY for number in range((last - first).days + 1)]
        whole = Counting.together(self._days.values())
        total = whole.period(first, len(days))
        order = _dearest_first(total.costs)
        models = sorted(self._all_models(), key=order)
        tools = self._all_tools()
        actors = sorted((one.actor() for one in self._actors.values()), key=order)
        people = tuple(one for one in actors if one.actor_type == PERSON)
        return Summary(
            total=total,
            days=tuple(self._days.get(day, _NOTHING).period(day, 1) for day in days),
            weeks=tuple(self._weeks(first, last)),
            models=tuple(models),
            daily_models=self._daily_models([one.model for one in models]),
            tools=tuple(tools),
            weekly_tools=self._weekly_tools([one.tool for one in tools]),
            people=people,
            api_keys=tuple(one for one in actors if one.actor_type == API_KEY),
            other_actors=tuple(one for one in actors if one.actor_type not in {PERSON, API_KEY}),
            unnamed=Used(**self._unnamed.fields()),
            terminals=self._groups(0),
            customers=self._groups(1),
            cohorts=cohorts(
                one.weeks() for named, one in self._actors.items() if named[0] == PERSON
            ),
            stopped=stopped(people, first, last) if people or total.people_known else None,
            coverage=coverage,
            organizations=tuple(sorted(self._organizations)),
        )

    def _period(self, coverage: Coverage) -> tuple[dt.date, dt.date]:
        """Give the first and the last day to speak of."""
        if not coverage.sources:
            return self._first or min(self._days), self._last or max(self._days)
        # From the first day that was delivered to the last: outside of these nothing is known.
        first = min(one.first_day for one in coverage.sources)
        last = max(one.last_day for one in coverage.sources)
        return min(first, *self._days), max(last, *self._days)

    def _weeks(self, first: dt.date, last: dt.date) -> Iterable[Period]:
        """Give each week; one may be there in part."""
        monday = _monday(first)
        while monday <= last:
            week = [monday + number * _DAY for number in range(_WEEK)]
            sums = Counting.together(self._days[day] for day in week if day in self._days)
            yield sums.period(monday, sum(first <= day <= last for day in week))
            monday += _WEEK * _DAY

    def _all_models(self) -> Iterable[Model]:
        sums: dict[str, TokenSums] = {}
        for (_, name), tokens in self._models.items():
            sums.setdefault(name, TokenSums()).include(tokens)
        for name, tokens in sums.items():
            users = self._users[name]
            yield Model(
                model=name, people=len(users.people), nameless=users.nameless, **tokens.fields()
            )

    def _daily_models(self, names: list[str]) -> tuple[DailyModel, ...]:
        return tuple(
            DailyModel(day=day, model=name, **self._models[day, name].fields())
            for day in sorted(self._days)
            for name in names
            if (day, name) in self._models
        )

    def _all_tools(self) -> list[Tool]:
        sums: dict[str, tuple[int, int]] = {}
        for (_, tool), (accepted, rejected) in self._tools.items():
            yes, no = sums.get(tool, (0, 0))
            sums[tool] = (yes + accepted, no + rejected)
        tools = (Tool(name, yes, no) for name, (yes, no) in sums.items())
        return sorted(tools, key=lambda one: (-one.accepted - one.rejected, one.tool))

    def _weekly_tools(self, names: list[str]) -> tuple[WeeklyTool, ...]:
        found = (
            WeeklyTool(tool, *self._tools[week, tool], week=week)
            for week in sorted({week for week, _ in self._tools})
            for tool in names
            if (week, tool) in self._tools
        )
        return tuple(one for one in found if one.accepted or one.rejected)

    def _groups(self, part: int) -> tuple[Group, ...]:
        """Put together what has the same terminal type (0) or customer type (1)."""
        by_name: dict[str | None, list[Counting]] = {}
        for kind, sums in self._kinds.items():
            by_name.setdefault(kind[part], []).append(sums)
        groups = (Counting.together(parts).group(name) for name, parts in by_name.items())
        return tuple(sorted(groups, key=lambda one: (-one.sessions, one.name or "")))


class _OneActor:
    """Somebody with an id."""

    def __init__(self, actor_type: str, actor_id: str) -> None:
        self.actor_type, self.actor_id = actor_type, actor_id
        self.days: set[int] = set()
        self.sums = Sums()

    def weeks(self) -> set[dt.date]:
        return {_monday(dt.date.fromordinal(day)) for day in self.days}

    def actor(self) -> Actor:
        return Actor(
            actor_type=self.actor_type,
            actor_id=self.actor_id,
            first_active=dt.date.fromordinal(min(self.days)),
            last_active=dt.date.fromordinal(max(self.days)),
            active_days=len(self.days),
            **self.sums.fields(),
        )


def _monday(day: dt.date) -> dt.date:
    return day - day.weekday() * _DAY


def _dearest_first(total: Costs) -> Callable[[Actor | Model], tuple[Any, ...]]:
    """Order by cost in the first currency of the total, then the next; equal ones by name."""
    currencies = by_size(total)

    def order(one: Actor | Model) -> tuple[Any, ...]:
        name = one.model if isinstance(one, Model) else one.actor_id
        return (*(-one.costs.get(currency, money.ZERO) for currency in currencies), name)

    return order


_NOTHING = Counting()
