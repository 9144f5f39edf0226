"""Usage of some people that an API restates, and the points that have to be shown for it.

The points are worked out here from the rows themselves, by hand: nothing of the sink is used.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing.builders import ORGANIZATION, a_record
from ccsync.testing.otlp import Series
from tests.support.world import Api

Cell: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A metric without its prefix, and the attributes."""

Spell: TypeAlias = Callable[[str], str]

PREFIX = "claude_code.daily."
PEOPLE = (
    "ann@northwind.example",
    "Ann@Northwind.example",
    "bo+1@northwind.example",
    "bo 1@northwind.example",
    "cleo@northwind.example",
    "dan@northwind.example",
    "eve@northwind.example",
)
"""The first four are two people to a backend that folds case and characters."""

TERMINALS = (None, "", "vscode", "tmux")
"""The first two are the same to every backend."""

MODELS = ("claude-opus-5", "Claude-Opus-5", "claude-haiku-5")
CURRENCIES = ("USD", "EUR")
ROWS = 8
"""Rows of a day at first; each shows in six series or less, all of them in about forty."""


def verbatim(value: str) -> str:
    """Spell a value as nearly every backend does."""
    return value


def datadog(value: str) -> str:
    """Spell a value as Datadog documents it for tags; for ASCII."""
    return re.sub(r"[^a-z0-9\-:./]+", "_", value.lower()).rstrip("_:")


@dataclass(frozen=True)
class Row:
    """What the API says of somebody in a day."""

    person: str
    terminal: str | None
    subscription: str | None
    remote: bool | None
    model: str
    currency: str
    numbers: tuple[int, int, int, int, int]
    """Sessions, lines added, edits accepted, tokens in, tokens out."""

    cents: Decimal

    def record(self, day: dt.date) -> Record:
        """Give it as a record."""
        sessions, added, accepted, fresh, output = self.numbers
        return a_record(
            self.person,
            date=day,
            terminal_type=self.terminal,
            subscription_type=self.subscription,
            is_remote=self.remote,
            sessions=sessions,
            lines_added=added,
            lines_removed=0,
            commits=0,
            pull_requests=0,
            tool_actions=(ToolActions("edit_tool", accepted, 0),),
            model_usage=(
                ModelUsage(
                    model=self.model,
                    input_tokens=fresh,
                    output_tokens=output,
                    cache_read_tokens=0,
                    cache_creation_tokens=0,
                    estimated_cost=money.major(money.canonical(self.cents)),
                    estimated_cost_minor=money.canonical(self.cents),
                    currency=self.currency,
                ),
            ),
        )

    def points(self, spell: Spell, day: str | None) -> Iterable[tuple[Cell, int | Decimal]]:
        """Give what it adds to which series."""
        base = {
            "organization.id": ORGANIZATION,
            "actor.type": "user_actor",
            "user.email": self.person,
            "customer_type": "api",
            "terminal.type": self.terminal,
            "subscription_type": self.subscription,
            "is_remote": None if self.remote is None else str(self.remote).lower(),
            "day": day,
        }
        model = {"model": self.model}
        sessions, added, accepted, fresh, output = self.numbers
        found: list[tuple[str, dict[str, str], int | Decimal]] = [
            ("session.count", {}, sessions),
            ("lines_of_code.count", {"type": "added"}, added),
            ("code_edit_tool.decision", {"tool_name": "Edit", "decision": "accept"}, accepted),
            ("token.usage", {**model, "type": "input"}, fresh),
            ("token.usage", {**model, "type": "output"}, output),
            ("cost.usage", {**model, "currency": self.currency}, self.cents / 100),
        ]
        for metric, own, value in found:
            named = {**base, **own}
            yield (metric, tuple(sorted((k, spell(v)) for k, v in named.items() if v))), value


class Usage(Api):
    """Rows of each day; `revise` changes them as an API does that still counts."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        self._people = [self._person(number) for number in range(ROWS)]
        self.rows: dict[dt.date, tuple[Row, ...]] = {}
        self.said: dict[dt.date, list[tuple[Row, ...]]] = {}
        """By day: every answer so far."""

    def records(self, day: dt.date) -> list[Record]:
        """Give what the API answers now."""
        return [row.record(day) for row in self.rows.get(day, ())]

    def begin(self, day: dt.date) -> None:
        """Let people work on a day."""
        self._say(day, tuple(map(self._at_work, self._people)))

    def revise(self, day: dt.date) -> None:
        """Let the API change its mind about a day: up, down, away, elsewhere."""
        rows = [self._changed(row) for row in self.rows[day] if self._rng.random() > 0.15]
        missing = max(0, ROWS - len(rows))
        newcomers = [
            one for one in self._rng.sample(self._people, missing) if self._rng.random() < 0.5
        ]
        self._say(day, (*rows, *map(self._at_work, newcomers)))

    def take_back(self, day: dt.date) -> None:
        """Let the API say again what it said of a day before."""
        self._say(day, self.said[day][-2] if len(self.said[day]) > 1 else ())

    def truth(
        self, day: dt.date, spell: Spell = verbatim, *, names_day: bool = False
    ) -> dict[Cell, float]:
        """Give the points that have to be shown for a day; zeros are left out."""
        sums: dict[Cell, int | Decimal] = {}
        for row in self.rows.get(day, ()):
            for cell, value in row.points(spell, str(day) if names_day else None):
                sums[cell] = sums.get(cell, 0) + value
        return {cell: float(value) for cell, value in sums.items() if value}

    def _say(self, day: dt.date, rows: tuple[Row, ...]) -> None:
        self.rows[day] = rows
        self.said.setdefault(day, []).append(rows)

    def _person(self, number: int) -> Row:
        rng = self._rng
        return Row(
            PEOPLE[number % len(PEOPLE)],
            TERMINALS[number % len(TERMINALS)],
            "team" if number % 3 else None,
            False if number % 2 else None,
            rng.choice(MODELS),
            "USD",
            (0, 0, 0, 0, 0),
            Decimal(0),
        )

    def _at_work(self, row: Row) -> Row:
        # Quarters: differences of them are exact in binary, so that rounding is nobody's fault.
        cents = Decimal(25 * self._rng.randrange(1, 10**5))
        return replace(row, numbers=self._numbers(), cents=cents)

    def _numbers(self) -> tuple[int, int, int, int, int]:
        rng = self._rng
        some = [rng.randrange(1, 50) * rng.choice((0, 1, 1, 1)) for _ in range(5)]
        return (some[0], 40 * some[1], some[2], 1000 * some[3], 300 * some[4])

    def _changed(self, row: Row) -> Row:
        rng = self._rng
        kind = rng.random()
        if kind < 0.2:
            return replace(row, terminal=rng.choice(TERMINALS))
        if kind < 0.3:
            return replace(row, model=rng.choice(MODELS), currency=rng.choice(CURRENCIES))
        return self._at_work(row) if kind < 0.7 else row


def shown(values: dict[Series, int | float]) -> dict[Cell, float]:
    """Give what a store shows, in the same terms."""
    found: dict[Cell, float] = {}
    for series, value in values.items():
        pairs = tuple((name, str(one)) for name, one in series.attributes)
        cell = (series.metric.removeprefix(PREFIX), pairs)
        assert cell not in found, f"two series differ by resource or scope alone: {series}"
        found[cell] = float(value)
    return found
