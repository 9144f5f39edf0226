from __future__ import annotations

import pytest

from ccsync.state.contention import MOST_CONFLICTS, stand_back
from ccsync.testing import FakeRuntime


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
