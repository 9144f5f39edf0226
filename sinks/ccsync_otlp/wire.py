"""From values to request bodies: `ExportMetricsServiceRequest` messages of bounded size.

The bytes are put together here, and not by the official classes, because that is many times
faster: a base's attributes are encoded once per base, a cell's once per cell, and only the value
is new in each point. The tests hold the result against the official classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from ccsync_otlp import protobuf
from ccsync_otlp.catalogue import METRICS
from ccsync_otlp.memory import Shown
from ccsync_otlp.series import Attributes, Cell, Values

Kind: TypeAlias = Literal["gauge", "delta"]
"""gauge: the value as it is. delta: a monotonic sum with delta temporality."""

SCOPE = "ccsync"
"""The instrumentation scope. It has no version: some destinations tell series apart by it."""

# Field numbers of the messages from the outside in.
_RESOURCE_METRICS, _RESOURCE, _SCOPE_METRICS, _SCOPE, _METRICS = 1, 1, 2, 1, 2
_NAME, _DESCRIPTION, _UNIT, _GAUGE, _SUM = 1, 2, 3, 5, 7
_POINTS, _TEMPORALITY, _MONOTONIC, _ATTRIBUTES = 1, 2, 3, 7
_DELTA = 1

_HEADS = [protobuf.head(_POINTS, size) for size in range(2_048)]
"""What comes before a point of this size: made once, for nearly all points are small."""


class Stamp(msgspec.Struct, frozen=True):
    """The times of all points of a revision, in nanoseconds since the epoch."""

    time_ns: int
    start_ns: int | None = None


class Body(msgspec.Struct, frozen=True):
    """One request."""

    content: bytes
    """An encoded ExportMetricsServiceRequest."""

    points: int
    bases: tuple[Attributes, ...]
    """Who and where, in the order of the points."""

    cells: tuple[Cell, ...] | None = None
    """Not None: only these cells of the one base, which has too many for one request."""


def bodies(
    values: Values,
    tombstones: Shown,
    *,
    stamp: Stamp,
    kind: Kind,
    service_name: str,
    service_namespace: str | None,
    max_bytes: int,
    max_points: int,
) -> Iterator[Body]:
    """Encode values, and zeros for the tombstones; equal content gives equal bytes.

    No body is larger than `max_bytes` or has more than `max_points` points, unless it is a single
    point. The points of a base are in one body, unless they alone are too many.
    """
    frame = _Frame(kind, service_name, service_namespace)
    cells = _Cells(stamp)
    body = _Growing(frame, max_bytes, max_points)
    for base in sorted(values.keys() | tombstones.keys()):
        own = values.get(base, {})
        points = [(cells[cell], value) for cell, value in own.items() if value]
        points += [(cells[cell], 0) for cell in tombstones.get(base, ()) if not own.get(cell)]
        if not points:
            continue
        points.sort(key=_rank)
        encoded = protobuf.attributes(_ATTRIBUTES, base)
        part = _Part(encoded, points)
        if body.takes(part):
            body.add(base, part)
            continue
        if body.points:
            yield body.finish()
            body = _Growing(frame, max_bytes, max_points)
        if body.takes(part):
            body.add(base, part)
            continue
        for point in points:
            part = _Part(encoded, [point])
            if body.points and not body.takes(part):
                yield body.finish(split=True)
                body = _Growing(frame, max_bytes, max_points)
            body.add(base, part, point[0].cell)
        yield body.finish(split=True)
        body = _Growing(frame, max_bytes, max_points)
    if body.points:
        yield body.finish()


def content_of(body: Body, values: Values, tombstones: Shown) -> tuple[Values, Shown]:
    """Give those values and tombstones that are in a body: to send them in smaller ones."""
    wanted = None if body.cells is None else frozenset(body.cells)
    some = {base: _only(values[base], wanted) for base in body.bases if base in values}
    gone = {
        base: tombstones[base] if wanted is None else tombstones[base] & wanted
        for base in body.bases
        if base in tombstones
    }
    return some, gone


def _only(
    sums: dict[Cell, int | Decimal], wanted: frozenset[Cell] | None
) -> dict[Cell, int | Decimal]:
    if wanted is None:
        return sums
    return {cell: value for cell, value in sums.items() if cell in wanted}


class _EncodedCell:
    """What all points of one cell have in common."""

    __slots__ = ("cell", "metric", "rest", "size", "value")

    def __init__(self, cell: Cell, times: bytes) -> None:
        self.cell = cell
        self.metric = cell.metric
        self.rest = protobuf.attributes(_ATTRIBUTES, cell.extra) + times
        self.size = len(self.rest) + protobuf.VALUE_SIZE
        decimal = METRICS[cell.metric].decimal
        self.value: Callable[[int | Decimal], bytes] = (
            protobuf.double if decimal else protobuf.integer
        )


class _Cells(dict[Cell, _EncodedCell]):
    """Encodes each cell once."""

    def __init__(self, stamp: Stamp) -> None:
        super().__init__()
        self._times = protobuf.times(stamp.start_ns, stamp.time_ns)

    def __missing__(self, cell: Cell) -> _EncodedCell:
        made = self[cell] = _EncodedCell(cell, self._times)
        return made


_Points: TypeAlias = Sequence[tuple[_EncodedCell, int | Decimal]]


def _rank(point: tuple[_EncodedCell, int | Decimal]) -> Cell:
    return point[0].cell


class _Part:
    """Points of one base, encoded, by metric."""

    def __init__(self, base: bytes, points: _Points) -> None:
        self.count = len(points)
        by_metric: dict[int, list[bytes]] = {}
        base_size = len(base)
        for cell, value in points:
            pieces = by_metric.get(cell.metric)
            if pieces is None:
                pieces = by_metric[cell.metric] = []
            size = base_size + cell.size
            head = _HEADS[size] if size < len(_HEADS) else protobuf.head(_POINTS, size)
            pieces += (head, base, cell.rest, cell.value(value))
        self.content = {metric: b"".join(pieces) for metric, pieces in by_metric.items()}


class _Frame:
    """What is around the points, and how large it makes a body."""

    def __init__(self, kind: Kind, service_name: str, service_namespace: str | None) -> None:
        resource: Attributes = (("service.name", service_name),)
        if service_namespace:
            resource += (("service.namespace", service_namespace),)
        self._resource = protobuf.field(_RESOURCE, protobuf.attributes(1, resource))
        self._scope = protobuf.field(_SCOPE, protobuf.text(_NAME, SCOPE))
        self._data, self._ending = _GAUGE, b""
        if kind == "delta":
            self._data = _SUM
            self._ending = protobuf.enum(_TEMPORALITY, _DELTA) + protobuf.enum(_MONOTONIC, 1)
        self._heads = [
            protobuf.text(_NAME, metric.name)
            + protobuf.text(_DESCRIPTION, metric.description)
            + protobuf.text(_UNIT, metric.unit)
            for metric in METRICS
        ]

    def around(self, sizes: dict[int, int]) -> tuple[list[bytes], list[tuple[int, bytes, bytes]]]:
        """Give what comes first in a body, and what comes before and after each metric's points.

        `sizes` says how many bytes the points of each metric take.
        """
        metrics: list[tuple[int, bytes, bytes]] = []
        total = len(self._scope)
        for metric in sorted(sizes):
            size = sizes[metric]
            data = protobuf.head(self._data, size + len(self._ending))
            inner = self._heads[metric] + data
            outer = protobuf.head(_METRICS, len(inner) + size + len(self._ending))
            metrics.append((metric, outer + inner, self._ending))
            total += len(outer) + len(inner) + size + len(self._ending)
        scope = protobuf.head(_SCOPE_METRICS, total)
        whole = protobuf.head(_RESOURCE_METRICS, len(self._resource) + len(scope) + total)
        return [whole, self._resource, scope, self._scope], metrics

    def size(self, sizes: dict[int, int]) -> int:
        """Give the exact size of a body."""
        first, metrics = self.around(sizes)
        around = sum(map(len, first)) + sum(len(one) + len(end) for _, one, end in metrics)
        return around + sum(sizes.values())

    def most(self) -> int:
        """Give more than this frame ever adds to points."""
        longest = 1 << 40
        return self.size(dict.fromkeys(range(len(METRICS)), longest)) - longest * len(METRICS)


class _Growing:
    """A body that parts are added to while they fit."""

    def __init__(self, frame: _Frame, max_bytes: int, max_points: int) -> None:
        self.points = 0
        self._frame = frame
        self._most = frame.most()
        self._max_bytes = max_bytes
        self._max_points = max_points
        self._total = 0
        self._sizes: dict[int, int] = {}
        self._content: dict[int, list[bytes]] = {}
        self._bases: list[Attributes] = []
        self._cells: list[Cell] = []

    def takes(self, part: _Part) -> bool:
        """Tell whether a part still fits. Measures exactly only when it is a near thing."""
        if self.points + part.count > self._max_points:
            return False
        added = sum(map(len, part.content.values()))
        if self._total + added + self._most <= self._max_bytes:
            return True
        sizes = dict(self._sizes)
        for metric, content in part.content.items():
            sizes[metric] = sizes.get(metric, 0) + len(content)
        return self._frame.size(sizes) <= self._max_bytes

    def add(self, base: Attributes, part: _Part, cell: Cell | None = None) -> None:
        """Add a part, whether it fits or not; with its cell where the base is split."""
        for metric, content in part.content.items():
            self._content.setdefault(metric, []).append(content)
            self._sizes[metric] = self._sizes.get(metric, 0) + len(content)
            self._total += len(content)
        self.points += part.count
        if cell is None or not self._bases:
            self._bases.append(base)
        if cell is not None:
            self._cells.append(cell)

    def finish(self, *, split: bool = False) -> Body:
        """Put the body together."""
        pieces, metrics = self._frame.around(self._sizes)
        for metric, before, after in metrics:
            pieces += (before, *self._content[metric], after)
        cells = tuple(self._cells) if split else None
        return Body(b"".join(pieces), self.points, tuple(self._bases), cells)
