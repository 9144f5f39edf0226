"""What the doubles of object storages share: objects, permissions, and bad days.

Served on loopback by `ccsync.testing.gcs` and `ccsync.testing.s3`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal

from ccsync.simulator.exchange import Answer
from ccsync.simulator.server import LOOPBACK, Server

_RESET = Answer(0, b"", reset=True)
_PAGE = b"<html><body>Welcome to the network</body></html>"


@dataclass(frozen=True)
class Stored:
    """An object."""

    content: bytes
    version: str
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers that were sent with it, to be given back."""


@dataclass(frozen=True)
class Call:
    """One request, as it was received."""

    method: str
    path: tuple[str, ...]
    """Parts of the path, decoded."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""

    body: bytes


@dataclass(frozen=True)
class Fault:
    """What becomes of one request.

    not_arrived: the connection breaks before anything is done. no_answer: afterwards.
    throttled, unavailable: refused for now. page: a proxy's web page instead of an answer.
    damaged: an object's content is another one on its way to us.
    """

    kind: Literal["not_arrived", "no_answer", "throttled", "unavailable", "page", "damaged"]
    method: str = ""
    """Only requests of this method have it; empty: any."""

    status: int = 200
    """Of a page."""

    after: int = 0
    """So many requests that it fits pass before."""


class BucketDouble(ABC):
    """One bucket on loopback. A context manager; it runs as soon as it is made."""

    def __init__(self, bucket: str = "state") -> None:
        """Serve a bucket of this name, empty at first."""
        self.bucket: str | None = bucket
        """None: there is none any more."""
        self.objects: dict[str, Stored] = {}
        self.denied: set[str] = set()
        """Permissions that we lack, by the names that the storage gives them."""
        self.faults: list[Fault] = []
        """Each is had by the next request that it fits."""
        self.is_down = False
        """Every connection breaks."""
        self.ignores_conditions = False
        """As old storages do that only look like this one."""
        self.calls: list[Call] = []
        self._dies_at: int | None = None
        self._moments = itertools.count(1)
        self._versions = itertools.count(1)
        self._lock = threading.Lock()
        self._server = Server(0, self._respond, lambda: dt.datetime.now(dt.UTC))
        self._server.start()

    def __enter__(self) -> BucketDouble:
        """Give the double."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()

    def close(self) -> None:
        """Stop. Raises what went wrong on our side."""
        self._server.close()
        for failure in self._server.failures:
            raise failure

    @property
    def address(self) -> str:
        """Where it listens, without a path."""
        return f"http://{LOOPBACK}:{self._server.port}"

    def put(self, name: str, content: bytes) -> None:
        """Let somebody else replace an object."""
        with self._lock:
            self._store(name, content)

    def dies(self, at: int | None) -> None:
        """Go down at a moment counted from now, from 1; None: be up again.

        Moments are before and after each request.
        """
        with self._lock:
            self._moments = itertools.count(1)
            self._dies_at = at
            self.is_down = False

    @abstractmethod
    def _served(self, call: Call) -> Answer:
        """Answer a request that arrived."""

    @abstractmethod
    def _refused(self, kind: Literal["throttled", "unavailable"]) -> Answer:
        """Refuse a request for now."""

    @abstractmethod
    def _version(self, number: int, content: bytes) -> str:
        """Give the version of the n-th object that is written."""

    def _store(self, name: str, content: bytes, **metadata: str) -> Stored:
        version = self._version(next(self._versions), content)
        stored = Stored(content, version, metadata)
        self.objects[name] = stored
        return stored

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urllib.parse.urlsplit(target)
        path = tuple(urllib.parse.unquote(part) for part in parts.path.split("/")[1:])
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        call = Call(method, path, query, headers, body)
        with self._lock:
            self.calls.append(call)
            return self._answer(call)

    def _answer(self, call: Call) -> Answer:
        fault = self._fault(call.method)
        if self._is_dead() or (fault and fault.kind == "not_arrived"):
            return _RESET
        match fault:
            case Fault(kind="throttled" | "unavailable" as kind):
                answer = self._refused(kind)
            case Fault(kind="page", status=status):
                answer = Answer(status, _PAGE, content_type="text/html")
            case Fault(kind="damaged"):
                answer = self._served(call)
                answer = Answer(answer.status, answer.body[::-1], answer.headers)
            case _:
                answer = self._served(call)
        return _RESET if self._is_dead() or (fault and fault.kind == "no_answer") else answer

    def _fault(self, method: str) -> Fault | None:
        for number, fault in enumerate(self.faults):
            if fault.method in {"", method}:
                if fault.after == 0:
                    return self.faults.pop(number)
                self.faults[number] = replace(fault, after=fault.after - 1)
                return None
        return None

    def _is_dead(self) -> bool:
        if self._dies_at is not None and next(self._moments) >= self._dies_at:
            self.is_down = True
        return self.is_down
