from __future__ import annotations

import datetime as dt
import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ccsync.runtime import Runtime
from ccsync.state.contention import MOST_CONFLICTS, stand_back
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, MemoryStore
from tests.unit.state.sessions import DAY, ledger


def test_the_first_conflict_costs_no_time() -> None:
    runtime = FakeRuntime()
    stand_back(runtime, 0)
    assert runtime.pauses == []


def test_pauses_are_random_grow_and_are_bounded() -> None:
    longest = [0.0] * MOST_CONFLICTS
    for seed in range(40):
        runtime = FakeRuntime(seed=seed)
        for conflicts in range(MOST_CONFLICTS):
            stand_back(runtime, conflicts)
        assert sum(runtime.pauses) < 30, "a lease of two minutes outlives it"
        for number, seconds in enumerate(runtime.pauses, start=1):
            longest[number] = max(longest[number], seconds)
    assert 0.01 < longest[1] <= 0.02
    assert longest[1] < longest[3] < longest[6] <= longest[-1] + 0.05
    assert 0.4 < max(longest) <= 0.5


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_who_was_asked_to_end_does_not_wait_and_is_not_interrupted(when: str) -> None:
    runtime = FakeRuntime()
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        runtime.stop.request(15)
        runtime.stop.check()

    runtime.pause = pause
    if when == "before":
        runtime.stop.request(15)
    stand_back(runtime, 7)
    assert len(waited) == (when == "meanwhile")


class SlowStore(MemoryStore):
    """Takes as long as a remote one that is near."""

    def load(self) -> tuple[bytes | None, str]:
        time.sleep(0.01)
        return super().load()

    def save(self, document: bytes, expected: str) -> str:
        time.sleep(0.01)
        return super().save(document, expected)


def test_many_runs_that_save_all_the_time_all_get_through() -> None:
    """Without standing back some of them would lose fifty races in a row, and give up."""
    store = SlowStore()
    days = [[DAY + dt.timedelta(days=9 * step + one) for step in range(15)] for one in range(9)]

    def run(number: int) -> None:
        runtime = Runtime()
        name = f"run-{number}"
        with StateSession(store, runtime, run_id=name, holder=name) as state:
            state.lease(days[number])
            for day in days[number]:
                state.attempt(["one"], day, runtime.now())

    with ThreadPoolExecutor(9) as pool:
        ends = [pool.submit(run, number) for number in range(9)]
        for end in ends:
            end.result(timeout=60)
    kept = ledger(store)
    assert sorted(kept.sinks["one"]) == sorted(itertools.chain(*days))
    assert kept.leases == ()
