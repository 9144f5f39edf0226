"""A small race: turns, absence, failure, wrong rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks.bare_loop import BareLoop
from tests.benchmarks.race import Race
from tests.benchmarks.results import Case, Result
from tests.benchmarks.server import simulated_api
from tests.benchmarks.truth import Truth, truth
from tests.peers.contestant import Shown, Work

pytestmark = pytest.mark.thorough

LAST = dt.date(2026, 3, 2)
USERS = 40


class Absent(BareLoop):
    def absent(self) -> str | None:
        return "not in /some/place"


class Failing(BareLoop):
    def command(self, work: Work) -> Sequence[str]:
        return ["false"]


class Forgetful(BareLoop):
    def shown(self, work: Work) -> Shown:
        found = super().shown(work)
        return Shown(found.core[1:], found.models)


class WithoutModels(BareLoop):
    def shown(self, work: Work) -> Shown:
        return Shown(super().shown(work).core, None)


def raced(case: Case, place: Path, said: list[str]) -> list[Result]:
    first = LAST - dt.timedelta(days=case.days - 1)
    expected = Truth(truth(first, LAST, USERS, 20))
    contestants = [BareLoop(), Absent(), Failing(), Forgetful(), WithoutModels()]
    with simulated_api(first, LAST, USERS) as api:
        race = Race(case, LAST, api, expected, place)
        return race.run(contestants, rounds=2, slow_rounds=1, say=said.append)


def test_everybody_is_in_the_results_with_what_came_of_it(tmp_path: Path) -> None:
    said: list[str] = []
    case = Case(kind="history", title="", days=2, users=USERS)
    bare, absent, failing, forgetful, without_models = raced(case, tmp_path, said)
    assert bare.measure is not None
    assert (bare.rounds, bare.measure.requests, bare.differs) == (2, 2, "")
    assert bare.measure.printed > 10_000
    assert (absent.rounds, absent.measure) == (0, None)
    assert absent.why == "absent: needs `make peers`"
    assert any("/some/place" in line for line in said)
    assert failing.why == "failed: exit 1"
    assert forgetful.differs == "1 record row missing"
    assert without_models.differs == "keeps no model rows"
    assert list(tmp_path.iterdir()) == []


def test_with_nothing_new_only_the_second_run_is_measured(tmp_path: Path) -> None:
    case = Case(kind="nothing new", title="", days=1, users=USERS)
    bare = raced(case, tmp_path, [])[0]
    assert bare.measure is not None
    assert bare.measure.requests == 1
    assert bare.differs == "42 record rows too many, 84 model rows too many"


def test_the_truth_is_its_own_and_order_does_not_matter() -> None:
    one = truth(LAST, LAST, USERS, 20)
    other = Shown(one.core[::-1], one.models)
    assert len(one.core) == 42
    assert Truth(one).differs(other) == ""


def test_a_row_that_is_there_twice_is_one_too_many() -> None:
    one = truth(LAST, LAST, USERS, 20)
    assert Truth(one).differs(Shown([*one.core, one.core[0]], one.models)) == (
        "1 record row too many"
    )
