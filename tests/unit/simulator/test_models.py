"""Launches, and prices."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from ccsync.simulator import Organization
from ccsync.simulator.models import LINES, in_use

from .reading import by_model, of_people, span, whole

LAUNCH = LINES["opus"][-1].launched
NEW, OLD = LINES["opus"][-1].name, LINES["opus"][-2].name


def share(organization: Organization, first: dt.date) -> float:
    """The new model's share of a week, among the two."""
    used = by_model(span(organization, first, 7))
    return used[NEW] / (used[NEW] + used[OLD])


def test_nobody_uses_a_model_before_its_launch_and_all_do_within_weeks() -> None:
    organization = Organization(seed=3, users=200)
    shares = [share(organization, LAUNCH + dt.timedelta(weeks=week)) for week in (-1, 0, 2, 4, 12)]
    assert shares[0] == 0
    assert 0 < shares[1] < shares[2] < shares[3] <= shares[4]
    assert shares[1] < 0.5
    assert shares[3] > 0.8
    assert shares[4] > 0.98


def test_no_day_knows_a_model_of_the_future() -> None:
    organization = Organization(seed=3, users=100)
    launched = {model.name: model.launched for line in LINES.values() for model in line}
    for number in range(0, 800, 23):
        day = dt.date(2025, 1, 8) + dt.timedelta(days=number)
        assert all(launched[name] <= day for name in by_model(whole(organization, day)))


def test_lines_are_in_the_order_of_their_launches() -> None:
    for line in LINES.values():
        days = [model.launched for model in line]
        assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("after", "expected"),
    [(-1, (OLD, None)), (9, (OLD, None)), (10, (NEW, OLD)), (23, (NEW, OLD)), (24, (NEW, None))],
)
def test_the_former_model_stays_for_two_weeks(after: int, expected: tuple[str, str | None]) -> None:
    model, former = in_use("opus", LAUNCH + dt.timedelta(days=after), 10.0)
    assert (model.name, former and former.name) == expected


def test_a_cost_is_the_price_of_the_tokens() -> None:
    prices = {model.name: model.prices for line in LINES.values() for model in line}
    seen = 0
    for row in whole(Organization(seed=3, users=100), dt.date(2026, 11, 19)):
        for model in row["model_breakdown"]:
            tokens = model["tokens"]
            counts = [tokens[kind] for kind in ("input", "output", "cache_read", "cache_creation")]
            price = prices[model["model"]]
            cents = sum(a * b for a, b in zip(counts, price, strict=True)) / 10**8
            amount = float(model["estimated_cost"]["amount"])
            assert amount <= cents < amount + (1 if amount == int(amount) else 0.010001)
            seen += 1
    assert seen > 100


def test_prices_keep_to_the_proportions_of_the_price_list() -> None:
    for line in LINES.values():
        for model in line:
            given, made, read, created = model.prices
            assert (made, read * 10, created * 4) == (given * 5, given, given * 5), model.name


def test_a_generation_costs_about_what_the_former_one_did() -> None:
    for line in LINES.values():
        for former, model in itertools.pairwise(line):
            assert 0.3 <= model.prices[0] / former.prices[0] <= 1.5, model.name


def test_of_one_day_opus_costs_more_than_sonnet_and_sonnet_more_than_haiku() -> None:
    for day in (dt.date(2026, 1, 8), dt.date(2026, 11, 19)):
        opus, sonnet, haiku = (in_use(line, day, 0.0)[0].prices[0] for line in LINES)
        assert opus > sonnet > haiku


def test_teams_have_their_own_mix() -> None:
    used = by_model(of_people(span(Organization(seed=3, users=200), dt.date(2026, 11, 9), 5)))
    lines = {line: sum(used[model.name] for model in LINES[line]) for line in LINES}
    assert all(count > 0.02 * sum(lines.values()) for count in lines.values())
    assert lines["opus"] > lines["haiku"]
    assert lines["sonnet"] > lines["haiku"]
