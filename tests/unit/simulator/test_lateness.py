"""Late events: a day goes on growing after its end, and is final from the third day on."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from ccsync.simulator import Organization, Simulator
from ccsync.simulator.lateness import LATEST, ON_TIME, lateness
from ccsync.simulator.pages import boundary

from .conftest import DAY, Clock, Start
from .reading import end_of, place, whole


def at(organization: Organization, hours: float) -> dict[str, object]:
    """What is known so many hours after the day's end."""
    until = end_of(DAY) + dt.timedelta(hours=hours)
    return {place(row): row for row in organization.rows(DAY, until, 0)}


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_such_a_share_of_the_rows_changes_after_the_end(share: float) -> None:
    organization = Organization(seed=3, users=400, late=share)
    first, last = at(organization, 0), at(organization, 42)
    changed = [identity for identity, row in last.items() if first.get(identity) != row]
    assert first.keys() <= last.keys()
    assert abs(len(changed) / len(last) - share) < 0.05


def test_some_rows_are_late_as_a_whole() -> None:
    organization = Organization(seed=3, users=400, late=0.5)
    assert 0 < len(at(organization, 42)) - len(at(organization, 0)) < 100


def test_a_day_is_the_same_in_the_end_whether_late_or_not() -> None:
    on_time, late = (Organization(seed=3, users=100, late=share) for share in (0.0, 0.7))
    assert whole(late, DAY) == whole(on_time, DAY)
    assert at(on_time, 0) == at(on_time, 42)


def test_nothing_arrives_after_the_latest_moment() -> None:
    rng = random.Random(1)  # noqa: S311
    some = [lateness(rng, 1.0) for _ in range(2000)]
    assert all(one.known(LATEST) == 1.0 for one in some)
    assert all(0 <= one.known(dt.timedelta()) < 1 for one in some)
    assert any(one.known(LATEST * 0.8) < 1 for one in some)
    assert ON_TIME.known(dt.timedelta(days=-1)) == 1.0


def test_answers_change_for_three_days_and_never_again(start: Start, clock: Clock) -> None:
    ask = start(Simulator(Organization(seed=3, users=60, late=0.2), now=clock))
    moments = ["2026-11-20T01:00", "2026-11-20T13:00", "2026-11-21T07:00", "2026-11-22T00:30"]
    settled = ["2026-11-22T23:59", "2026-11-23T00:00", "2026-11-25T09:00", "2027-03-01T00:00"]
    bodies: list[bytes] = []
    for moment in moments + settled:
        clock.at(moment)
        bodies.append(ask.report(DAY, limit=1000).body)
    assert len(set(bodies[:4])) >= 3
    assert bodies[0] != bodies[4]
    assert len(set(bodies[4:])) == 1


def test_without_lateness_a_day_is_final_at_its_end(start: Start, clock: Clock) -> None:
    ask = start(Simulator(Organization(seed=3, users=60), now=clock))
    bodies: set[bytes] = set()
    for moment in ("2026-11-20T01:00", "2026-11-20T13:00", "2026-11-25T09:00"):
        clock.at(moment)
        bodies.add(ask.report(DAY, limit=1000).body)
    assert len(bodies) == 1


def test_late_activity_does_not_move_the_pages_of_a_running_sequence(
    start: Start, clock: Clock
) -> None:
    ask = start(Simulator(Organization(seed=3, users=60, late=0.9), now=clock))
    clock.at("2026-11-20T01:00:00")
    expected = ask.report(DAY, limit=1000).json["data"]
    reply = ask.report(DAY, limit=10)
    rows = reply.json["data"]
    clock.at("2026-11-21T23:00:00")
    while reply.json["has_more"]:
        reply = ask.report(DAY, limit=10, page=reply.json["next_page"])
        rows += reply.json["data"]
    assert rows == expected
    assert ask.report(DAY, limit=1000).json["data"] != expected


@pytest.mark.parametrize(
    ("now", "served"),
    [
        ("2026-11-19T13:30", "2026-11-19T12:30"),
        ("2026-11-20T00:59", "2026-11-19T23:59"),
        ("2026-11-20T01:00", "2026-11-20T00:00"),
        ("2026-11-20T06:59", "2026-11-20T00:00"),
        ("2026-11-20T07:00", "2026-11-20T06:00"),
        ("2026-11-21T18:59", "2026-11-21T12:00"),
        ("2026-11-21T19:00", "2026-11-21T18:00"),
        ("2026-12-24T18:00", "2026-11-21T18:00"),
    ],
)
def test_late_activity_shows_in_coarse_steps(now: str, served: str) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    assert boundary(DAY, moment, LATEST).isoformat() == f"{served}:00+00:00"


@pytest.mark.parametrize("late", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(late: float) -> None:
    with pytest.raises(ValueError, match="share"):
        Organization(late=late)
