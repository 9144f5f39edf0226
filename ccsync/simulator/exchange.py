"""What goes in and out of the simulated API: a request as it was received, an answer to be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""`error.type` of a documented error body, by status; any other 4xx is an invalid request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it was received."""

    number: int
    """Counts from 1."""

    at: dt.datetime
    """By the simulated API's clock."""

    method: str
    target: str
    """Path and query as sent."""

    path: str
    parameters: tuple[tuple[str, str], ...]
    """The decoded query, repetitions and all."""

    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; the key is in here. Repeated headers are joined with a comma."""

    body: bytes = field(repr=False)

    day: dt.date | None
    """The day asked for, if `starting_at` names one."""

    page: int | None
    """Which page of its day, from 1; None when the cursor is not one of ours."""

    @property
    def query(self) -> dict[str, str]:
        """The decoded query by name."""
        return dict(self.parameters)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back, and how badly."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    cursor: str | None = None
    """For a page of rows: the cursor that leads to this page itself."""

    delay: float = 0.0
    """Seconds before anything is sent."""

    reset: bool = False
    """Reset the connection instead of answering."""

    cut_at: int | None = None
    """Send only so many bytes of the body that `content-length` promises, then hang up."""

    stall: float = 0.0
    """Seconds of silence before hanging up: after the cut, or instead of any answer."""

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        """Add headers."""
        return replace(self, headers=(*self.headers, *headers))


def json_answer(value: object, status: int = 200) -> Answer:
    """Answer with a JSON document."""
    return Answer(status, msgspec.json.encode(value))


def error_answer(status: int, message: str, request_id: str, error_code: str = "") -> Answer:
    """Answer with the documented error body."""
    error: dict[str, object] = {
        "type": ERROR_TYPES.get(status, "invalid_request_error" if status < 500 else "api_error"),
        "message": message,
    }
    if error_code:
        error["details"] = {"error_code": error_code}
    return json_answer({"type": "error", "error": error, "request_id": request_id}, status)


def request_id(number: int) -> str:
    """Give the `request-id` of a request."""
    return f"req_sim{number:021d}"
