"""A world that moves only when told to."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import Stopped
from ccsync.testing import FakeRuntime
from ccsync.testing.runtime import NOON


def test_time_stands_still() -> None:
    runtime = FakeRuntime()
    assert runtime.now() == runtime.now() == NOON
    assert runtime.monotonic() == runtime.monotonic()


def test_a_pause_moves_both_clocks_and_is_noted() -> None:
    runtime = FakeRuntime()
    before = runtime.monotonic()
    runtime.pause(90.0)
    runtime.advance(30)
    assert runtime.now() == NOON + dt.timedelta(minutes=2)
    assert runtime.monotonic() - before == 120
    assert runtime.pauses == [90.0]


def test_a_pause_ends_when_somebody_asks_to_stop() -> None:
    runtime = FakeRuntime()
    runtime.stop.request(15)
    with pytest.raises(Stopped):
        runtime.pause(1)
    assert runtime.pauses == []


def test_chance_is_reproducible() -> None:
    assert FakeRuntime(seed=3).rng.random() == FakeRuntime(seed=3).rng.random()
    assert FakeRuntime(seed=3).rng.random() != FakeRuntime(seed=4).rng.random()
