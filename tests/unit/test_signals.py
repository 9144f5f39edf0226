from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest

from ccsync.errors import Stopped
from ccsync.runtime import Stop
from ccsync.signals import GRACE, handled

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def leave_the_timer() -> Iterator[None]:
    """pytest-timeout uses the same timer."""
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    yield
    signal.setitimer(signal.ITIMER_REAL, left, interval)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_to_stop_at_the_next_safe_point(number: signal.Signals) -> None:
    stop = Stop()
    with handled(stop):
        send(number)
        assert stop.requested
    with pytest.raises(Stopped) as caught:
        stop.check()
    assert caught.value.exit == 128 + number


@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_ends_what_is_going_on(second: signal.Signals) -> None:
    with handled(Stop()):
        send(signal.SIGTERM)
        with pytest.raises(Stopped):
            send(second)


def test_what_takes_too_long_is_abandoned() -> None:
    stop = Stop()
    with handled(stop, grace=0.05):
        send(signal.SIGINT)
        with pytest.raises(Stopped) as caught:
            time.sleep(30)
    assert caught.value.exit == 130


def test_so_is_what_is_done_to_come_to_an_end() -> None:
    """A state that is away would otherwise use up the grace period when the ledger is saved."""
    with handled(Stop(), grace=0.05):
        send(signal.SIGTERM)
        with pytest.raises(Stopped):
            time.sleep(30)
        for _ in range(2):
            with pytest.raises(Stopped):
                time.sleep(30)


def test_a_pause_ends_at_once() -> None:
    stop = Stop()
    with handled(stop, grace=30):
        send(signal.SIGTERM)
        with pytest.raises(Stopped):
            stop.wait(30)


@pytest.mark.parametrize("fails", [False, True])
def test_handlers_and_timer_are_put_back(fails: bool) -> None:
    before = [signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)]
    with contextlib.suppress(ZeroDivisionError), handled(Stop()):
        assert signal.getsignal(signal.SIGTERM) not in before
        send(signal.SIGTERM)
        assert 1 / (not fails)
    assert [signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_grace_is_well_below_that_of_kubernetes() -> None:
    assert GRACE + GRACE / 2 + GRACE / 2 < 30, "what is in flight, the ledger, and the rest"
