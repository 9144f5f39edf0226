"""The receiver itself: starts the servers, takes the rules, shows what came."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeAlias

from ccsync.testing.otlp.answers import Answer, Predicate, accepted, status
from ccsync.testing.otlp.exchange import Decide, Desk, Request, Verdict
from ccsync.testing.otlp.extra import needs_otlp_extra
from ccsync.testing.otlp.http import LOOPBACK, HttpServer
from ccsync.testing.otlp.points import Point, parse

if TYPE_CHECKING:
    import grpc

    from ccsync.testing.otlp.grpc import GrpcServer

Protocol: TypeAlias = Literal["http", "grpc"]


@dataclass(frozen=True)
class ServerTls:
    """PEM files that the receiver serves with; with `client_ca` it wants to see certificates."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


class OtlpReceiver:
    """Receives metrics over HTTP and gRPC on loopback, and answers as it is told to."""

    def __init__(
        self,
        *,
        protocols: Sequence[Protocol] = ("http",),
        path: str = "/v1/metrics",
        tls: ServerTls | None = None,
    ) -> None:
        """Prepare; nothing listens before `start` or `with`.

        Args:
            protocols: which servers to start.
            path: the HTTP path that metrics are taken at.
            tls: serve https, and gRPC over TLS.

        Raises:
            ImportError: the extra `otlp` is not installed.
            ValueError: an unknown protocol.
        """
        parse(b"")
        if unknown := set(protocols) - {"http", "grpc"}:
            raise ValueError(f"unknown protocols: {sorted(unknown)}")
        self._protocols = frozenset(protocols)
        self._path = path
        self._tls = tls
        self._desk = Desk()
        self._http: HttpServer | None = None
        self._grpc: GrpcServer | None = None

    def start(self) -> None:
        """Listen on free ports."""
        if "http" in self._protocols:
            self._http = HttpServer(self._desk, self._path, self._ssl_context())
        if "grpc" in self._protocols:
            from ccsync.testing.otlp.grpc import GrpcServer

            self._grpc = GrpcServer(self._desk, self._grpc_credentials())

    def close(self) -> None:
        """End servers, connections and threads. Safe twice.

        Raises:
            ExceptionGroup: the receiver itself failed while it served.
        """
        failures: list[BaseException] = []
        if self._http is not None:
            self._http.close()
            failures, self._http = self._http.failures, None
        if self._grpc is not None:
            self._grpc.close()
            self._grpc = None
        if failures:
            raise BaseExceptionGroup("the OTLP receiver failed", failures)

    def __enter__(self) -> OtlpReceiver:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @property
    def port(self) -> int:
        """Port of the HTTP server.

        Raises:
            RuntimeError: it does not run.
        """
        if self._http is None:
            raise RuntimeError('no HTTP server runs: start it, with "http" among the protocols')
        return self._http.port

    @property
    def grpc_port(self) -> int:
        """Port of the gRPC server.

        Raises:
            RuntimeError: it does not run.
        """
        if self._grpc is None:
            raise RuntimeError('no gRPC server runs: start it, with "grpc" among the protocols')
        return self._grpc.port

    @property
    def base_url(self) -> str:
        """Address of the HTTP server without a path."""
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    @property
    def endpoint(self) -> str:
        """Address of the HTTP server with the path that metrics are taken at."""
        return self.base_url + self._path

    @property
    def grpc_endpoint(self) -> str:
        """Address of the gRPC server, with a scheme as OTLP settings want it."""
        return f"{self._scheme}://{LOOPBACK}:{self.grpc_port}"

    @property
    def requests(self) -> list[Request]:
        """Every request so far, whatever it was answered."""
        return self._desk.requests

    @property
    def verdicts(self) -> list[Verdict]:
        """What each request was answered, and what of it was stored."""
        return self._desk.verdicts

    @property
    def stored(self) -> list[Point]:
        """All points stored, in the order of arrival; feed them to a store of `stores`."""
        return self._desk.stored

    def clear(self) -> None:
        """Forget what was received; the rules stay."""
        self._desk.clear()

    def answer_next(self, *answers: Answer) -> None:
        """Answer the next requests with these, one each, then as before."""
        self._desk.queue(*answers)

    def answer_always(self, answer: Answer | None) -> None:
        """Answer like this until told otherwise; None accepts again."""
        self._desk.always = answer or accepted()

    def answer_with(self, decide: Decide | None) -> None:
        """Let a function see each request; where it gives None, the other rules count."""
        self._desk.decide = decide

    def refuse_points(self, which: Predicate | None, answer: Answer | None = None) -> None:
        """Refuse each whole request that holds such a point, as Prometheus does.

        Without an answer it is a 400 "out of bounds". None as predicate ends it.
        """
        said = answer or status(400, "out of bounds")
        self._desk.refused = None if which is None else (which, said)

    def reject_points(self, which: Predicate | None, message: str = "rejected") -> None:
        """Store the others of a request and say so with `partial_success`. None ends it."""
        self._desk.rejected = None if which is None else (which, message)

    def limit(self, max_bytes: int | None) -> None:
        """Refuse larger messages, uncompressed, as too large. None ends it."""
        self._desk.max_bytes = max_bytes

    @property
    def _scheme(self) -> str:
        return "http" if self._tls is None else "https"

    def _ssl_context(self) -> ssl.SSLContext | None:
        if self._tls is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._tls.certificate, self._tls.key)
        if self._tls.client_ca is not None:
            context.load_verify_locations(self._tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _grpc_credentials(self) -> grpc.ServerCredentials | None:
        if self._tls is None:
            return None
        with needs_otlp_extra():
            import grpc
        pair = (self._tls.key.read_bytes(), self._tls.certificate.read_bytes())
        if self._tls.client_ca is None:
            return grpc.ssl_server_credentials([pair])
        return grpc.ssl_server_credentials(
            [pair], self._tls.client_ca.read_bytes(), require_client_auth=True
        )
