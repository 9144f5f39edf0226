from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator

import pytest

from ccsync.errors import Stopped
from ccsync.runtime import Stop
from ccsync.source.ahead import run_ahead

Proceed = Callable[[], None]
LONG = 10.0


def wanted() -> None:
    """Goes on waiting."""


def square(item: int, proceed: Proceed) -> int:
    proceed()
    return item * item


def workers_left() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("fetch-")]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Generator[None]:
    yield
    until = time.monotonic() + LONG
    while workers_left() and time.monotonic() < until:
        time.sleep(0.005)
    assert workers_left() == []


@pytest.mark.parametrize("workers", [1, 2, 3, 16])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_results_come_in_order(workers: int, count: int) -> None:
    results = run_ahead(range(count), square, workers=workers, still_wanted=wanted)
    assert list(results) == [n * n for n in range(count)]


def test_order_does_not_depend_on_who_is_faster() -> None:
    done = [threading.Event() for _ in range(4)]

    def work(item: int, _proceed: Proceed) -> int:
        # The second of each pair finishes first.
        if item % 2 == 0:
            assert done[item + 1].wait(LONG)
        done[item].set()
        return item

    assert list(run_ahead(range(4), work, workers=2, still_wanted=wanted)) == [0, 1, 2, 3]


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_no_more_is_held_than_allowed(workers: int) -> None:
    lock = threading.Lock()
    started = 0
    enough = threading.Semaphore(0)

    def work(item: int, _proceed: Proceed) -> int:
        nonlocal started
        with lock:
            started += 1
        enough.release()
        return item

    results = run_ahead(range(30), work, workers=workers, still_wanted=wanted)
    for taken in range(1, 10):
        assert next(results) == taken - 1
        while enough.acquire(timeout=0.02):
            pass  # until nobody starts any more
        assert started == taken + workers
    results.close()
    assert started < 30


def test_one_worker_works_in_the_callers_thread() -> None:
    def work(_item: int, _proceed: Proceed) -> threading.Thread:
        return threading.current_thread()

    here = threading.current_thread()
    assert list(run_ahead([1, 2], work, workers=1, still_wanted=wanted)) == [here, here]


@pytest.mark.parametrize("workers", [1, 3])
def test_what_goes_wrong_is_raised_when_its_turn_comes(workers: int) -> None:
    def work(item: int, _proceed: Proceed) -> int:
        if item == 2:
            raise KeyError("a bug")
        return item

    results = run_ahead(range(9), work, workers=workers, still_wanted=wanted)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError, match="a bug"):
        next(results)


def test_waiting_can_be_interrupted() -> None:
    stop = Stop()
    release = threading.Event()

    def work(_item: int, _proceed: Proceed) -> None:
        stop.request(15)
        release.wait(LONG)

    results = run_ahead(range(5), work, workers=2, still_wanted=stop.check)
    began = time.monotonic()
    with pytest.raises(Stopped):
        next(results)
    assert time.monotonic() - began < LONG / 2
    release.set()


def test_waiting_calls_again_and_again() -> None:
    calls = 0
    release = threading.Event()

    def glance() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            release.set()

    def work(item: int, _proceed: Proceed) -> int:
        assert release.wait(LONG)
        return item

    assert next(run_ahead([7], work, workers=2, still_wanted=glance)) == 7
    assert calls >= 3


def test_who_stops_early_leaves_nobody_working() -> None:
    steps: list[int] = []
    closed = threading.Event()
    started = threading.Barrier(3)

    def work(item: int, proceed: Proceed) -> int:
        if item == 0:
            return item
        if item < 3:
            started.wait(LONG)
            assert closed.wait(LONG)
        proceed()
        steps.append(item)
        return item

    results = run_ahead(range(9), work, workers=2, still_wanted=wanted)
    assert next(results) == 0
    started.wait(LONG)
    results.close()
    closed.set()
    while workers_left():
        time.sleep(0.005)
    assert steps == []
