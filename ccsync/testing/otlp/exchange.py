"""A request as it was received, and the desk that decides what it is answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from ccsync.testing.otlp.answers import Answer, Predicate, accepted, partial, status
from ccsync.testing.otlp.points import Point, parse, points_of

Decide: TypeAlias = "Callable[[Request], Answer | None]"
"""Gives the answer to a request, or None to leave it to the other rules."""


@dataclass(frozen=True)
class Request:
    """One request, whatever it was answered."""

    number: int
    """Counts from 1."""

    protocol: Literal["http", "grpc"]
    method: str
    path: str
    """Target of the HTTP request, or name of the gRPC method."""

    headers: Mapping[str, str] = field(repr=False)
    """Headers or metadata by lower-case name. gRPC keeps its own (`grpc-encoding`) to itself."""

    body: bytes = field(repr=False)
    """The message, decompressed."""

    encoding: str = ""
    """`Content-Encoding` of the HTTP request, "" when it is not compressed or not known (gRPC)."""

    bytes_received: int = 0
    """Of the HTTP body as it came, compressed or not; over gRPC the message's size."""

    @property
    def compressed(self) -> bool:
        """Whether the HTTP body came compressed."""
        return self.encoding not in ("", "identity")

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The points in it.

        Raises:
            ValueError: the body is no metrics request, or one with histograms.
        """
        return points_of(self.body)


@dataclass(frozen=True)
class Verdict:
    """What became of a request."""

    answer: Answer
    stored: tuple[Point, ...] = field(repr=False)


class Desk:
    """Decides and records, for both servers; safe for threads.

    In this order: what must be refused because it is no metrics request at all, the answers
    queued for the next requests, a deciding function, points that match a predicate, the limit of
    size, and what is answered always.
    """

    def __init__(self) -> None:
        """Start with: everything is accepted."""
        self._lock = threading.Lock()
        self._next: deque[Answer] = deque()
        self._requests: list[Request] = []
        self._verdicts: list[Verdict] = []
        self._stored: list[Point] = []
        self.always = accepted()
        self.decide: Decide | None = None
        self.refused: tuple[Predicate, Answer] | None = None
        self.rejected: tuple[Predicate, str] | None = None
        self.max_bytes: int | None = None

    def queue(self, *answers: Answer) -> None:
        """Give these answers to the next requests, one each."""
        with self._lock:
            self._next.extend(answers)

    def clear(self) -> None:
        """Forget what was received; keep the rules."""
        with self._lock:
            self._requests.clear()
            self._verdicts.clear()
            self._stored.clear()

    @property
    def requests(self) -> list[Request]:
        """All requests so far."""
        with self._lock:
            return list(self._requests)

    @property
    def verdicts(self) -> list[Verdict]:
        """What each of them was answered, in the same order."""
        with self._lock:
            return list(self._verdicts)

    @property
    def stored(self) -> list[Point]:
        """All points that were stored, in the order of arrival."""
        with self._lock:
            return list(self._stored)

    def receive(
        self,
        protocol: Literal["http", "grpc"],
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: str = "POST",
        encoding: str = "",
        bytes_received: int | None = None,
        unfit: Answer | None = None,
    ) -> Answer:
        """Record a request and give its answer; `unfit` refuses it in any case."""
        size = len(body) if bytes_received is None else bytes_received
        with self._lock:
            number = len(self._requests) + 1
            request = Request(number, protocol, method, path, headers, body, encoding, size)
            self._requests.append(request)
            answer = unfit or _unreadable(body) or self._answer(request)
            stored = _stored(request, answer)
            self._verdicts.append(Verdict(answer, stored))
            self._stored.extend(stored)
            return answer

    def _answer(self, request: Request) -> Answer:
        if self._next:
            return self._next.popleft()
        decided = self.decide(request) if self.decide is not None else None
        if decided is not None:
            return decided
        if self.refused is not None and any(map(self.refused[0], request.points)):
            return self.refused[1]
        if self.rejected is not None:
            which, message = self.rejected
            count = sum(map(which, request.points))
            if count:
                return partial(count, message, which=which)
        size = len(request.body)
        if self.max_bytes is not None and size > self.max_bytes:
            return status(413, f"Received message larger than max ({size} vs. {self.max_bytes})")
        return self.always


def _unreadable(body: bytes) -> Answer | None:
    try:
        parse(body)
    except ValueError as error:
        return status(400, str(error))
    return None


def _stored(request: Request, answer: Answer) -> tuple[Point, ...]:
    if not answer.stores:
        return ()
    if answer.rejects is not None:
        return tuple(point for point in request.points if not answer.rejects(point))
    return request.points[: max(0, len(request.points) - answer.rejected)]
