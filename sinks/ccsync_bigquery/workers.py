"""A few threads that do nothing but requests, so that several can be under way at once.

Whoever hands out the work does everything else: he waits, asks whether to proceed, and decides.

The threads are daemons, and are given up after some seconds when they do not come to an end: a
request that nobody waits for any more must not hold up the end of the process.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")

_LEAVING = 5.0
"""Seconds that requests under way get to end when they are abandoned."""


class Workers(Generic[Job, Answer]):
    """Use as a context; threads are started as they are needed."""

    def __init__(
        self, function: Callable[[Job], Answer], most: int, *, leaving: float = _LEAVING
    ) -> None:
        """Take what is to be done with a job, and how many threads there may be."""
        self._function = function
        self._leaving = leaving
        self._todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Job, Answer | BaseException]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.most = most
        """Jobs that can be under way at once."""
        self.busy = 0
        """Jobs that were given and whose answer was not taken."""

    def __enter__(self) -> Workers[Job, Answer]:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Send the threads home."""
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(self._leaving / len(self._threads))

    def give(self, job: Job) -> None:
        """Have a job done. No more than `most` are to be under way."""
        self.busy += 1
        if self.busy > len(self._threads):
            name = f"ccsync-bigquery-{len(self._threads) + 1}"
            self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
            self._threads[-1].start()
        self._todo.put(job)

    def take(self) -> tuple[Job, Answer | BaseException]:
        """Wait for the next job to be done; give its answer, or what was raised."""
        done = self._done.get()
        self.busy -= 1
        return done

    def _work(self) -> None:
        while self._do_one():
            pass

    def _do_one(self) -> bool:
        job = self._todo.get()
        if job is None:
            return False
        answer: Answer | BaseException
        try:
            answer = self._function(job)
        except BaseException as error:  # noqa: BLE001 - whoever takes the answer raises it
            answer = error
        self._done.put((job, answer))
        return True
