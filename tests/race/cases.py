"""The cases: what an API that works as documented does to those who read it, and what goes wrong.

A case is a story in one sentence, told as a function of a stage. The days of a story count from 1;
`run(5)` is the daily job of day 5. Only the rows put here decide what is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from ccsync.simulator import Row, api_actor, effects, model_usage, usage_row, user_actor
from tests.race.stage import Play, Stage


@dataclass(frozen=True)
class Case:
    """One story."""

    name: str
    title: str
    """A few words, for a table."""

    story: str
    """One sentence."""

    play: Play
    needs: str | None = None
    """A dimension without which there is nothing to judge, or `cost`."""


CASES: list[Case] = []


def case(title: str, needs: str | None = None) -> Callable[[Play], Play]:
    """Enter a story; its docstring is the sentence."""

    def enter(play: Play) -> Play:
        name = getattr(play, "__name__", title)
        CASES.append(Case(name, title, " ".join((play.__doc__ or "").split()), play, needs))
        return play

    return enter


def case_named(name: str) -> Case:
    """Give a case by its name."""
    return next(one for one in CASES if one.name == name)


def model(sessions: int, name: str = "claude-opus-5", cents: Decimal | int | None = None) -> Row:
    """Build the usage of one model."""
    tokens = (1000 * sessions, 400 * sessions, 9000 * sessions, 700 * sessions)
    return model_usage(name, tokens=tokens, cents=131 * sessions if cents is None else cents)


def person(stage: Stage, number: int, name: str = "mira", sessions: int = 3, **other: Any) -> Row:
    """Build a row of a person; every dimension has a value."""
    return _row(stage, number, user_actor(f"{name}@northwind.example"), sessions, **other)


def key(stage: Stage, number: int, name: str = "ci", sessions: int = 3, **other: Any) -> Row:
    """Build a row of an API key."""
    return _row(stage, number, api_actor(name), sessions, **other)


def _row(stage: Stage, number: int, actor: Row, sessions: int, **other: Any) -> Row:
    values: dict[str, Any] = {
        "lines": (40 * sessions, 7 * sessions),
        "commits": sessions // 2,
        "pull_requests": sessions // 3,
        "tools": {"edit_tool": (5 * sessions, sessions), "write_tool": (sessions, 0)},
        "models": [model(sessions), model(sessions + 1, "claude-haiku-5")],
        "customer_type": "subscription",
        "subscription_type": "team",
    }
    organization_id = stage.organization.organization_id
    return usage_row(
        stage.day(number), actor, organization_id, sessions=sessions, **{**values, **other}
    )


def team(stage: Stage, number: int, plus: int = 0) -> list[Row]:
    """Build the rows of a day on which three work, in numbers that depend on the day."""
    return [
        person(stage, number, "mira", 2 + number + plus),
        person(stage, number, "juno", 7 + number + plus, terminal_type="tmux", is_remote=True),
        key(stage, number, "ci", 3 + number + plus, customer_type="api", subscription_type=None),
    ]


def zeroed(row: Row) -> Row:
    """Make every number of a row zero; nothing else of it changes."""
    return {name: _zeroed(value) for name, value in row.items()}


def _zeroed(value: object) -> object:
    if isinstance(value, dict):
        return zeroed(cast("Row", value))
    if isinstance(value, list):
        return [_zeroed(one) for one in cast("list[object]", value)]
    return 0 if type(value) is int else value


def days(stage: Stage, first: int, last: int) -> None:
    """Let the team work on each of these days."""
    for number in range(first, last + 1):
        stage.put(number, *team(stage, number))


def crowd(stage: Stage, number: int) -> None:
    """Let so many work on a day that it has two pages of a thousand."""
    everybody = [person(stage, number, f"p{one:04}", 1 + one % 9) for one in range(1100)]
    stage.put(number, *everybody)


def two_runs(stage: Stage, *rows: Row, on: int = 5) -> None:
    """Let a day consist of these rows, run, and run the next day too, which has others."""
    days(stage, 1, 5)
    stage.put(on, *rows)
    stage.run(5)
    days(stage, 6, 6)
    stage.run(6)


@case("a quiet week (the control)")
def quiet_week(stage: Stage) -> None:
    """Nothing goes wrong, and nothing is corrected."""
    days(stage, 1, 5)
    stage.run(5)


@case("the last three days restated")
def restated(stage: Stage) -> None:
    """The API corrects the last three days after they were read."""
    days(stage, 1, 5)
    stage.run(5)
    for number in (3, 4, 5):
        stage.put(number, *team(stage, number, plus=80))
    days(stage, 6, 6)
    stage.run(6)


@case("today partial, complete tomorrow")
def running_day(stage: Stage) -> None:
    """The running day is read half done, and again on the next day."""
    days(stage, 1, 4)
    stage.put(5, person(stage, 5, "mira", 1))
    stage.run(5)
    days(stage, 5, 5)
    stage.put(6, person(stage, 6, "mira", 2))
    stage.run(6)
    days(stage, 6, 7)
    stage.run(7)


@case("a week without a run")
def outage(stage: Stage) -> None:
    """The schedule stops on a half day, which is complete when it goes on a week later."""
    days(stage, 1, 2)
    stage.put(3, person(stage, 3, "mira", 1))
    stage.run(3)
    days(stage, 3, 10)
    stage.run(10)


@case("one person, two terminals", needs="terminal_type")
def terminals(stage: Stage) -> None:
    """A person works in two terminals on one day: two rows."""
    two_runs(
        stage,
        person(stage, 5, "mira", 4, terminal_type="vscode"),
        person(stage, 5, "mira", 9, terminal_type="tmux"),
    )


@case("one person, two customer types")
def customer_types(stage: Stage) -> None:
    """A person works with a subscription and through the API on one day: two rows."""
    two_runs(
        stage,
        person(stage, 5, "mira", 4),
        person(stage, 5, "mira", 9, customer_type="api", subscription_type=None),
    )


@case("one person, local and remote")
def remote(stage: Stage) -> None:
    """A person works here and in a remote session on one day: two rows."""
    two_runs(
        stage,
        person(stage, 5, "mira", 4, is_remote=False),
        person(stage, 5, "mira", 9, is_remote=True),
    )


@case("two API keys of one name")
def same_name(stage: Stage) -> None:
    """Two API keys have the same name: two rows that nothing tells apart, and both count."""
    two_runs(stage, key(stage, 5, "ci", 4), key(stage, 5, "ci", 9))


@case("a value restated to zero")
def zero(stage: Stage) -> None:
    """The API corrects somebody's numbers to zero, and keeps the row."""
    days(stage, 1, 5)
    stage.run(5)
    mira, juno, ci = team(stage, 5)
    stage.put(5, mira, zeroed(juno), ci)
    days(stage, 6, 6)
    stage.run(6)


