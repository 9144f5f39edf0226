"""Between the OTLP sink and its destination: stores in memory, and a network not to be trusted."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ccsync.testing.otlp import Point, Series, points_of
from ccsync_otlp.transport import Response, Transport
from tests.support.world import Mortality

TWICE, LOST = 0.1, 0.05
"""Probabilities: of a request to come twice; of a request, or an answer, to be lost."""


class Shows(Protocol):
    """Something to compare with the truth."""

    def day(self, day: dt.date) -> dict[Series, int | float]:
        """Give what is shown for a day, by series; zeros may be left out."""
        ...


class Store(Shows, Protocol):
    """Something that points can be put into."""

    def add(self, points: Sequence[Point]) -> None:
        """Take the points of one request."""
        ...


class StoreWay:
    """A transport that hands points to stores; nothing is ever refused."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self._stores = stores

    def send(self, body: bytes) -> Response:
        points = points_of(body)
        for store in self._stores:
            store.add(points)
        return Response("accepted", "HTTP 200")

    def close(self) -> None:
        pass


@dataclass
class Network:
    """What lies between: the process may die before and after each request, or requests go astray.

    A request that comes twice comes at once or, if `reorders`, after later ones.
    """

    way: Transport
    mortality: Mortality
    rng: random.Random
    reorders: bool = True
    calm: bool = False
    requests: int = 0
    dies_after: tuple[int, int] | None = None
    """Of this run: the delivery and the request in it after which the process dies, both from 1."""

    _count: tuple[int, int] = (0, 0)
    _time_ns: int = 0
    _waiting: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])

    def send(self, body: bytes) -> Response:
        self.mortality.step()
        if self.calm:
            return self.way.send(body)
        self.requests += 1
        self._bring_late_ones()
        if self.rng.random() < LOST:
            return _NO_ANSWER
        response = self.way.send(body)
        if self.dies_after is not None and self._counted(body) == self.dies_after:
            self.mortality.die()
        self.mortality.step()
        if self.rng.random() < TWICE:
            if self.reorders and self.rng.random() < 0.5:
                self._waiting.append((self.requests + self.rng.randrange(1, 60), body))
            else:
                self.way.send(body)
        return _NO_ANSWER if self.rng.random() < LOST else response

    def begin(self, dies_after: tuple[int, int] | None) -> None:
        """Begin with a run."""
        self.dies_after, self._count, self._time_ns = dies_after, (0, 0), 0

    def close(self) -> None:
        """Stay: the next run has the same network."""

    def _counted(self, body: bytes) -> tuple[int, int]:
        """Count on: the requests of one delivery have one time."""
        time_ns = points_of(body)[0].time_ns
        delivery, request = self._count
        again = time_ns == self._time_ns
        self._count = (delivery, request + 1) if again else (delivery + 1, 1)
        self._time_ns = time_ns
        return self._count

    def _bring_late_ones(self) -> None:
        due = [body for number, body in self._waiting if number <= self.requests]
        self._waiting = [one for one in self._waiting if one[0] > self.requests]
        for body in due:
            self.way.send(body)


_NO_ANSWER = Response("unavailable", "no answer", "the connection was dropped")
