"""People join, pause and leave, and more and more of them are there."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import replace

import pytest

from ccsync.simulator import Organization
from ccsync.simulator.attendance import effort
from ccsync.simulator.careers import seat
from ccsync.simulator.people import people

from .conftest import DAY
from .reading import days, emails, whole


def month(organization: Organization, first: dt.date) -> set[str]:
    """Who was at work on every third day of four weeks."""
    return {one for day in list(days(first, 28))[::3] for one in emails(whole(organization, day))}


def test_adoption_grows_until_the_organization_has_grown_up() -> None:
    organization = Organization(seed=3, users=150)
    counts = [len(month(organization, dt.date(year, 9, 7))) for year in (2024, 2025, 2026, 2028)]
    assert counts == sorted(counts)
    assert counts[0] < 0.75 * counts[-1]


@pytest.mark.parametrize("year", range(2025, 2031))
def test_about_as_many_people_as_said_are_at_work_in_any_year(year: int) -> None:
    count = len(month(Organization(seed=5, users=150), dt.date(year, 10, 1)))
    assert 0.6 * 150 < count < 1.15 * 150


def test_a_fair_part_joined_within_the_year_and_others_left() -> None:
    organization = Organization(seed=3, users=150)
    before = month(organization, dt.date(2025, 10, 1))
    now = month(organization, dt.date(2026, 10, 1))
    assert 0.2 < len(now - before) / len(now) < 0.6
    assert 0.1 < len(before - now) / len(before) < 0.5
    later = month(organization, dt.date(2028, 10, 1))
    assert len((before - now) & later) < 0.1 * len(before - now), "who left comes back"


def test_newcomers_begin_slowly_and_less() -> None:
    team_mate = next(people(3, 1, domain="x.example"))
    career = replace(team_mate.career, joined=DAY.toordinal(), learning_since=DAY.toordinal())
    worker = replace(team_mate, career=career)
    rng = random.Random(4)  # noqa: S311

    def weeks(after: int) -> list[float]:
        first = DAY + dt.timedelta(days=after)
        return [effort(rng, worker, day) for day in days(first, 28) for _ in range(40)]

    early, settled = weeks(0), weeks(180)
    assert sum(map(bool, early)) < 0.8 * sum(map(bool, settled))
    assert sum(early) < 0.5 * sum(settled)
    assert sum(early) > 0


def test_people_are_away_for_weeks_and_come_back() -> None:
    organization = Organization(seed=3, users=60)
    seen = [emails(whole(organization, day)) for day in days(dt.date(2026, 6, 1), 120)]
    staying = set[str]().union(*seen[:14]) & set[str]().union(*seen[-14:])

    def longest_pause(person: str) -> int:
        there = [number for number, names in enumerate(seen) if person in names]
        return max(after - before for before, after in itertools.pairwise(there))

    paused = [person for person in staying if longest_pause(person) > 8]
    assert len(paused) > 0.5 * len(staying)


@pytest.mark.parametrize("index", range(9))
def test_a_seat_has_one_holder_at_a_time_and_never_an_end(index: int) -> None:
    careers = list(seat(random.Random(index), index))  # noqa: S311
    for before, after in itertools.pairwise(careers):
        assert before.joined < before.left < after.joined
    assert careers[-1].present(dt.date(2060, 5, 5).toordinal())
    assert careers[0].present(dt.date(1990, 5, 5).toordinal()) == (index % 3 < 2)


def test_most_seats_have_several_holders() -> None:
    counts = [len(list(seat(random.Random(index), index))) for index in range(60)]  # noqa: S311
    assert sum(count > 1 for count in counts) > 45
    assert max(counts) < 30
