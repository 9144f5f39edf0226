"""Two scenes for alerts: one in which all is well, though only just, and one full of trouble."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing.builders import a_record

from .scene import TODAY, Scene

NOON = 12 * 60
"""Minutes from noon to the end of a day."""


def day_of(age: int) -> dt.date:
    return TODAY - dt.timedelta(days=age)


def calm() -> Scene:
    """Nothing is wrong: whatever is looked at is exactly at the last value that is well."""
    scene = Scene()
    for age in range(40, 0, -1):
        records = [*_budget(age), *_cost(age), *_rate(age), *_few(age), *_people(age)]
        # The newest was fetched 25 hours and 59 minutes before noon of today.
        fetched = 60 if age > 1 else -(NOON + 2 * 60 - 1)
        scene.deliver("edges", day_of(age), records, fetched=fetched, settled=age not in {1, 2, 7})
    day = day_of(1)
    some = _persons(day, "arriving", range(3), amount=1)
    scene.deliver("arriving", day, some[:2], fetched=-60, newest=False)
    scene.deliver("arriving", day, some, fetched=60, lost=1, shown=False, newest=True)
    return scene


def _budget(age: int) -> list[Record]:
    """Thirty days cost exactly 10,000; what came before does not count."""
    amount = 1_300 if age == 20 else 300
    return _persons(day_of(age), "budget", [0], amount=amount + 300 * (age in {1, 30}))


def _cost(age: int) -> list[Record]:
    """Yesterday cost exactly three times the usual 100; days without cost are not usual."""
    return _persons(day_of(age), "cost", [0], amount={1: 300, 9: 0, 12: 0}.get(age, 100))


def _rate(age: int) -> list[Record]:
    """Of 100 decisions 60 are well, before it was three quarters."""
    accepted, rejected = (15, 10) if age <= 4 else (0, 0) if age <= 7 else (75, 25)
    return _persons(day_of(age), "rate", [0], tools=(accepted, rejected))


def _few(age: int) -> list[Record]:
    """Fewer decisions, or people, than say anything; and so little cost that nobody minds."""
    tools = (0, 33) if age in {2, 3, 4} else (0, 0) if age < 8 else (100, 0)
    amount = Decimal(50) if age == 1 else Decimal("0.01")
    return _persons(day_of(age), "few", range(4 if age > 7 else 0)) + _persons(
        day_of(age), "few", [0] if age <= 7 else [], tools=tools, amount=amount
    )


def _people(age: int) -> list[Record]:
    """Ten were there, five are left; API keys and the nameless are no people."""
    day = day_of(age)
    named = _persons(day, "people", range(10 if age > 7 else 5))
    keys = [
        a_record(f"key-{n}", actor_type="api_actor", date=day, organization_id="people")
        for n in range(3 if age > 7 else 0)
    ]
    return [*named, *keys]


def trouble() -> Scene:
    """Everything is wrong somewhere."""
    scene = Scene()
    for age in range(20, 2, -1):  # and then nothing more
        if age != 10:
            records = _persons(day_of(age), "late", range(2), amount=1)
            scene.deliver("late", day_of(age), records, settled=age not in {3, 8, 4})
    for age in range(12, -1, -1):
        day = day_of(age)
        records = _persons(day, "broken", range(3), amount=1)
        fetched = -NOON if age == 0 else 60
        if age == 6:
            scene.deliver("broken", day, records, committed=None)
        elif age == 5:
            scene.deliver("broken", day, records[:2], fetched=5, newest=False)
            scene.deliver("broken", day, records, lost=1, shown=False, newest=True)
        else:
            scene.deliver("broken", day, records, fetched=fetched, settled=age > 2)
    for age in range(40, -1, -1):
        records = list(_busy(age))
        fetched = -NOON if age == 0 else 60
        scene.deliver("busy", day_of(age), records, fetched=fetched, settled=age > 2)
    return scene


def _busy(age: int) -> Iterator[Record]:
    day = day_of(age)
    amount = Decimal({0: "400", 1: "301.01"}.get(age, "100"))
    accepted, rejected = (10, 10) if age <= 7 else (18, 2)
    yield from _persons(day, "busy", range(10 if age > 7 else 4))
    yield from _persons(day, "busy", [0], "vim", amount=amount, tools=(accepted, rejected))
    if age == 10:
        yield from _persons(day, "busy", [1], "vim", amount=20_000, currency="EUR")
    if age > 7:  # then all are gone
        yield from _persons(day, "gone", range(6), tools=(0, 0))
    if age <= 7:  # six days are not enough to know what is usual
        yield from _persons(day, "new", [0], amount=1_000 if age == 1 else 1)


def _persons(
    day: dt.date,
    organization: str,
    numbers: Iterable[int],
    terminal: str = "vscode",
    *,
    amount: Decimal | int = 0,
    currency: str = "USD",
    tools: tuple[int, int] = (0, 0),
) -> list[Record]:
    return [
        a_record(
            f"{number}@{organization}.example",
            date=day,
            organization_id=organization,
            terminal_type=terminal,
            tool_actions=(ToolActions("edit_tool", *tools),) if any(tools) else (),
            model_usage=(_model(Decimal(amount), currency),) if amount else (),
        )
        for number in numbers
    ]


def _model(amount: Decimal, currency: str) -> ModelUsage:
    return ModelUsage(
        model="claude-opus-5",
        input_tokens=1,
        output_tokens=2,
        cache_read_tokens=3,
        cache_creation_tokens=4,
        estimated_cost=money.canonical(amount),
        estimated_cost_minor=money.canonical(amount * 100),
        currency=currency,
    )
