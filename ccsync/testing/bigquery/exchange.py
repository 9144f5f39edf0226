"""A request as it came, what it is answered, and the log of all of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from ccsync.testing.bigquery.errors import ApiError

INSERT_ALL = "tabledata.insertAll"
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    method: str
    parts: tuple[str, ...]
    """Of the path, percent-decoded."""

    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""

    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object; no body is an empty one.

        Raises:
            ApiError: it is none.
        """
        try:
            said = json.loads(self.body or b"{}")
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ApiError(400, "parseError", "Invalid JSON payload received.")
        return cast("dict[str, Any]", said)


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = (("Content-Type", JSON),)
    ending: Literal["whole", "half", "none", "reset"] = "whole"
    """How much of it is sent before the connection is closed, or reset; `whole` keeps it open."""


def answering(body: Mapping[str, Any] | None, status: int = 200) -> Reply:
    """Answer JSON; None is an empty answer."""
    if body is None:
        return Reply(204, headers=())
    return Reply(status, json.dumps(body).encode())


def refusing(error: ApiError) -> Reply:
    """Answer an error."""
    return answering(error.body(), error.status)


@dataclass(frozen=True)
class Request:
    """One request in the log, whatever it was answered."""

    number: int
    """Counts from 1."""

    operation: str
    """`tabledata.insertAll`, `tables.get`, `jobs.insert`..., "unknown" for a wrong address."""

    method: str
    path: str
    """With the query."""

    table: str | None
    """Name of the table it is about, without dataset and partition."""

    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""

    body: bytes = field(repr=False)
    status: int | None = None
    """What was answered; None while there is no answer, and for good if it never came."""

    @property
    def bytes(self) -> int:
        """Size of the body."""
        return len(self.body)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The rows of an insertAll, each with its `json` and `insertId`; else none."""
        if self.operation != INSERT_ALL:
            return []
        try:
            return list(json.loads(self.body)["rows"])
        except (ValueError, KeyError, TypeError):
            return []

    @property
    def rows(self) -> int:
        """How many rows an insertAll had."""
        return len(self.sent)

    @property
    def text(self) -> str:
        """All that was sent, for a search after what must not be in it."""
        headers = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        return f"{self.method} {self.path}\n{headers}\n{self.body.decode('utf-8', 'replace')}"


class Log:
    """The requests so far; safe for threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._requests: dict[int, Request] = {}
        self._count = 0

    def add(self, operation: str, call: Call, *, path: str, table: str | None) -> int:
        """Note a request; gives its number."""
        with self._lock:
            self._count += 1
            self._requests[self._count] = Request(
                self._count, operation, call.method, path, table, call.headers, call.body
            )
            return self._count

    def answered(self, number: int, status: int) -> None:
        """Note what a request was answered."""
        with self._lock:
            if number in self._requests:
                self._requests[number] = replace(self._requests[number], status=status)

    def requests(self) -> list[Request]:
        """Give them in the order of arrival."""
        with self._lock:
            return list(self._requests.values())

    def reset(self) -> None:
        """Forget them; numbers go on."""
        with self._lock:
            self._requests.clear()
