from __future__ import annotations

import datetime as dt

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from ccsync.testing.otlp import Point, points_of
from tests.support.otlp import NOON_NS, a_request


def test_a_gauge() -> None:
    first, second = points_of(a_request(3, 0.25, user="mira"))
    assert first == Point(
        metric="claude_code.daily.session.count",
        unit="{session}",
        description="",
        kind="gauge",
        temporality="unspecified",
        monotonic=False,
        attributes=(("n", "0"), ("user", "mira")),
        start_ns=0,
        time_ns=NOON_NS,
        value=3,
        resource=(("service.name", "ccsync"),),
        scope=("ccsync", ""),
    )
    assert (type(first.value), type(second.value), second.value) == (int, float, 0.25)
    assert first.time == dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
    assert first.attribute("user") == first.series.attribute("user") == "mira"
    assert first.attribute("model") is None
    assert first.series != second.series


def test_a_sum() -> None:
    (point,) = points_of(a_request(3, delta=True))
    assert (point.kind, point.temporality, point.monotonic) == ("sum", "delta", True)


def test_attributes_of_every_type_can_be_compared() -> None:
    request = ExportMetricsServiceRequest()
    point = request.resource_metrics.add().scope_metrics.add().metrics.add().gauge.data_points.add()
    array = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()]))
    point.attributes.append(KeyValue(key="z", value=array))
    point.attributes.append(KeyValue(key="y", value=AnyValue(bool_value=True)))
    point.attributes.append(KeyValue(key="x", value=AnyValue(double_value=0.5)))
    point.attributes.append(KeyValue(key="w", value=AnyValue(bytes_value=b"b")))
    (decoded,) = points_of(request.SerializeToString())
    assert decoded.attributes == (("w", b"b"), ("x", 0.5), ("y", True), ("z", (1, None)))
    assert {decoded.series} == {decoded.series}


@pytest.mark.parametrize("body", [b"\xff", b"no request at all"])
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(ValueError, match="not an ExportMetricsServiceRequest"):
        points_of(body)


def test_histograms_are_not_read() -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.histogram.data_points.add()
    with pytest.raises(ValueError, match="metric 'm': histogram, not a gauge or a sum"):
        points_of(request.SerializeToString())
