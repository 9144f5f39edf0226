"""Weekends, public holidays and the end of the year."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.simulator import Organization
from ccsync.simulator.people import people
from ccsync.simulator.workdays import HOLIDAY, Region, easter, holidays, presence

from .reading import dollars, emails, span, whole

TUESDAY = dt.date(2026, 11, 17)
THANKSGIVING = dt.date(2026, 11, 26)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, "03-31"), (2025, "04-20"), (2026, "04-05"), (2027, "03-28"), (2038, "04-25")],
)
def test_easter(year: int, day: str) -> None:
    assert easter(year) == dt.date.fromisoformat(f"{year}-{day}")


@pytest.mark.parametrize(
    ("region", "day"),
    [
        ("us", "2026-11-26"),
        ("us", "2026-05-25"),
        ("us", "2027-05-31"),
        ("us", "2026-09-07"),
        ("uk", "2026-08-31"),
        ("uk", "2026-04-06"),
        ("germany", "2026-05-14"),
        ("germany", "2026-10-03"),
        ("india", "2026-08-15"),
        ("japan", "2026-11-23"),
    ],
)
def test_holidays_of_a_region(region: Region, day: str) -> None:
    date = dt.date.fromisoformat(day)
    assert date in holidays(region, date.year)
    assert presence(region, date) == HOLIDAY
    assert presence(region, TUESDAY) == 1.0


def in_region(users: int, region: Region) -> set[str]:
    members = people(3, users, domain="northwind.example")
    return {one.actor["email_address"] for one in members if one.team and one.team.region == region}


def test_a_holiday_is_kept_where_it_is_one() -> None:
    organization = Organization(seed=3, users=400)
    ordinary, holiday = (emails(whole(organization, day)) for day in (TUESDAY, THANKSGIVING))
    americans, britons = in_region(400, "us"), in_region(400, "uk")
    assert len(holiday & americans) < 0.25 * len(ordinary & americans)
    assert len(holiday & britons) > 0.7 * len(ordinary & britons)


def test_weekends_are_quiet_all_year() -> None:
    organization = Organization(seed=3, users=200)
    for monday in (dt.date(2025, 3, 3), dt.date(2026, 6, 8), dt.date(2028, 10, 9)):
        people_of = [len(emails(whole(organization, monday + dt.timedelta(n)))) for n in range(7)]
        assert max(people_of[5:]) < 0.3 * min(people_of[:5])
        assert min(people_of[5:]) > 0, "but never empty"


def test_the_end_of_the_year_is_quiet() -> None:
    organization = Organization(seed=3, users=200)
    november = sum(map(dollars, span(organization, dt.date(2026, 11, 9), 5)))
    december = sum(map(dollars, span(organization, dt.date(2026, 12, 28), 5)))
    assert 0 < december < 0.5 * november


def test_release_weeks_are_busy() -> None:
    """More is spent in each team's release weeks than in others."""
    organization = Organization(seed=3, users=100)
    teams = {one.actor["email_address"]: one.team for one in
             people(3, 100, domain="northwind.example")}  # fmt: skip
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(84):
        day = dt.date(2026, 2, 2) + dt.timedelta(days=number)
        if day.weekday() % 2:
            continue
        for row in whole(organization, day):
            team = teams.get(row["actor"].get("email_address", ""))
            if team is not None and team.cycle <= 4 and day.weekday() < 5:
                spent[team.releases(day)].append(dollars(row))
    busy, usual = (sum(costs) / len(costs) for costs in (spent[True], spent[False]))
    assert busy > 1.2 * usual
