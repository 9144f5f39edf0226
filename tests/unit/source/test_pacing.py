from __future__ import annotations

from ccsync.source.pacing import Pacer
from ccsync.testing import FakeRuntime


def moments(pacer: Pacer, runtime: FakeRuntime, count: int) -> list[float]:
    """When requests go out if each waits for its turn."""
    start = runtime.monotonic()
    gone: list[float] = []
    for _ in range(count):
        runtime.advance(pacer.take())
        gone.append(runtime.monotonic() - start)
    return gone


def test_a_small_burst_and_then_an_even_pace() -> None:
    runtime = FakeRuntime()
    pacer = Pacer(runtime, 60)
    assert moments(pacer, runtime, 8) == [0, 0, 0, 0, 0, 1, 2, 3]


def test_silence_earns_one_burst_and_no_more() -> None:
    runtime = FakeRuntime()
    pacer = Pacer(runtime, 60)
    moments(pacer, runtime, 8)
    runtime.advance(3600)
    assert moments(pacer, runtime, 7) == [0, 0, 0, 0, 0, 1, 2]


def test_turns_are_given_to_each_once() -> None:
    # Threads that ask at the same moment get turns one after the other.
    pacer = Pacer(FakeRuntime(), 60)
    assert [pacer.take() for _ in range(8)] == [0, 0, 0, 0, 0, 1, 2, 3]


def test_no_pacing() -> None:
    pacer = Pacer(FakeRuntime(), 0)
    assert [pacer.take() for _ in range(100)] == [0] * 100


def test_that_somebody_has_to_wait_is_told_once() -> None:
    told: list[int] = []
    pacer = Pacer(FakeRuntime(), 60)
    pacer.watch = told.append
    waits = [pacer.take() for _ in range(5)]
    assert (waits, told) == ([0] * 5, [])
    assert [pacer.take() for _ in range(3)] == [1, 2, 3]
    assert told == [60]