@case("a row vanished")
def vanished(stage: Stage) -> None:
    """The API takes a row back."""
    days(stage, 1, 5)
    stage.run(5)
    mira, _, ci = team(stage, 5)
    stage.put(5, mira, ci)
    days(stage, 6, 6)
    stage.run(6)


@case("a model vanished from a row", needs="cost")
def model_vanished(stage: Stage) -> None:
    """The API takes one model of a row back; the row stays."""
    days(stage, 1, 5)
    stage.run(5)
    mira, *others = team(stage, 5)
    del mira["model_breakdown"][1]
    stage.put(5, mira, *others)
    days(stage, 6, 6)
    stage.run(6)


@case("a whole day vanished")
def day_vanished(stage: Stage) -> None:
    """The API takes back every row of a day."""
    days(stage, 1, 5)
    stage.run(5)
    stage.put(4)
    days(stage, 6, 6)
    stage.run(6)


@case("a day that answers 500")
def day_fails(stage: Stage) -> None:
    """An early day answers 500 as long as the first run tries, and is in order at the next."""
    days(stage, 1, 5)
    stage.api.faults.add(effects.status(500), day=stage.day(2), times=None)
    stage.run(5, outage=True)
    stage.api.faults.clear()
    days(stage, 6, 6)
    stage.run(6)


@case("a day that answers HTML with 200")
def html(stage: Stage) -> None:
    """A portal answers for an early day in the first run: a web page, and status 200."""
    days(stage, 1, 5)
    stage.api.faults.add(effects.html(200), day=stage.day(2), times=None)
    stage.run(5, outage=True)
    stage.api.faults.clear()
    days(stage, 6, 6)
    stage.run(6)


@case("a body cut off in the middle")
def truncated(stage: Stage) -> None:
    """One answer ends in the middle of its body."""
    days(stage, 1, 5)
    stage.api.faults.add(effects.truncated(0.5), day=stage.day(3))
    stage.run(5)
    days(stage, 6, 6)
    stage.run(6)


