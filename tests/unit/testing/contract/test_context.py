"""Deliveries that can end at any step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccsync.errors import SinkUnavailable
from ccsync.sink import DELIVERED, Outcome, SinkContext, not_yet
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.testing.contract.context import (
    MOST_STEPS,
    ContractContext,
    Deliverer,
    Killed,
    Steps,
)

SNAPSHOT = a_snapshot([a_record()])


class Recorder:
    """A sink that notes what it did: remember, then two requests."""

    def __init__(self, context: SinkContext, done: list[object], answer: object) -> None:
        self._context, self._done, self._answer = context, done, answer

    def open(self) -> str:
        self._done.append("open")
        return "here"

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        self._done.append(memory)
        remember(b"note")
        for number in (1, 2):
            self._context.proceed()
            self._done.append(number)
        return self._answer  # type: ignore[return-value] # pyright: ignore[reportReturnType]

    def close(self) -> None:
        self._done.append("close")


class Scene:
    """A deliverer of such sinks, and what they did."""

    def __init__(self, answer: object = DELIVERED) -> None:
        self.done: list[object] = []
        self.deliver = Deliverer(lambda context: Recorder(context, self.done, answer))


def test_a_delivery_opens_delivers_and_closes() -> None:
    scene = Scene()
    scene.deliver(SNAPSHOT)
    assert scene.done == ["open", None, 1, 2, "close"]


def test_memory_is_kept_for_the_day() -> None:
    scene = Scene()
    scene.deliver(SNAPSHOT)
    scene.deliver(SNAPSHOT)
    assert scene.done[6] == b"note"
    assert scene.deliver.memory == {(ORGANIZATION, DAY): b"note"}


@pytest.mark.parametrize(
    ("at", "done", "is_remembered"),
    [(1, [], False), (2, [], True), (3, [], True), (4, [1], True), (5, [1, 2], True)],
)
def test_it_can_die_at_each_step(at: int, done: list[int], is_remembered: bool) -> None:
    scene = Scene()
    assert scene.deliver.is_killed(SNAPSHOT, at) == (at < 5)
    assert scene.done == ["open", None, *done, "close"]
    assert bool(scene.deliver.memory) == is_remembered


def test_who_is_dead_stays_dead() -> None:
    context = ContractContext(Steps(2))
    context.proceed()
    for _ in range(3):
        with pytest.raises(Killed):
            context.proceed()


@pytest.mark.parametrize("answer", [None, not_yet("later"), True])
def test_only_an_acknowledgement_is_one(answer: object) -> None:
    with pytest.raises(AssertionError):
        Scene(answer).deliver(SNAPSHOT)


def test_an_endless_delivery_ends() -> None:
    context = ContractContext()
    for _ in range(MOST_STEPS):
        context.proceed()
    with pytest.raises(AssertionError, match="without end"):
        context.proceed()


def test_retry_is_the_cores_and_takes_no_time() -> None:
    context = ContractContext()
    answers = [SinkUnavailable("away", retry_after=5.0), SinkUnavailable("away"), None]

    def attempt() -> str:
        error = answers.pop(0)
        if error is not None:
            raise error
        return "there"

    before = context.now()
    assert context.retry(attempt) == "there"
    assert context.proceeds == 3
    assert (context.now() - before).total_seconds() >= 5


def test_each_run_has_a_name_and_a_time_of_its_own() -> None:
    one, other = ContractContext(), ContractContext()
    assert one.run_id != other.run_id
    assert one.now() > FETCHED_AT
