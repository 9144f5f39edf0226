"""Measures our encoder of requests beside the official ones, on the same points; prints a table.

    python tests/benchmarks/otlp.py [--quick]

CPU seconds, the median of several rounds in which all take turns, for the machine may be shared.
Memory is the peak of what Python allocates meanwhile, in a round of its own. Each gives bodies of
at most 5,000 points; what ours hold is compared with the official classes' before anything counts.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ccsync.testing import a_record
from ccsync.testing.builders import FETCHED_AT
from ccsync_otlp.catalogue import DIMENSIONS, METRICS
from ccsync_otlp.memory import Note, Place, encode, shown_by
from ccsync_otlp.series import Attributes, Rules, Shaping, Values, values_of
from ccsync_otlp.wire import Stamp, bodies

BATCH = 5_000
NOON = 1_795_089_600_000_000_000

Point: TypeAlias = tuple[int, Attributes, int | float]
"""Position of its metric, all its attributes, its value."""

Batch: TypeAlias = list[Point]


def a_day(points: int) -> Values:
    """Make at least so many points, of people with seven attributes each."""
    found: Values = {}
    so_far = 0
    while so_far < points:
        number = len(found)
        record = a_record(
            f"person{number}@northwind.example",
            sessions=1 + number % 7,
            subscription_type="team",
            terminal_type=("vscode", "iterm", "tmux")[number % 3],
        )
        found |= values_of([record], Shaping(Rules(), DIMENSIONS))
        so_far += len(found[next(reversed(found))])
    return found


def batches_of(values: Values) -> list[Batch]:
    """Give the points by fives of thousands, as anybody else would be handed them."""
    points: Batch = [
        (cell.metric, base + cell.extra, value if isinstance(value, int) else float(value))
        for base, sums in values.items()
        for cell, value in sums.items()
    ]
    return [points[at : at + BATCH] for at in range(0, len(points), BATCH)]


def by_metric(batch: Batch) -> dict[int, Batch]:
    """Group points as the messages need them."""
    found: dict[int, Batch] = {}
    for point in batch:
        found.setdefault(point[0], []).append(point)
    return found


def ours(values: Values) -> Iterator[bytes]:
    """Encode with `ccsync_otlp.wire`."""
    for body in bodies(
        values,
        {},
        stamp=Stamp(NOON),
        kind="gauge",
        service_name="ccsync",
        service_namespace=None,
        max_bytes=1 << 40,
        max_points=BATCH,
    ):
        yield body.content


def sdk(batches: Sequence[Batch]) -> Iterator[bytes]:
    """Encode with the SDK's data classes and its encoder."""
    for batch in batches:
        metrics = [
            Metric(
                METRICS[metric].name,
                METRICS[metric].description,
                METRICS[metric].unit,
                Gauge(
                    data_points=[
                        NumberDataPoint(
                            attributes=dict(attributes),
                            start_time_unix_nano=0,
                            time_unix_nano=NOON,
                            value=value,
                        )
                        for _, attributes, value in points
                    ]
                ),
            )
            for metric, points in by_metric(batch).items()
        ]
        scope = ScopeMetrics(InstrumentationScope("ccsync"), metrics, "")
        whole = ResourceMetrics(Resource({"service.name": "ccsync"}), [scope], "")
        yield encode_metrics(MetricsData([whole])).SerializeToString()


def protobuf(batches: Sequence[Batch]) -> Iterator[bytes]:
    """Encode with the generated classes alone: what the SDK's encoder could come to."""
    known: dict[tuple[str, str], KeyValue] = {}
    for batch in batches:
        request = ExportMetricsServiceRequest()
        resource = request.resource_metrics.add()
        resource.resource.attributes.append(_pair(("service.name", "ccsync")))
        scope = resource.scope_metrics.add()
        scope.scope.name = "ccsync"
        for metric, points in by_metric(batch).items():
            message = scope.metrics.add(
                name=METRICS[metric].name,
                description=METRICS[metric].description,
                unit=METRICS[metric].unit,
            )
            add: Callable[..., metrics_pb2.NumberDataPoint] = message.gauge.data_points.add
            for _, attributes, value in points:
                pairs: list[KeyValue] = []
                for pair in attributes:
                    one = known.get(pair)
                    if one is None:
                        one = known[pair] = _pair(pair)
                    pairs.append(one)
                if isinstance(value, int):
                    add(attributes=pairs, time_unix_nano=NOON, as_int=value)
                else:
                    add(attributes=pairs, time_unix_nano=NOON, as_double=value)
        yield request.SerializeToString()


def _pair(pair: tuple[str, str]) -> KeyValue:
    return KeyValue(key=pair[0], value=AnyValue(string_value=pair[1]))


def points_in(contents: Iterator[bytes]) -> list[str]:
    """Read all points back, in an order of no meaning."""
    return sorted(
        f"{metric.name} {metric.unit} {point}"
        for content in contents
        for resource in ExportMetricsServiceRequest.FromString(content).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.gauge.data_points
    )


def cpu(run: Callable[[], Iterator[bytes]]) -> tuple[float, int]:
    """Run once; give CPU seconds and bytes. Bodies are dropped as they come."""
    gc.collect()
    began = time.process_time()
    size = sum(len(content) for content in run())
    return time.process_time() - began, size


def memory(run: Callable[[], Iterator[bytes]]) -> float:
    """Run once more; give the peak of allocated megabytes, without what was there before."""
    gc.collect()
    tracemalloc.start()
    for _ in run():
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    values = a_day(10_000 if quick else 100_000)
    batches = batches_of(values)
    count = sum(map(len, batches))
    contestants: dict[str, Callable[[], Iterator[bytes]]] = {
        "ccsync_otlp.wire": lambda: ours(values),
        "SDK: objects + encode_metrics": lambda: sdk(batches),
        "protobuf classes, attributes cached": lambda: protobuf(batches),
    }
    small = a_day(2_000)
    expected = points_in(sdk(batches_of(small)))
    if not expected == points_in(ours(small)) == points_in(protobuf(batches_of(small))):
        raise SystemExit("the encoders do not give the same points")
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    sizes: dict[str, int] = {}
    for _ in range(3 if quick else 5):
        for name, run in contestants.items():
            taken, sizes[name] = cpu(run)
            seconds[name].append(taken)
    attributes = sum(len(pairs) for batch in batches for _, pairs, _ in batch) / count
    _show(f"{count:,} points, {attributes:.1f} attributes each, bodies of {BATCH:,}")
    _show(f"{'':36}{'us/point':>9}{'points/s':>11}{'to SDK':>8}{'peak MB':>9}{'bytes':>7}")
    base = statistics.median(seconds["SDK: objects + encode_metrics"])
    for name, run in contestants.items():
        middle = statistics.median(seconds[name])
        _show(
            f"{name:36}{middle / count * 1e6:9.2f}{count / middle:11,.0f}{base / middle:7.1f}x"
            f"{memory(run):9.1f}{sizes[name] / count:7.0f}"
        )
    place = Place(NOON, FETCHED_AT, shown_by(values))
    began = time.process_time()
    note = encode(Note({"https://otlp.example/v1/metrics": place}))
    took = time.process_time() - began
    per_thousand = len(note) / len(values) * 1_000
    _show(f"note of {len(values):,} people: {per_thousand:,.0f} bytes a thousand, {took:.3f} s")


def _show(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()
