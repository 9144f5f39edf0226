"""Answers as protobuf. Imported late: needs the extra `otlp`."""

from __future__ import annotations

from ccsync.testing.otlp.answers import Answer
from ccsync.testing.otlp.extra import needs_otlp_extra

with needs_otlp_extra():
    from google.protobuf.any_pb2 import Any
    from google.protobuf.duration_pb2 import Duration
    from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
    from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsPartialSuccess,
        ExportMetricsServiceResponse,
    )


def response(answer: Answer) -> bytes:
    """Encode the answer to an accepted request; empty unless it speaks of partial success."""
    if not answer.says_partial_success:
        return b""
    said = ExportMetricsPartialSuccess(
        rejected_data_points=answer.rejected, error_message=answer.message
    )
    return ExportMetricsServiceResponse(partial_success=said).SerializeToString()


def error_status(code: int, text: str, retry_seconds: float | None = None) -> bytes:
    """Encode a `google.rpc.Status`, with `RetryInfo` if a pause is asked for.

    Args:
        code: number of the gRPC code, e.g. 14 for UNAVAILABLE.
        text: what to say.
        retry_seconds: the pause.
    """
    status = Status(code=code, message=text)
    if retry_seconds is not None:
        delay = Duration()
        delay.FromNanoseconds(round(retry_seconds * 1e9))
        packed = Any()
        packed.Pack(RetryInfo(retry_delay=delay))
        status.details.append(packed)
    encoded: bytes = status.SerializeToString()
    return encoded
