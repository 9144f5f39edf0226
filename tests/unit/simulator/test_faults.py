from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from ccsync.simulator import ME_PATH, Match, ScriptedOrganization, Simulator, effects

from .conftest import DAY, Ask, Clock, Start, people

BEFORE = DAY - dt.timedelta(days=1)


@pytest.fixture(name="ask")
def _ask(start: Start, clock: Clock) -> Ask:
    usage = ScriptedOrganization({DAY: people(6), BEFORE: people(6, BEFORE)})
    return start(Simulator(usage, now=clock))


def statuses(ask: Ask, count: int, day: dt.date = DAY, **parameters: object) -> list[int]:
    return [ask.report(day, **parameters).status for _ in range(count)]


def test_a_fault_is_for_its_day(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503), day=BEFORE, times=2)
    assert statuses(ask, 2) == [200, 200]
    assert statuses(ask, 3, BEFORE) == [503, 503, 200]


def test_a_fault_is_for_its_page(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503), page=2)
    cursor = ask.report(limit=2).json["next_page"]
    assert statuses(ask, 2, limit=2, page=cursor) == [503, 200]


def test_a_fault_can_wait_for_the_nth_request(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503), nth=3)
    assert statuses(ask, 4) == [200, 200, 503, 200]


def test_a_key_can_die_after_so_many_requests(ask: Ask) -> None:
    ask.api.faults.add(effects.status(401), nth=3, times=None, path=None)
    assert statuses(ask, 4) == [200, 200, 401, 401]
    assert ask.raw(ME_PATH, headers=ask.headers()).status == 401


def test_faults_follow_each_other(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503), times=2)
    ask.api.faults.add(effects.status(529))
    assert statuses(ask, 4) == [503, 503, 529, 200]


def test_faults_are_for_the_report_unless_said_otherwise(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503))
    assert ask.raw(ME_PATH, headers=ask.headers()).status == 200
    ask.api.faults.add(effects.status(529), path=ME_PATH)
    assert ask.raw(ME_PATH, headers=ask.headers()).status == 529
    assert statuses(ask, 2) == [503, 200]


def test_faults_can_be_forgotten(ask: Ask) -> None:
    ask.api.faults.add(effects.status(503), times=None)
    assert statuses(ask, 1) == [503]
    ask.api.faults.clear()
    assert statuses(ask, 1) == [200]


def test_a_fault_counts(ask: Ask) -> None:
    fault = ask.api.faults.add(effects.status(503), nth=2, times=1)
    assert not fault.spent
    statuses(ask, 3)
    assert (fault.seen, fault.hit, fault.spent) == (3, 1, True)


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("page", lambda: Match(page=0)),
        ("nth", lambda: Match(nth=0)),
        ("times", lambda: Match(times=0)),
    ],
)
def test_counts_start_at_one(name: str, build: Callable[[], Match]) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0"):
        build()
