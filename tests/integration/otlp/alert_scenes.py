"""Organizations that something is the matter with, and some that only look so. One is one scene.

Seen from the end of a day, `age` 0, back over seven weeks. Everybody works every day of the week,
except where a scene says otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from ccsync.simulator import Row, api_actor, model_usage, usage_row, user_actor

AGES = range(50)

BUDGET = "CcsyncCostOverBudget"
UNUSUAL = "CcsyncCostFarAboveUsual"
MISSING = "CcsyncDayMissing"
ACCEPTANCE = "CcsyncAcceptanceFalling"
PEOPLE = "CcsyncPeopleVanished"


class Work(NamedTuple):
    """What an organization does in a day."""

    people: int = 10
    keys: int = 0
    dollars: str = "100"
    euros: str = "0"
    accepted: int = 90
    rejected: int = 10


Life: TypeAlias = Callable[[int, dt.date], Work | None]
"""From age and day to work; None: nobody does anything, and the API says nothing."""


@dataclass(frozen=True)
class Scene:
    """One organization."""

    name: str
    """Its id, too."""

    life: Life
    alerts: frozenset[str] = frozenset()
    """What has to be said of it, and nothing else."""

    before: Life | None = None
    """What the API said at first; None: the same."""


def scenes() -> list[Scene]:
    """Give all of them."""
    usual = Work()
    return [
        Scene("well", lambda age, day: usual),
        Scene("free-at-weekends", lambda age, day: usual if day.weekday() < 5 else None),
        Scene("day-missing", lambda age, day: None if age == 1 else usual, frozenset({MISSING})),
        Scene("earlier-day-missing", lambda age, day: None if age == 2 else usual),
        Scene("often-missing", lambda age, day: None if age in (1, 8) else usual),
        Scene("long-gone", lambda age, day: usual if age > 20 else None),
        Scene(
            "day-withdrawn",
            lambda age, day: None if age == 1 else usual,
            frozenset({MISSING}),
            before=lambda age, day: usual,
        ),
        Scene("dear", lambda age, day: Work(dollars="333.34"), frozenset({BUDGET})),
        Scene("nearly-dear", lambda age, day: Work(dollars="333.33")),
        Scene("dear-in-two-currencies", lambda age, day: Work(dollars="250", euros="250")),
        Scene(
            "corrected-downward",
            lambda age, day: usual,
            before=lambda age, day: Work(dollars="400"),
        ),
        Scene(
            "corrected-upward",
            lambda age, day: Work(dollars="400"),
            frozenset({BUDGET}),
            before=lambda age, day: usual,
        ),
        Scene(
            "dear-today",
            lambda age, day: Work(dollars="301" if age == 0 else "100"),
            frozenset({UNUSUAL}),
        ),
        Scene(
            "dear-yesterday",
            lambda age, day: Work(dollars="301" if age == 1 else "100"),
            frozenset({UNUSUAL}),
        ),
        Scene("dear-before", lambda age, day: Work(dollars="301" if age == 2 else "100")),
        Scene("a-little-dear", lambda age, day: Work(dollars="299" if age == 0 else "100")),
        Scene("small-change", lambda age, day: Work(dollars="49" if age == 0 else "1")),
        Scene(
            "new", lambda age, day: Work(dollars="900" if age == 0 else "1") if age < 6 else None
        ),
        Scene(
            "dear-in-euros",
            lambda age, day: Work(dollars="100", euros="301" if age == 0 else "100"),
            frozenset({UNUSUAL}),
        ),
        Scene(
            "refusing",
            lambda age, day: Work(accepted=70 if 1 <= age <= 7 else 90, rejected=30),
        ),
        Scene(
            "refusing-more",
            lambda age, day: (
                Work(accepted=20, rejected=20) if 1 <= age <= 7 else Work(accepted=90, rejected=10)
            ),
            frozenset({ACCEPTANCE}),
        ),
        Scene(
            "refusing-everything",
            lambda age, day: Work(accepted=0, rejected=20) if 1 <= age <= 7 else usual,
            frozenset({ACCEPTANCE}),
        ),
        Scene(
            "refusing-little",
            lambda age, day: Work(accepted=0, rejected=14) if 1 <= age <= 7 else usual,
        ),
        Scene("refusing-today", lambda age, day: Work(rejected=900) if age == 0 else usual),
        Scene(
            "fewer-people",
            lambda age, day: Work(people=4) if 1 <= age <= 7 else usual,
            frozenset({PEOPLE}),
        ),
        Scene(
            "nobody-left",
            lambda age, day: Work(people=0, keys=1) if age <= 7 else usual,
            frozenset({PEOPLE}),
        ),
        Scene("half-the-people", lambda age, day: Work(people=5) if 1 <= age <= 7 else usual),
        Scene(
            "a-small-team",
            lambda age, day: Work(people=1) if 1 <= age <= 7 else Work(people=4),
        ),
        Scene("alone-today", lambda age, day: Work(people=1) if age == 0 else usual),
        Scene(
            "taken-back",
            lambda age, day: Work(people=4) if 1 <= age <= 7 else usual,
            frozenset({PEOPLE}),
            before=lambda age, day: usual,
        ),
    ]


def rows(day: dt.date, age: int, found: Sequence[Scene], *, first: bool) -> list[Row]:
    """Give a day of all organizations; `first` is what the API said at first."""
    return [
        row
        for scene in found
        if (work := ((first and scene.before) or scene.life)(age, day)) is not None
        for row in _rows(day, scene.name, work)
    ]


def _rows(day: dt.date, name: str, work: Work) -> list[Row]:
    actors = [user_actor(f"person-{number}@{name}.example") for number in range(work.people)]
    actors += [api_actor(f"key {number}") for number in range(work.keys)]
    costs = [("USD", Decimal(work.dollars)), ("EUR", Decimal(work.euros))]
    models = [
        model_usage("claude-opus-5", tokens=(1, 2, 3, 4), cents=amount * 100, currency=currency)
        for currency, amount in costs
        if amount
    ]
    # The first one does all the work that is counted.
    return [
        usage_row(
            day,
            actor,
            name,
            models=[] if number else models,
            tools={} if number else {"edit_tool": (work.accepted, work.rejected)},
        )
        for number, actor in enumerate(actors)
    ]
