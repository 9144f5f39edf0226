"""Requests over gRPC: the official channel, our encoded bytes, one attempt per call.

The official exporter is not used here: it encodes its own objects, ignores `partial_success`, and
tries again by itself, in vain even, when a message is too large. The channel and the name of the
method are all that is needed; bodies pass through as they are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import msgspec

from ccsync_otlp import classify
from ccsync_otlp.address import is_loopback
from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.tls import meaning_of
from ccsync_otlp.transport import NO_ANSWER, Response, cleaned

# The library writes failed handshakes to stderr, past every log; we report them ourselves.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

import grpc

METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"

_OPTIONS = (
    # Nothing is sent twice behind our back: neither by itself nor because a name server says so.
    ("grpc.enable_retries", 0),
    ("grpc.service_config_disable_resolution", 1),
    # Who asks again after a pause wants a real attempt, not the memory of the last failure.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class GrpcTransport:
    """Sends to one address; keeps its connection."""

    def __init__(self, endpoint: Endpoint, *, user_agent: str) -> None:
        """Prepare; connects to nothing, reads the certificate files."""
        self._endpoint = endpoint
        self._secrets = endpoint.secrets()
        self._metadata = tuple((name, one.reveal()) for name, one in endpoint.headers.items())
        zipped = endpoint.compression == "gzip"
        self._compression = grpc.Compression.Gzip if zipped else grpc.Compression.NoCompression
        options = [
            *_OPTIONS,
            ("grpc.primary_user_agent", user_agent),
            # Proxies of the environment are for the world outside.
            ("grpc.enable_http_proxy", 0 if is_loopback(endpoint.host) else 1),
        ]
        self._channel = (
            grpc.secure_channel(endpoint.place, _credentials(endpoint), options)
            if endpoint.secure
            else grpc.insecure_channel(endpoint.place, options)
        )
        self._export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(METHOD)
        self._closed = False

    def send(self, body: bytes) -> Response:
        """Try exactly once to hand over an encoded ExportMetricsServiceRequest.

        Raises:
            RuntimeError: the transport is closed.
        """
        if self._closed:
            raise RuntimeError("nothing was sent: the transport is closed")
        try:
            answer: bytes = self._export(
                body,
                timeout=self._endpoint.timeout,
                metadata=self._metadata,
                compression=self._compression,
            )
        except grpc.RpcError as error:
            response = self._failed(error)
        else:
            response = _taken(answer)
        return msgspec.structs.replace(response, text=cleaned(response.text, self._secrets))

    def close(self) -> None:
        """Let go of the connection. Safe twice."""
        self._closed = True
        self._channel.close()

    def _failed(self, error: grpc.RpcError) -> Response:
        # What a call raises is a call, too; the type of the library does not say so.
        assert isinstance(error, grpc.Call)  # noqa: S101
        code, text = error.code().name, error.details() or ""
        where = f"{self._endpoint.place} gave no answer"
        # A Collector may pass on such words about the backend behind it.
        ours = _is_ours(text) or "SSL_ERROR" in text
        if code == "UNAVAILABLE" and ours and (meaning := meaning_of(text)) is not None:
            return Response("refused", NO_ANSWER, f"{where}: {meaning}")
        if code == "DEADLINE_EXCEEDED" and (not text or "Deadline Exceeded" in text):
            seconds = f"nothing came within {self._endpoint.timeout:g} seconds"
            return Response("unavailable", NO_ANSWER, f"{where}: {seconds}")
        if code == "UNAVAILABLE" and _is_ours(text):
            return Response("unavailable", NO_ANSWER, f"{where}: {text}")
        trailing = cast("tuple[tuple[str, str | bytes], ...]", error.trailing_metadata() or ())
        details = [value for key, value in trailing if key == "grpc-status-details-bin"]
        encoded = details[0] if details and isinstance(details[0], bytes) else None
        return classify.of_grpc(code, text, encoded)


def _taken(answer: bytes) -> Response:
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceResponse,
    )

    try:
        said = ExportMetricsServiceResponse.FromString(answer).partial_success
    except DecodeError:
        return Response("refused", "gRPC OK", f"{len(answer)} bytes, not an OTLP answer")
    return classify.of_partial_success("gRPC OK", said.rejected_data_points, said.error_message)


def _is_ours(text: str) -> bool:
    """Tell whether our own side says that there is no connection, and not a server."""
    return text.startswith(("failed to connect", "DNS resolution failed", "Socket closed"))


def _credentials(endpoint: Endpoint) -> grpc.ChannelCredentials:
    def read(path: str | None) -> bytes | None:
        return Path(path).read_bytes() if path is not None else None

    # One file may hold both; a key without a certificate does not get this far.
    key_file = endpoint.key_file or endpoint.certificate_file
    return grpc.ssl_channel_credentials(
        read(endpoint.ca_file), read(key_file), read(endpoint.certificate_file)
    )
