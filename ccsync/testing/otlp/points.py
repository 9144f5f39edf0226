"""The points of an OTLP metrics request, decoded into plain values."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ccsync.testing.otlp.extra import needs_otlp_extra

if TYPE_CHECKING:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

AttributeValue: TypeAlias = "str | bool | int | float | bytes | tuple[AttributeValue, ...] | None"
Attributes: TypeAlias = tuple[tuple[str, AttributeValue], ...]
"""Sorted by key, and hashable."""

Kind: TypeAlias = Literal["gauge", "sum"]
Temporality: TypeAlias = Literal["unspecified", "delta", "cumulative"]

_KEY = operator.itemgetter(0)
_TEMPORALITIES: tuple[Temporality, ...] = ("unspecified", "delta", "cumulative")


class Series(NamedTuple):
    """What makes two points the same series for every backend."""

    metric: str
    attributes: Attributes
    resource: Attributes
    scope: tuple[str, str]
    """Name and version: some backends make labels of them."""

    def attribute(self, name: str) -> AttributeValue:
        """Give an attribute's value; None when it is absent."""
        return dict(self.attributes).get(name)


class Point(NamedTuple):
    """One number data point with everything around it."""

    metric: str
    unit: str
    description: str
    kind: Kind
    temporality: Temporality
    """Of a sum; "unspecified" for a gauge."""

    monotonic: bool
    attributes: Attributes
    start_ns: int
    """0: not set."""

    time_ns: int
    value: int | float
    """int as `as_int`, float as `as_double`."""

    resource: Attributes
    scope: tuple[str, str]

    @property
    def series(self) -> Series:
        """What it is a point of."""
        return Series(self.metric, self.attributes, self.resource, self.scope)

    @property
    def time(self) -> dt.datetime:
        """Its time in UTC, cut to microseconds."""
        seconds, rest = divmod(self.time_ns, 10**9)
        return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)

    def attribute(self, name: str) -> AttributeValue:
        """Give an attribute's value; None when it is absent."""
        return dict(self.attributes).get(name)


def parse(body: bytes) -> ExportMetricsServiceRequest:
    """Read a request.

    Raises:
        ValueError: the bytes are no ExportMetricsServiceRequest.
        ImportError: the extra `otlp` is not installed.
    """
    with needs_otlp_extra():
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
            ExportMetricsServiceRequest,
        )
    try:
        return ExportMetricsServiceRequest.FromString(body)
    except DecodeError as error:
        raise ValueError(f"not an ExportMetricsServiceRequest: {error}") from None


def points_of(body: bytes) -> tuple[Point, ...]:
    """Decode a request's points, in the order sent.

    Raises:
        ValueError: the bytes are no request, or hold something else than gauges and sums.
        ImportError: the extra `otlp` is not installed.
    """
    return tuple(_points(parse(body)))


def _points(request: ExportMetricsServiceRequest) -> Iterator[Point]:
    for of_resource in request.resource_metrics:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_metrics:
            scope = (of_scope.scope.name, of_scope.scope.version)
            for metric in of_scope.metrics:
                yield from _of_metric(metric, resource, scope)


def _of_metric(metric: Metric, resource: Attributes, scope: tuple[str, str]) -> Iterator[Point]:
    temporality: Temporality = "unspecified"
    monotonic = False
    kind: Kind
    match metric.WhichOneof("data"):
        case "gauge":
            kind, numbers = "gauge", metric.gauge.data_points
        case "sum":
            kind, numbers = "sum", metric.sum.data_points
            temporality = _TEMPORALITIES[metric.sum.aggregation_temporality]
            monotonic = metric.sum.is_monotonic
        case other:
            raise ValueError(f"metric {metric.name!r}: {other or 'no data'}, not a gauge or a sum")
    for number in numbers:
        yield Point(
            metric=metric.name,
            unit=metric.unit,
            description=metric.description,
            kind=kind,
            temporality=temporality,
            monotonic=monotonic,
            attributes=_attributes(number.attributes),
            start_ns=number.start_time_unix_nano,
            time_ns=number.time_unix_nano,
            value=number.as_int
            if number.WhichOneof("value") == "as_int"
            else float(number.as_double),
            resource=resource,
            scope=scope,
        )


def _attributes(pairs: Iterable[KeyValue]) -> Attributes:
    return tuple(sorted([(pair.key, _value(pair.value)) for pair in pairs], key=_KEY))


def _value(value: AnyValue) -> AttributeValue:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case None:
            return None
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bytes_value":
            return value.bytes_value
        case "array_value":
            return tuple(_value(one) for one in value.array_value.values)
        case other:
            raise ValueError(f"an attribute of type {other}")
