"""What a panel has to show, worked out from the API's rows, without PromQL."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import NamedTuple, TypeAlias

from ccsync.simulator import Row
from ccsync_otlp.dashboards.questions import (
    PERSON,
    Column,
    Measure,
    People,
    Question,
    Ratio,
    Total,
    Value,
)
from tests.integration.otlp.truth import PREFIX, TOKENS, TOOLS

DAY = dt.timedelta(days=1)

Key: TypeAlias = tuple[str, ...]
"""Values of the attributes that tell lines apart; one for both that may name a person."""

Answer: TypeAlias = dict[Key, Decimal]

Wanted: TypeAlias = Mapping[str, Collection[str]]
"""Attributes that a reader has narrowed the dashboard by, and the values chosen."""

_OF_SOME = {"model": {"token.usage", "cost.usage"}, "currency": {"cost.usage"}}
"""Attributes that only these metrics have."""


class Point(NamedTuple):
    """A value of a day."""

    day: dt.date
    metric: str
    attributes: dict[str, str]
    value: Decimal


def points(rows: Iterable[Row]) -> Iterator[Point]:
    """Give everything that rows say; what they say of nothing is a zero, or is not there."""
    for row in rows:
        day, actor = dt.date.fromisoformat(str(row["date"])[:10]), row["actor"]
        base = {
            "organization.id": row["organization_id"],
            "actor.type": actor["type"],
            "user.email": actor.get("email_address"),
            "api_key.name": actor.get("api_key_name"),
            "terminal.type": row["terminal_type"],
            "customer_type": row["customer_type"],
        }
        named = {name: str(value) for name, value in base.items() if value}
        for metric, own, value in _numbers(row):
            yield Point(day, PREFIX + metric, {**named, **own}, Decimal(str(value)))


def _numbers(row: Row) -> Iterator[tuple[str, dict[str, str], Decimal | int]]:
    core = row["core_metrics"]
    yield "session.count", {}, core["num_sessions"]
    yield "commit.count", {}, core["commits_by_claude_code"]
    yield "pull_request.count", {}, core["pull_requests_by_claude_code"]
    for kind, count in core["lines_of_code"].items():
        yield "lines_of_code.count", {"type": kind}, count
    for tool, counts in row["tool_actions"].items():
        name = {"tool_name": TOOLS[tool]}
        yield "code_edit_tool.decision", {**name, "decision": "accept"}, counts["accepted"]
        yield "code_edit_tool.decision", {**name, "decision": "reject"}, counts["rejected"]
    for usage in row["model_breakdown"]:
        model, cost = {"model": usage["model"]}, usage["estimated_cost"]
        for kind, count in usage["tokens"].items():
            yield "token.usage", {**model, "type": TOKENS[kind]}, count
        amount = Decimal(str(cost["amount"])) / 100
        yield "cost.usage", {**model, "currency": cost["currency"]}, amount


class Truth:
    """All points of all days, and what a reader narrowed them to."""

    def __init__(self, everything: Iterable[Point], wanted: Wanted) -> None:
        self._points: dict[dt.date, dict[str, list[Point]]] = {}
        """Those that are not zero, by day and metric."""
        for one in everything:
            if one.value:
                metrics = self._points.setdefault(one.day, defaultdict(list))
                metrics[one.metric].append(one)
        self._wanted = wanted

    def days(
        self, question: Question, column: Column, days: Iterable[dt.date]
    ) -> dict[dt.date, Answer]:
        """Give a chart's values by day."""
        value = column.value
        length = 1 if isinstance(value, Ratio) else value.days
        return {
            day: self.value(value, question.by, [day - number * DAY for number in range(length)])
            for day in days
        }

    def range(self, question: Question, place: int, days: Sequence[dt.date]) -> Answer:
        """Give the values of a column of a table, or a number, over some days."""
        first, column = question.columns[0], question.columns[place]
        found = self.value(column.value, question.by, days)
        if question.limit is None:
            return found
        length = len(_one_for_person(question.by))
        best = self.value(first.value, question.by, days)
        order = sorted(best, key=lambda key: best[key], reverse=True)[: question.limit]
        kept = {key[:length] for key in order}
        assert len(kept) == len(order), "no two currencies at a time"
        return {key: one for key, one in found.items() if key[:length] in kept}

    def value(self, value: Value, by: Sequence[str], days: Collection[dt.date]) -> Answer:
        """Work out one value over some days."""
        if isinstance(value, People):
            names = _one_for_person(by)
            people = {
                (*_key(one, names), _who(one))
                for day in set(days)
                for found in self._points.get(day, {}).values()
                for one in found
                if _who(one) and self._fits(one, set())
            }
            return _counted(key[:-1] for key in people)
        if isinstance(value, Total):
            return self._sum(value.measure, by, days, set())
        ours, theirs = set(value.part.of.extra), set(value.whole.of.extra)
        ignored = (ours ^ theirs) - {"currency"}
        part = self._sum(value.part, by, days, ignored)
        whole = {key: one for key, one in self._sum(value.whole, by, days, ignored).items() if one}
        if ours - theirs:
            return {key: one / whole[key[:-1]] for key, one in part.items() if key[:-1] in whole}
        return {key: part.get(key, Decimal(0)) / one for key, one in whole.items()}

    def _sum(
        self, measure: Measure, by: Sequence[str], days: Collection[dt.date], ignored: set[str]
    ) -> Answer:
        money = "currency" in measure.of.extra
        names = _one_for_person((*by, "currency") if money else by)
        found: Answer = defaultdict(Decimal)
        there = (self._points.get(day, {}).get(measure.of.name, []) for day in set(days))
        for one in chain.from_iterable(there):
            if any(one.attributes[name] not in values for name, values in measure.where):
                continue
            if not self._fits(one, ignored) or (set(by) & set(PERSON) and not _who(one)):
                continue
            found[_key(one, names)] += one.value
        return dict(found)

    def _fits(self, one: Point, ignored: set[str]) -> bool:
        for name, values in self._wanted.items():
            some = _OF_SOME.get(name)
            if name in ignored or (some and one.metric.removeprefix(PREFIX) not in some):
                continue
            if one.attributes.get(name, "") not in values:
                return False
        return True


def _who(one: Point) -> str:
    return next((one.attributes[name] for name in PERSON if name in one.attributes), "")


def _one_for_person(by: Iterable[str]) -> list[str]:
    return list(dict.fromkeys("person" if name in PERSON else name for name in by))


def _key(one: Point, names: Sequence[str]) -> Key:
    return tuple(_who(one) if name == "person" else one.attributes.get(name, "") for name in names)


def _counted(keys: Iterable[Key]) -> Answer:
    found: Answer = defaultdict(Decimal)
    for key in keys:
        found[key] += 1
    return dict(found)
