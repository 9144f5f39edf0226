"""Does work ahead of whoever wants its results: in order, some at a time, and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_GLANCE = 0.1
"""Seconds between looks at whether to go on waiting; a result wakes the waiter at once."""


class AbandonedError(Exception):
    """Nobody wants the result any more."""


def run_ahead(
    items: Sequence[T],
    work: Callable[[T, Callable[[], None]], R],
    *,
    workers: int,
    still_wanted: Callable[[], None],
) -> Generator[R, None, None]:
    """Give the result of `work` for each item, in order.

    `work(item, proceed)` calls `proceed` before each step of its own; what that raises it lets
    through. At most `workers` items are in work or waiting to be taken. What `work` raises is
    raised here, when its turn comes. One worker works in the caller's own thread.

    `still_wanted` is called in the caller's thread, again and again while it waits; what it raises
    ends everything. Closing the generator does, too: no further step begins.
    """
    if workers == 1:
        for item in items:
            still_wanted()
            yield work(item, still_wanted)
        return
    ahead = _Ahead(items, work, workers)
    try:
        ahead.start()
        for index in range(len(items)):
            yield ahead.take(index, still_wanted)
    finally:
        ahead.abandon()


class _Ahead(Generic[T, R]):
    """The workers, and what they share."""

    def __init__(
        self, items: Sequence[T], work: Callable[[T, Callable[[], None]], R], workers: int
    ) -> None:
        self._items = items
        self._work = work
        self._workers = workers
        self._changed = threading.Condition()
        self._next = 0
        self._taken = 0
        self._done: dict[int, Callable[[], R]] = {}
        self._abandoned = False

    def start(self) -> None:
        for number in range(min(self._workers, len(self._items))):
            threading.Thread(target=self._run, name=f"fetch-{number}", daemon=True).start()

    def take(self, index: int, still_wanted: Callable[[], None]) -> R:
        while True:
            still_wanted()
            with self._changed:
                if index not in self._done:
                    self._changed.wait(_GLANCE)
                if index in self._done:
                    result = self._done.pop(index)
                    self._taken = index + 1
                    self._changed.notify_all()
                    break
        return result()

    def abandon(self) -> None:
        with self._changed:
            self._abandoned = True
            self._done.clear()
            self._changed.notify_all()

    def _proceed(self) -> None:
        if self._abandoned:
            raise AbandonedError

    def _run(self) -> None:
        while (index := self._claim()) is not None:
            result = self._do(self._items[index])
            with self._changed:
                if not self._abandoned:
                    self._done[index] = result
                self._changed.notify_all()

    def _claim(self) -> int | None:
        """Give the next item to work on, once there is room for its result."""
        with self._changed:
            while (
                not self._abandoned
                and self._next < len(self._items)
                and self._next >= self._taken + self._workers
            ):
                self._changed.wait()
            if self._abandoned or self._next >= len(self._items):
                return None
            self._next += 1
            return self._next - 1

    def _do(self, item: T) -> Callable[[], R]:
        """Work, and keep the result or what was raised, for the thread that takes it."""
        try:
            result = self._work(item, self._proceed)
        except BaseException as error:  # noqa: BLE001 - raised where it can be handled
            return _Raised(error)
        return lambda: result


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __call__(self) -> NoReturn:
        raise self._error
