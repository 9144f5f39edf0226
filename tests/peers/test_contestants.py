"""Every program does the whole work before it is raced: the same rows, read once, restated too."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ccsync.simulator import (
    SIMULATED_KEY,
    Row,
    ScriptedOrganization,
    Simulator,
    api_actor,
    model_usage,
    usage_row,
    user_actor,
)
from tests.peers.contestant import Contestant, Core, Identity, Model, Shown, Work
from tests.peers.engine_omniload import Omniload
from tests.peers.registry import contestants, speed_only
from tests.peers.show import run

pytestmark = pytest.mark.integration

LAST = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
DAYS = [LAST - dt.timedelta(days=back) for back in (2, 1, 0)]
FULL = DAYS[1]
"""The day whose rows do not fit on one page."""

ORGANIZATION = ScriptedOrganization().organization_id
COSTS = {"claude-opus-5": Decimal("0.333"), "claude-sonnet-5": Decimal("12.0625")}
OMNILOAD = Omniload().name


def one(
    day: dt.date, number: int, terminal: str | None, more: int
) -> tuple[Row, Core, list[Model]]:
    """Make a row, and say what has to become of it. `more` is what a restatement adds."""
    key = number % 4 == 1
    name = f"key {number}" if key else f"person-{number}@northwind.example"
    subscription = "team" if number == 2 else None
    remote = None if number == 3 else number == 5
    tools = {"edit_tool": (number + more, 1), "multi_edit_tool": (0, number)}
    models = [
        (model, (number + more, 2, 10**7 + number, 4), cents * (number + 1) + more)
        for model, cents in (COSTS.items() if number % 6 else ())
    ]
    row = usage_row(
        day,
        api_actor(name) if key else user_actor(name),
        ORGANIZATION,
        sessions=number + 1 + more,
        lines=(number, 2),
        commits=3,
        pull_requests=number % 2,
        tools=tools,
        models=[model_usage(model, tokens=t, cents=c) for model, t, c in models],
        subscription_type=subscription,
    )
    row["terminal_type"], row["is_remote"] = terminal, remote
    actor = "api_actor" if key else "user_actor"
    who: Identity = (day, ORGANIZATION, actor, name, "api", subscription, terminal, remote)
    said = tuple((tool, *counts) for tool, counts in sorted(tools.items()))
    core = Core(who, number + 1 + more, number, 2, 3, number % 2, said)
    return row, core, [Model(who, model, "USD", t, c) for model, t, c in models]


def fill(organization: ScriptedOrganization, more: int = 0, unsaid: str | None = None) -> Shown:
    """Let every day have rows, and give what a right destination shows then.

    Args:
        organization: Whose days.
        more: What a restatement adds.
        unsaid: The terminal of those who have only one.
    """
    expected = Shown([], [])
    assert expected.models is not None
    for day in DAYS:
        made = [
            one(day, number, terminal, more)
            for number in range(990 if day == FULL else 12)
            for terminal in (("vscode", "tmux") if number < 20 and number % 3 == 0 else (unsaid,))
        ]
        organization.put(day, [row for row, _, _ in made])
        expected.core += [core for _, core, _ in made]
        expected.models += [model for _, _, models in made for model in models]
    return expected


def what_omniload_keeps(shown: Shown) -> Shown:
    """Leave out what it has no columns for: subscription, remoteness, and the models."""
    cents: dict[Identity, Decimal] = {}
    for model in shown.models or ():
        who = reduced(model.identity)
        cents[who] = cents.get(who, Decimal(0)) + model.cents
    core = [replace(row, identity=reduced(row.identity)) for row in shown.core]
    return Shown(core, None, cents)


def reduced(who: Identity) -> Identity:
    """Leave out subscription and remoteness."""
    return (*who[:5], None, who[6], None)


def finish(contestant: Contestant, work: Work) -> Shown:
    """Run it, successfully, and read what it shows."""
    done = run(contestant, work, timeout=100)
    assert done.returncode == 0, done.stderr[-4000:]
    return contestant.shown(work)


def present(contestant: Contestant) -> Contestant:
    """Skip where it is absent."""
    if reason := contestant.absent():
        pytest.skip(reason)
    return contestant


def by_name(contestant: Contestant) -> str:
    """Name a test."""
    return contestant.name


@pytest.mark.parametrize("contestant", [*contestants(), *speed_only()], ids=by_name)
def test_all_rows_are_there_and_each_page_was_fetched_once(
    contestant: Contestant, tmp_path: Path
) -> None:
    organization = ScriptedOrganization()
    # omniload stores nothing at all, of any day, once a row has no terminal.
    expected = fill(organization, unsaid="screen" if contestant.name == OMNILOAD else None)
    with Simulator(organization) as api:
        work = Work(api.base_url, SIMULATED_KEY, DAYS[0], DAYS[-1], tmp_path)
        shown = finish(present(contestant), work)
        asked = Counter(request.target for request in api.requests)
    assert [target for target, times in asked.items() if times > 1] == []
    if contestant.name == OMNILOAD:
        expected = what_omniload_keeps(expected)
        for day in DAYS:
            found, wanted = shown.totals(day), expected.totals(day)
            assert replace(found, cents=wanted.cents) == wanted
            # It adds the cents of a row up as floats.
            assert abs(found.cents - wanted.cents) < Decimal("0.000001")
    assert sorted(shown.core, key=repr) == sorted(expected.core, key=repr)
    assert shown.digest() == expected.digest()


@pytest.mark.parametrize(
    "contestant", [one for one in contestants() if one.name != OMNILOAD], ids=by_name
)
def test_restated_days_are_replaced_by_the_next_run(contestant: Contestant, tmp_path: Path) -> None:
    organization = ScriptedOrganization()
    before = fill(organization)
    with Simulator(organization) as api:
        work = Work(api.base_url, SIMULATED_KEY, DAYS[0], DAYS[-1], tmp_path)
        assert finish(present(contestant), work).digest() == before.digest()
        after = fill(organization, more=1)
        assert after.digest() != before.digest()
        assert finish(contestant, work).digest() == after.digest()
