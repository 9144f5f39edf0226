"""The gRPC side of the receiver. Imported late: needs the extra `otlp`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

from ccsync.testing.otlp.answers import Answer
from ccsync.testing.otlp.exchange import Desk
from ccsync.testing.otlp.extra import needs_otlp_extra
from ccsync.testing.otlp.http import LOOPBACK
from ccsync.testing.otlp.protobuf import error_status, response

with needs_otlp_extra():
    import grpc

METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


class GrpcServer:
    """Listens on a free port of loopback, with gRPC's own limit of 4 MiB per message."""

    def __init__(self, desk: Desk, tls: grpc.ServerCredentials | None) -> None:
        """Listen, and serve in the background."""
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="otlp-grpc")
        self._server = grpc.server(self._pool, options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((_Service(desk, self._closing),))
        address = f"{LOOPBACK}:0"
        self.port = (
            self._server.add_insecure_port(address)
            if tls is None
            else self._server.add_secure_port(address, tls)
        )
        self._server.start()

    def close(self) -> None:
        """Stop; waits for the threads."""
        self._closing.set()
        self._server.stop(grace=0).wait()
        self._pool.shutdown()


class _Service(grpc.GenericRpcHandler):
    """Knows one method; every other one is UNIMPLEMENTED."""

    def __init__(self, desk: Desk, closing: threading.Event) -> None:
        self._desk = desk
        self._closing = closing

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """Give the handler of a call; messages stay bytes."""
        if handler_call_details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(self._export)

    def _export(self, body: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = {key.lower(): _text(value) for key, value in context.invocation_metadata()}
        answer = self._desk.receive("grpc", METHOD, metadata, body)
        if answer.delay:
            self._closing.wait(answer.delay)
        if answer.code != "OK":
            _abort(context, answer)
        return response(answer)


def _abort(context: grpc.ServicerContext, answer: Answer) -> NoReturn:
    code = grpc.StatusCode[answer.code]
    if isinstance(answer.retry_after, int | float):
        number: int = code.value[0]
        details = error_status(number, answer.text, answer.retry_after)
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
    context.abort(code, answer.text)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
