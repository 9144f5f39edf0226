from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest

from ccsync.simulator import Organization, Row

from .conftest import DAY
from .reading import place, whole

SATURDAY = dt.date(2026, 11, 21)


def at_hour(organization: Organization, hour: float) -> list[Row]:
    until = dt.datetime.combine(DAY, dt.time(), dt.UTC) + dt.timedelta(hours=hour)
    return list(organization.rows(DAY, until, 0))


def digest(organization: Organization, day: dt.date = DAY) -> str:
    encoder = msgspec.json.Encoder(decimal_format="number")
    return hashlib.sha256(encoder.encode(whole(organization, day))).hexdigest()


def test_the_same_seed_gives_the_same_rows_in_any_order_and_process() -> None:
    first, second = Organization(seed=5, users=60), Organization(seed=5, users=60)
    whole(first, DAY - dt.timedelta(days=3))
    at_hour(first, 7)
    assert digest(first) == digest(second)
    program = (
        "import datetime as dt, hashlib, msgspec\n"
        "from ccsync.simulator import Organization\n"
        "rows = list(Organization(seed=5, users=60).rows("
        "dt.date(2026, 11, 19), dt.datetime(2026, 11, 20, tzinfo=dt.UTC), 0))\n"
        "encoder = msgspec.json.Encoder(decimal_format='number')\n"
        "print(hashlib.sha256(encoder.encode(rows)).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert other.stdout.strip() == digest(first)


def test_another_seed_is_another_organization() -> None:
    first, second = Organization(seed=5, users=60), Organization(seed=6, users=60)
    assert first.organization_id != second.organization_id
    assert digest(first) != digest(second)


def test_people_are_mixed() -> None:
    rows = whole(Organization(seed=1, users=400), DAY)
    assert {row["actor"]["type"] for row in rows} == {"user_actor", "api_actor"}
    assert {(row["customer_type"], row["subscription_type"]) for row in rows} == {
        ("api", None),
        ("subscription", "team"),
        ("subscription", "enterprise"),
    }
    assert {row["is_remote"] for row in rows} == {True, False}
    assert len({row["terminal_type"] for row in rows}) > 5
    actors = Counter(json.dumps(row["actor"]) for row in rows)
    assert max(actors.values()) > 1
    assert 1.5 < sum(len(row["model_breakdown"]) for row in rows) / len(rows) < 2.5


def test_no_two_rows_of_a_day_have_the_same_identity() -> None:
    rows = whole(Organization(seed=1, users=400), DAY)
    assert len({place(row) for row in rows}) == len(rows)


def test_the_first_people_of_a_larger_organization_are_those_of_a_smaller_one() -> None:
    def known(users: int) -> set[str]:
        organization = Organization(seed=1, users=users)
        days = [DAY - dt.timedelta(days=back) for back in range(30)]
        rows = [row for day in days for row in whole(organization, day)]
        return {row["actor"].get("email_address", "") for row in rows}

    assert known(10) < known(40)


def test_weekends_are_quiet() -> None:
    organization = Organization(seed=1, users=400)
    assert len(whole(organization, SATURDAY)) < 0.5 * len(whole(organization, DAY))


def test_amounts_are_cents_and_sometimes_have_fractions() -> None:
    rows = whole(Organization(seed=1, users=100), DAY)
    amounts: list[Any] = [
        model["estimated_cost"]["amount"] for row in rows for model in row["model_breakdown"]
    ]
    assert {type(amount) for amount in amounts} == {int, Decimal}
    assert any(amount % 1 for amount in amounts)
    assert all(amount >= 0 for amount in amounts)


def test_a_day_only_grows_while_it_runs() -> None:
    organization = Organization(seed=2, users=60)
    before: dict[str, int] = {}
    for hour in (0.5, 6, 9, 12, 15, 18, 21, 24):
        now = {place(row): row["model_breakdown"][0]["tokens"]["output"]
               for row in at_hour(organization, hour)}  # fmt: skip
        assert before.keys() <= now.keys()
        assert all(now[key] >= before[key] for key in before)
        before = now
    assert len(at_hour(organization, 9)) < len(at_hour(organization, 24))


def test_days_before_the_first_are_empty() -> None:
    organization = Organization(seed=1, users=5, first_day=DAY)
    assert whole(organization, DAY - dt.timedelta(days=1)) == []
    assert whole(organization, DAY)


def test_a_smaller_organization_is_a_part_of_a_larger_one() -> None:
    smaller = whole(Organization(seed=3, users=50), DAY)
    larger = whole(Organization(seed=3, users=200), DAY)
    kept = {place(row): row for row in larger}
    assert len(smaller) > 30
    for row in smaller:
        assert kept[place(row)]["model_breakdown"] == row["model_breakdown"]


def test_days_in_any_order_are_the_same() -> None:
    days = [DAY + dt.timedelta(days=number) for number in (0, -300, 40, -1, 900)]
    forward, backward = Organization(seed=8, users=30), Organization(seed=8, users=30)
    ahead = [digest(forward, day) for day in days]
    assert [digest(backward, day) for day in reversed(days)] == ahead[::-1]
    assert len(set(ahead)) == len(days)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("users", [1, 2, 4, 8])
def test_even_the_smallest_organization_is_at_work_on_any_day(seed: int, users: int) -> None:
    organization = Organization(seed=seed, users=users)
    for day in (dt.date(2020, 2, 29), dt.date(2025, 12, 25), dt.date(2027, 1, 3), DAY):
        assert whole(organization, day)


def test_nobody_is_nothing() -> None:
    assert whole(Organization(seed=1, users=0), DAY) == []


def test_every_number_grows_while_a_day_runs() -> None:
    organization = Organization(seed=4, users=60, late=0.5)
    before: dict[str, list[Decimal]] = {}
    for hour in (1, 8, 10, 13, 17, 22, 24, 30, 48, 66):
        now = {place(row): numbers(row) for row in at_hour(organization, hour)}
        assert before.keys() <= now.keys()
        for identity, former in before.items():
            assert all(a <= b for a, b in zip(former, now[identity], strict=True)), identity
        before = now
    assert before


def numbers(value: Any) -> list[Decimal]:
    """Every number in a row, in its order."""
    if isinstance(value, dict):
        return [one for inner in cast("Row", value).values() for one in numbers(inner)]
    if isinstance(value, list):
        return [one for inner in cast("list[object]", value) for one in numbers(inner)]
    return [Decimal(value)] if isinstance(value, int | Decimal) else []
