"""The grain that a program keeps, and everything that is shown as numbers by key at that grain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tests.peers.contestant import Identity, Shown

DIMENSIONS = (
    "date",
    "organization_id",
    "actor_type",
    "actor_id",
    "customer_type",
    "subscription_type",
    "terminal_type",
    "is_remote",
)

Key: TypeAlias = tuple[dt.date, tuple[object, ...]]
"""The day, and whatever tells a row from the others of its day."""

Numbers: TypeAlias = dict[str, Decimal]
Table: TypeAlias = dict[Key, Numbers]

TOKENS = ("input tokens", "output tokens", "cache read tokens", "cache creation tokens")


@dataclass(frozen=True)
class Grain:
    """What a program keeps of what the API says; it is judged by that, and by nothing finer."""

    dimensions: frozenset[str] = frozenset(DIMENSIONS)
    models: bool = True
    """One row per model; otherwise the cost per core row, if at all."""

    cost: bool = True

    @property
    def left_out(self) -> tuple[str, ...]:
        """Name what is not kept."""
        missing = [name for name in DIMENSIONS if name not in self.dimensions]
        if not self.models:
            missing.append("models" if self.cost else "models and cost")
        return tuple(missing)


def grain_of(shown: Shown) -> Grain:
    """Read off a quiet week, where every dimension has a value in some row, what is kept."""
    kept = {
        name
        for index, name in enumerate(DIMENSIONS)
        if any(row.identity[index] not in (None, "") for row in shown.core)
    }
    return Grain(
        frozenset(kept or DIMENSIONS),
        models=shown.models is not None,
        cost=shown.models is not None or shown.cents is not None,
    )


@dataclass(frozen=True)
class Tables:
    """What is shown, as numbers by key; rows of equal identity are added up."""

    core: Table
    models: Table
    """By model and currency where models are kept, else the cost per core row."""


def tables(shown: Shown, grain: Grain, first: dt.date, last: dt.date) -> Tables:
    """Add up what is shown of these days, both inclusive."""
    core: Table = {}
    for row in shown.core:
        numbers = {
            "sessions": Decimal(row.sessions),
            "lines added": Decimal(row.lines_added),
            "lines removed": Decimal(row.lines_removed),
            "commits": Decimal(row.commits),
            "pull requests": Decimal(row.pull_requests),
        }
        for tool, accepted, rejected in row.tools:
            # A tool that nobody was asked about is as good as one that is not named.
            decisions = {f"{tool} accepted": accepted, f"{tool} rejected": rejected}
            numbers.update({name: Decimal(count) for name, count in decisions.items() if count})
        _add(core, _key(row.identity, grain), numbers)
    models: Table = {}
    for key, numbers in _costs(shown, grain):
        _add(models, key, numbers)
    return Tables(_between(core, first, last), _between(models, first, last))


def _costs(shown: Shown, grain: Grain) -> Iterable[tuple[Key, Numbers]]:
    if not grain.cost:
        return
    for row in shown.models or ():
        if grain.models:
            key = _key(row.identity, grain, row.model, row.currency)
            spent = dict(zip(TOKENS, map(Decimal, row.tokens), strict=True))
            yield key, {**spent, "cents": row.cents}
        else:
            yield _key(row.identity, grain), {"cents": row.cents}
    if shown.models is None:
        for identity, cents in (shown.cents or {}).items():
            # No model and a cost of nothing are the same where only the cost is kept.
            if cents:
                yield _key(identity, grain), {"cents": cents}


def _key(identity: Identity, grain: Grain, *further: str) -> Key:
    kept = (
        value if name in grain.dimensions else None
        for name, value in zip(DIMENSIONS, identity, strict=True)
    )
    return identity[0], (*kept, *further)


def _add(table: Table, key: Key, numbers: Numbers) -> None:
    row = table.setdefault(key, {})
    for name, number in numbers.items():
        row[name] = row.get(name, Decimal(0)) + number


def _between(table: Table, first: dt.date, last: dt.date) -> Table:
    return {key: row for key, row in table.items() if first <= key[0] <= last}
