"""The same points by way of the official classes, and requests in a form to compare."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ccsync_otlp.catalogue import METRICS
from ccsync_otlp.memory import Shown
from ccsync_otlp.series import Attributes, Cell, Values
from ccsync_otlp.wire import Kind, Stamp


def readable(text: str) -> str:
    """Spell a text as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()


def number(metric: int, value: int | Decimal) -> int | float:
    """Give a value in the form that it is sent in."""
    if METRICS[metric].decimal:
        return float(value)
    if -(2**63) <= value < 2**63:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return 1.7976931348623157e308 if value > 0 else -1.7976931348623157e308


def points_of(values: Values, tombstones: Shown) -> list[tuple[Attributes, Cell, int | Decimal]]:
    """List all points in the order in which they are to be sent."""
    found: dict[tuple[Attributes, Cell], int | Decimal] = {
        (base, cell): 0 for base, cells in tombstones.items() for cell in cells
    }
    for base, sums in values.items():
        found.update({(base, cell): value for cell, value in sums.items() if value})
    return [(base, cell, found[base, cell]) for base, cell in sorted(found)]


def request(
    points: Iterable[tuple[Attributes, Cell, int | Decimal]],
    *,
    stamp: Stamp,
    kind: Kind,
    service_name: str,
    service_namespace: str | None,
) -> ExportMetricsServiceRequest:
    """Encode points with the official encoder."""
    by_metric: dict[int, list[NumberDataPoint]] = {}
    for base, cell, value in points:
        by_metric.setdefault(cell.metric, []).append(
            NumberDataPoint(
                attributes={name: readable(text) for name, text in (*base, *cell.extra)},
                start_time_unix_nano=stamp.start_ns or 0,
                time_unix_nano=stamp.time_ns,
                value=number(cell.metric, value),
            )
        )
    metrics = [
        Metric(
            name=METRICS[metric].name,
            description=METRICS[metric].description,
            unit=METRICS[metric].unit,
            data=Gauge(data_points=some)
            if kind == "gauge"
            else Sum(
                data_points=some,
                aggregation_temporality=AggregationTemporality.DELTA,
                is_monotonic=True,
            ),
        )
        for metric, some in sorted(by_metric.items())
    ]
    resource = {"service.name": readable(service_name)}
    if service_namespace:
        resource["service.namespace"] = readable(service_namespace)
    scope = ScopeMetrics(scope=InstrumentationScope("ccsync"), metrics=metrics, schema_url="")
    whole = ResourceMetrics(resource=Resource(resource), scope_metrics=[scope], schema_url="")
    return encode_metrics(MetricsData(resource_metrics=[whole]))


def decoded(content: bytes) -> ExportMetricsServiceRequest:
    """Read a request with the official class."""
    return ExportMetricsServiceRequest.FromString(content)
