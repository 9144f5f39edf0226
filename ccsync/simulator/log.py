"""What was asked and how it was answered."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass

from ccsync.simulator.exchange import Request

_KEPT_REQUESTS = 100_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Counters since the start."""

    requests: int
    bytes_sent: int
    """Of bodies, as far as they were meant to be sent."""

    by_status: dict[int, int]
    by_path: dict[str, int]


class RequestLog:
    """The newest requests, and counters of all of them."""

    def __init__(self) -> None:
        """Start empty."""
        self._requests: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self._received = 0
        self._bytes = 0
        self._statuses: Counter[int] = Counter()
        self._paths: Counter[str] = Counter()
        self._lock = threading.Lock()

    def next_number(self) -> int:
        """Number a request that has just arrived."""
        with self._lock:
            self._received += 1
            return self._received

    def received(self, request: Request) -> None:
        """Note a request."""
        with self._lock:
            self._requests.append(request)
            self._paths[request.path] += 1

    def answered(self, status: int, size: int) -> None:
        """Note an answer; status 0 stands for none."""
        with self._lock:
            self._statuses[status] += 1
            self._bytes += size

    def requests(self) -> tuple[Request, ...]:
        """Give the newest requests, oldest first."""
        with self._lock:
            return tuple(self._requests)

    def counts(self) -> Counts:
        """Give the counters."""
        with self._lock:
            return Counts(self._paths.total(), self._bytes, dict(self._statuses), dict(self._paths))

    def clear(self) -> None:
        """Forget requests and counters; numbers go on."""
        with self._lock:
            self._requests.clear()
            self._statuses.clear()
            self._paths.clear()
            self._bytes = 0
