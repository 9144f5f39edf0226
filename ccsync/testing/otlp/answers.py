"""What the receiver answers: one description for both protocols, good, bad and rude."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ccsync.testing.otlp.points import Point

Predicate: TypeAlias = Callable[[Point], bool]

PROTOBUF = "application/x-protobuf"

_CODES = {
    200: "OK",
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "UNIMPLEMENTED",
    429: "RESOURCE_EXHAUSTED",
    413: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    502: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    408: "DEADLINE_EXCEEDED",
}
"""By status; of several statuses with one code the first stands for it over HTTP."""

_TOO_LARGE = "Received message larger than max"
"""What a gRPC server says; its code alone does not tell this from a rate limit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; an HTTP status, and the gRPC code that says the same."""

    status: int = 200
    code: str = "OK"
    """Name of a `grpc.StatusCode`."""

    text: str = ""
    """The body of an HTTP answer that is not protobuf, the details of a gRPC one."""

    content_type: str = PROTOBUF
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of an HTTP answer."""

    retry_after: float | str | None = None
    """`Retry-After` as it is to be sent; over gRPC, `RetryInfo` with so many seconds."""

    stores: bool = True
    """Whether the points of the request are stored; those rejected are not in any case."""

    rejected: int = 0
    message: str = ""
    says_partial_success: bool = False
    """Send `partial_success`, even an empty one."""

    rejects: Predicate | None = None
    """Which points are not stored; without it the last `rejected` ones of the request."""

    dropped: Literal["before", "after"] | None = None
    """Hang up instead of answering: before the points are stored, or after."""

    delay: float = 0.0
    """Seconds before the answer, once the points are stored."""

    def slowly(self, seconds: float) -> Answer:
        """Say the same, so many seconds later."""
        return replace(self, delay=seconds)

    def but_stored(self) -> Answer:
        """Say the same, and store the points nevertheless: the answer is a lie."""
        return replace(self, stores=True)


def accepted(*, partial_success: bool = False) -> Answer:
    """Store everything; with an empty `partial_success` as a Collector sends it, if asked."""
    return Answer(says_partial_success=partial_success)


def partial(rejected: int, message: str = "", *, which: Predicate | None = None) -> Answer:
    """Store all but some points and say so; `rejected` may be 0, with a message as a warning."""
    return Answer(rejected=rejected, message=message, says_partial_success=True, rejects=which)


def status(
    status: int,
    text: str = "",
    *,
    code: str | None = None,
    retry_after: float | str | None = None,
    content_type: str = "text/plain; charset=utf-8",
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """Store nothing and answer with a status; `code` for gRPC, by default what fits."""
    fallback = "INVALID_ARGUMENT" if status < 500 else "INTERNAL"
    return Answer(
        status,
        code or _CODES.get(status, fallback),
        text or (_TOO_LARGE if status == 413 else ""),
        content_type,
        headers,
        retry_after,
        stores=False,
    )


def redirect(location: str, status_code: int = 302) -> Answer:
    """Send elsewhere. Over gRPC, which knows no redirects, the service is not there."""
    return status(status_code, code="UNIMPLEMENTED", headers=(("location", location),))


def web_page(status_code: int = 200, title: str = "Please log in") -> Answer:
    """Answer with a page for people, as a portal or a wrong address does."""
    page = f"<!doctype html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return status(status_code, page, code="UNIMPLEMENTED", content_type="text/html; charset=utf-8")


def dropped(*, after_storing: bool = False) -> Answer:
    """Hang up without an answer. Over gRPC the client sees what it then sees: UNAVAILABLE."""
    return Answer(
        503,
        "UNAVAILABLE",
        "Socket closed",
        stores=after_storing,
        dropped="after" if after_storing else "before",
    )


def grpc_error(code: str, text: str = "", *, retry_after: float | None = None) -> Answer:
    """Store nothing and answer with a gRPC code; over HTTP, with a status that fits."""
    fits = next((number for number, name in _CODES.items() if name == code), 500)
    return status(fits, text, code=code, retry_after=retry_after)