@case("429 with retry-after")
def rate_limited(stage: Stage) -> None:
    """Two requests in a row are answered with 429 and `retry-after: 1`."""
    days(stage, 1, 5)
    stage.api.faults.add(effects.rate_limited(1), day=stage.day(3), times=2)
    stage.run(5)


@case("kill -9 between two pages")
def killed(stage: Stage) -> None:
    """The first run is killed between two pages of a day; then it runs again."""
    days(stage, 1, 5)
    crowd(stage, 3)
    stage.run_killed(5, before_page=2, of_day=3)
    stage.run(5)


@case("a cursor repeated for ever")
def cursor_repeats(stage: Stage) -> None:
    """A page names itself as the next one, each time: the rest of the day can not be read."""
    days(stage, 1, 5)
    crowd(stage, 3)
    stage.api.faults.add(effects.repeated_cursor(), day=stage.day(3), page=1, times=None)
    stage.run(5)


@case("a cursor repeated once")
def cursor_repeats_once(stage: Stage) -> None:
    """A page names itself as the next one, and is in order when it is asked for again."""
    days(stage, 1, 5)
    crowd(stage, 3)
    stage.api.faults.add(effects.repeated_cursor(), day=stage.day(3), page=2)
    stage.run(5)
    days(stage, 6, 6)
    stage.run(6)


@case("a page served twice")
def page_repeats(stage: Stage) -> None:
    """The first page leads to itself once: its rows come twice, and no cursor is seen twice."""
    days(stage, 1, 5)
    crowd(stage, 3)
    stage.api.faults.add(effects.repeated_cursor(), day=stage.day(3), page=1)
    stage.run(5)
    days(stage, 6, 6)
    stage.run(6)


@case("an expired cursor")
def cursor_expires(stage: Stage) -> None:
    """A cursor is answered with 410 once: the day has to be read from its first page again."""
    days(stage, 1, 5)
    crowd(stage, 3)
    stage.api.faults.add(effects.status(410), day=stage.day(3), page=2)
    stage.run(5)
    days(stage, 6, 6)
    stage.run(6)


@case("fractions of a cent", needs="cost")
def fractions(stage: Stage) -> None:
    """Costs have fractions of a cent, few and many digits."""
    amounts = ("0.1", "0.2", "33.3333", "105.8265", "0.0075", "1234567.891")
    rows = [
        person(stage, 5, f"p{index}", 2, models=[model(2, cents=Decimal(amount))])
        for index, amount in enumerate(amounts)
    ]
    two_runs(stage, *rows)


@case("an empty model_breakdown")
def no_models(stage: Stage) -> None:
    """A row names no model; its sessions count all the same."""
    two_runs(stage, person(stage, 5, "mira", 4, models=[]), person(stage, 5, "juno", 9))


@case("unknown new fields")
def unknown_fields(stage: Stage) -> None:
    """From one day on, rows have fields that nobody knows, at three depths."""
    row = person(stage, 5, "mira", 4)
    row["cost_center"] = {"code": "r-17", "weights": [1, 2.5]}
    row["core_metrics"]["reviews"] = 6
    row["model_breakdown"][0]["tokens"]["reasoning"] = 1200
    days(stage, 1, 4)
    stage.run(4)
    two_runs(stage, row, person(stage, 5, "juno", 9))


@case("an unknown new tool and model")
def unknown_names(stage: Stage) -> None:
    """From one day on, rows name a tool and a model that nobody knows."""
    tools = {"edit_tool": (20, 4), "plan_tool": (11, 2)}
    row = person(stage, 5, "mira", 4, tools=tools, models=[model(4), model(5, "claude-nova-9")])
    days(stage, 1, 4)
    stage.run(4)
    two_runs(stage, row, person(stage, 5, "juno", 9))


@case("a person without an e-mail address")
def no_address(stage: Stage) -> None:
    """The API knows that somebody worked, and not who; twice, in two terminals."""
    first, second = person(stage, 5, sessions=4), person(stage, 5, sessions=9, terminal_type="tmux")
    del first["actor"]["email_address"]
    second["actor"]["email_address"] = None
    two_runs(stage, first, second, person(stage, 5, "juno", 6))


@case("a row without is_remote", needs="is_remote")
def no_is_remote(stage: Stage) -> None:
    """A row does not say whether the sessions were remote."""
    row = person(stage, 5, "mira", 4)
    del row["is_remote"]
    two_runs(stage, row, person(stage, 5, "juno", 9))


@case("the end date is inclusive")
def end_date(stage: Stage) -> None:
    """The last day asked for is there, although the API has a day more."""
    days(stage, 1, 6)
    stage.run(5)
