from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ccsync.errors import SinkUnavailable, Stopped
from ccsync.retry import Patience
from ccsync.testing import FakeRuntime


class Flaky:
    """Fails so many times, with the pauses that it names, and then answers."""

    def __init__(self, failures: float, retry_after: float | None = None) -> None:
        self.left = failures
        self.retry_after = retry_after
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left > 0:
            self.left -= 1
            raise SinkUnavailable("away", retry_after=self.retry_after)
        return "here"


def call(patience: Patience, attempt: Callable[[], str]) -> str:
    return patience.call(
        attempt,
        retry_on=SinkUnavailable,
        pause_of=lambda error: error.retry_after,
        give_up=lambda error, reason: RuntimeError(f"{error}; {reason}"),
    )


def given_up(patience: Patience, attempt: Callable[[], str]) -> str:
    with pytest.raises(RuntimeError) as caught:
        call(patience, attempt)
    return str(caught.value)


@pytest.mark.parametrize("seed", range(20))
def test_pauses_grow_with_full_jitter(seed: int) -> None:
    runtime = FakeRuntime(seed=seed)
    patience = Patience(runtime, 3600)
    assert call(patience, Flaky(12)) == "here"
    ceilings = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
    assert all(0 <= p <= c for p, c in zip(runtime.pauses, ceilings, strict=True))
    assert len(set(runtime.pauses)) == 12
    assert patience.retries == 12
    assert not patience.exhausted


def test_success_needs_no_pause() -> None:
    runtime = FakeRuntime()
    assert call(Patience(runtime, 0), Flaky(0)) == "here"
    assert runtime.pauses == []


def test_a_named_pause_is_honoured_even_when_it_is_long() -> None:
    runtime = FakeRuntime()
    assert call(Patience(runtime, 600), Flaky(2, retry_after=250)) == "here"
    assert runtime.pauses == [250, 250]


@pytest.mark.parametrize("nothing", [0.0, -5.0, float("nan")])
def test_a_named_pause_of_nothing_is_no_statement(nothing: float) -> None:
    runtime = FakeRuntime()
    call(Patience(runtime, 600), Flaky(1, retry_after=nothing))
    assert 0 < runtime.pauses[0] <= 1


@pytest.mark.parametrize("long", [601.0, 86400.0, float("inf")])
def test_a_named_pause_beyond_the_patience_ends_it_at_once(long: float) -> None:
    runtime = FakeRuntime()
    patience, flaky = Patience(runtime, 600), Flaky(9, retry_after=long)
    said = given_up(patience, flaky)
    assert said.startswith("away; not tried again: it asks to wait ")
    assert said.endswith("10m are left of the patience of 10m (retry_deadline)")
    assert (flaky.calls, runtime.pauses, patience.exhausted) == (1, [], True)


def test_the_message_says_how_long_the_other_side_asked() -> None:
    said = given_up(Patience(FakeRuntime(), 600), Flaky(1, retry_after=5400))
    assert "it asks to wait 90m, and 10m are left" in said


def test_patience_ends_after_its_deadline_and_then_gives_single_tries() -> None:
    runtime = FakeRuntime()
    patience = Patience(runtime, 600)
    patience.begin()
    flaky = Flaky(float("inf"))
    said = given_up(patience, flaky)
    assert said == (
        f"away; given up after {flaky.calls} tries: the patience of 10m (retry_deadline) is used up"
    )
    assert sum(runtime.pauses) == pytest.approx(600)
    assert patience.exhausted

    patience.begin()
    again = Flaky(1)
    assert "not tried again: the patience of 10m (retry_deadline) was used up" in given_up(
        patience, again
    )
    assert again.calls == 1
    assert call(patience, again) == "here"


def test_each_day_has_the_whole_patience() -> None:
    runtime = FakeRuntime()
    patience = Patience(runtime, 600)
    for _ in range(3):
        patience.begin()
        assert call(patience, Flaky(2, retry_after=290)) == "here"
    given_up(patience, Flaky(2, retry_after=290))


def test_the_time_of_the_tries_counts() -> None:
    runtime = FakeRuntime()
    calls = 0

    def slow() -> str:
        nonlocal calls
        calls += 1
        runtime.advance(400)
        raise SinkUnavailable("away")

    given_up(Patience(runtime, 600), slow)
    assert calls == 2


def test_no_pause_reaches_beyond_the_run() -> None:
    runtime = FakeRuntime()
    start = runtime.monotonic()
    patience = Patience(runtime, 600, run_deadline=start + 100)
    said = given_up(patience, Flaky(float("inf")))
    assert said.endswith("the time of the whole run (sync.deadline) is used up")
    assert runtime.monotonic() == pytest.approx(start + 100)

    patience = Patience(runtime, 600, run_deadline=runtime.monotonic() + 100)
    said = given_up(patience, Flaky(1, retry_after=101))
    assert said.endswith("are left of the time of the whole run (sync.deadline)")


def test_other_errors_are_not_tried_again() -> None:
    runtime = FakeRuntime()

    def broken() -> str:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        call(Patience(runtime, 600), broken)
    assert runtime.pauses == []


def test_without_a_say_the_last_error_is_raised_with_the_reason_as_note() -> None:
    patience = Patience(FakeRuntime(), 5)
    with pytest.raises(SinkUnavailable, match="away") as caught:
        patience.call(Flaky(float("inf")), retry_on=SinkUnavailable)
    (note,) = caught.value.__notes__
    assert note.startswith("given up after ")


def test_of_nested_calls_the_one_that_gave_up_says_why() -> None:
    """A sink waits for a request, and the core for the sink, with one patience."""
    patience = Patience(FakeRuntime(), 5)

    def inner() -> str:
        return patience.call(Flaky(float("inf")), retry_on=SinkUnavailable)

    with pytest.raises(SinkUnavailable, match="away") as caught:
        patience.call(inner, retry_on=SinkUnavailable)
    (note,) = caught.value.__notes__
    assert note.startswith("given up after ")


def test_the_pause_may_be_somebody_elses_and_may_end_it() -> None:
    renewed: list[float] = []
    runtime = FakeRuntime()

    def renewing(seconds: float) -> None:
        renewed.append(seconds)
        runtime.stop.request(15)
        runtime.pause(seconds)

    with pytest.raises(Stopped):
        call(Patience(runtime, 600, pause=renewing), Flaky(5))
    assert len(renewed) == 1


def test_threads_have_days_of_their_own_but_share_the_exhaustion() -> None:
    runtime = FakeRuntime()
    patience = Patience(runtime, 600)
    patience.begin()
    runtime.advance(599)
    results: list[str] = []

    def other_day() -> None:
        patience.begin()
        results.append(call(patience, Flaky(1, retry_after=300)))

    thread = threading.Thread(target=other_day)
    thread.start()
    thread.join(10)
    assert results == ["here"]
    given_up(patience, Flaky(1, retry_after=2))
    assert patience.exhausted
    assert patience.retries == 1
