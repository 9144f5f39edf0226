"""Holds a run in the middle of its work, while others go on."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Generator

from ccsync.simulator import Request
from tests.end_to_end.scene import Scene
from tests.support.command import Running


class Held:
    """Holds a run at one day: the API does not answer it before `go`."""

    def __init__(self, scene: Scene, day: dt.date) -> None:
        self._day = day
        self._arrived = threading.Event()
        self._go = threading.Event()
        scene.api.on_request = self._look

    def _look(self, request: Request) -> None:
        if request.day == self._day and not self._arrived.is_set():
            self._arrived.set()
            self._go.wait(30)

    def wait(self) -> None:
        assert self._arrived.wait(20)

    def go(self) -> None:
        self._go.set()


@contextlib.contextmanager
def held(scene: Scene, day: dt.date, *arguments: str) -> Generator[tuple[Running, Held]]:
    """Start a run and hold it at a day; whatever happens, it is let go in the end."""
    hold = Held(scene, day)
    with scene.place.start("sync", *arguments) as running:
        try:
            hold.wait()
            yield running, hold
        finally:
            hold.go()
