"""One attempt to hand over a request, and what the destination said: the same for http and grpc."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Literal, Protocol, TypeAlias

import msgspec

from ccsync_otlp.endpoint import Endpoint

Kind: TypeAlias = Literal[
    "accepted", "partial", "bad_request", "too_large", "unavailable", "refused"
]

NO_ANSWER = "no answer"
"""`Response.status` when nobody answered."""

LONGEST_TEXT = 2000
"""Characters of a destination's words that are kept."""

MASK = "***"
_SHORTEST_SECRET = 4


class Response(msgspec.Struct, frozen=True):
    """What a destination did with one request."""

    kind: Kind
    """accepted: it has all points. partial: it says that it left some out. bad_request: it never
    takes this request as it is. too_large: it may take smaller ones. unavailable: the outcome is
    unknown, or it asks to try again. refused: no request will work until someone changes something.
    """

    status: str
    """"HTTP 400", "gRPC INVALID_ARGUMENT" or "no answer"."""

    text: str = ""
    """The destination's words, or ours about it: one line, without secrets, of bounded length."""

    rejected: int = 0
    """Points left out, as far as it says so: a partial answer may have 0 (older Mimir)."""

    retry_after: float | None = None
    """The pause in seconds that it asks for."""


class Transport(Protocol):
    """Sends requests to one destination; used by one thread at a time."""

    def send(self, body: bytes) -> Response:
        """Try exactly once to hand over an encoded ExportMetricsServiceRequest.

        Never raises for what a destination, or the way to it, does.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Safe twice."""
        ...


def connect(endpoint: Endpoint, *, user_agent: str, now: Callable[[], dt.datetime]) -> Transport:
    """Make the transport for an endpoint. Reads certificate files; connects to nothing.

    Args:
        endpoint: where to, and how.
        user_agent: as `ccsync/VERSION (+url)`.
        now: the time in UTC; only for a `Retry-After` that names a moment.

    Raises:
        SinkRefused: a certificate file cannot be used.
    """
    if endpoint.secure:
        from ccsync_otlp.tls import check_files

        check_files(endpoint)
    if endpoint.protocol == "grpc":
        from ccsync_otlp.grpc import GrpcTransport

        return GrpcTransport(endpoint, user_agent=user_agent)
    from ccsync_otlp.http import HttpTransport

    return HttpTransport(endpoint, user_agent=user_agent, now=now)


def cleaned(text: str, secrets: Iterable[str] = ()) -> str:
    """Make foreign text fit for a message: one printable line, bounded, without these secrets."""
    for secret in sorted({one.strip() for one in secrets}, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    shown = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_TEXT])
    shown = " ".join(shown.split())
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 3] + "..."
