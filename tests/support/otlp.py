"""Small OTLP requests for tests of whatever sends or receives them."""

from __future__ import annotations

import datetime as dt

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

NOON_NS = int(dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC).timestamp()) * 10**9
MILLISECOND = 10**6


def a_request(
    *values: int | float,
    metric: str = "claude_code.daily.session.count",
    time_ns: int = NOON_NS,
    delta: bool = False,
    **attributes: str,
) -> bytes:
    """Encode a request: a series per value (attribute `n` tells them apart), all at one time."""
    request = ExportMetricsServiceRequest()
    of_resource = request.resource_metrics.add()
    of_resource.resource.attributes.append(_pair("service.name", "ccsync"))
    of_scope = of_resource.scope_metrics.add()
    of_scope.scope.name = "ccsync"
    made = of_scope.metrics.add(name=metric, unit="{session}")
    points = made.gauge.data_points
    if delta:
        made.sum.is_monotonic = True
        made.sum.aggregation_temporality = 1  # type: ignore[assignment]
        points = made.sum.data_points
    for number, value in enumerate(values):
        point = points.add(time_unix_nano=time_ns)
        if isinstance(value, int):
            point.as_int = value
        else:
            point.as_double = value
        named = {"n": str(number), **attributes}
        point.attributes.extend(_pair(key, one) for key, one in named.items())
    return request.SerializeToString()


def _pair(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
