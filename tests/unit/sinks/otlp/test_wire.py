from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync_otlp import wire
from ccsync_otlp.catalogue import COMMITS, COST, SESSIONS, TOKENS
from ccsync_otlp.memory import Shown, shown_by, tombstones
from ccsync_otlp.series import Attributes, Cell, Values
from ccsync_otlp.wire import Body, Stamp
from tests.unit.sinks.otlp.official import decoded, points_of, request
from tests.unit.sinks.otlp.strategies import shown, values

NOON = 1_795_089_600_000_000_000
MIRA: Attributes = (("user.email", "mira@northwind.example"),)
OMAR: Attributes = (("user.email", "omar@northwind.example"),)
SESSION, COMMIT, SPENT = Cell(SESSIONS, ()), Cell(COMMITS, ()), Cell(COST, (("currency", "USD"),))

any_text = st.text(st.characters(), max_size=300) | st.text("\ud800\udfff\x00é🔥", max_size=4)
short = st.text("abc", max_size=3)
stamps = st.builds(Stamp, st.integers(1, 2**63), st.none() | st.integers(1, 2**63))
kinds = st.sampled_from(["gauge", "delta"])


def bodies(current: Values, gone: Shown | None = None, **changes: Any) -> list[Body]:
    options: dict[str, Any] = {
        "stamp": Stamp(NOON),
        "kind": "gauge",
        "service_name": "ccsync",
        "service_namespace": None,
        "max_bytes": 10**9,
        "max_points": 10**9,
    }
    return list(wire.bodies(current, gone or {}, **{**options, **changes}))


@given(values(any_text), shown(any_text), stamps, kinds, any_text, st.none() | any_text)
def test_bodies_are_what_the_official_classes_make(
    current: Values, gone: Shown, stamp: Stamp, kind: wire.Kind, name: str, space: str | None
) -> None:
    found = bodies(
        current, gone, stamp=stamp, kind=kind, service_name=name, service_namespace=space
    )
    points = points_of(current, gone)
    if not points:
        assert found == []
        return
    (body,) = found
    message = decoded(body.content)
    assert body.points == len(points)
    if kind == "gauge":
        # The official encoder has no start time for gauges.
        for metric in message.resource_metrics[0].scope_metrics[0].metrics:
            for point in metric.gauge.data_points:
                assert point.start_time_unix_nano == (stamp.start_ns or 0)
                point.start_time_unix_nano = 0
    assert message == request(
        points, stamp=stamp, kind=kind, service_name=name, service_namespace=space
    )


limits = st.tuples(st.integers(1, 3_000), st.integers(1, 30))


@given(values(short), shown(short), limits)
def test_bodies_are_bounded_and_hold_everything_once(
    current: Values, gone: Shown, limit: tuple[int, int]
) -> None:
    max_bytes, max_points = limit
    found = bodies(current, gone, max_bytes=max_bytes, max_points=max_points)
    for body in found:
        assert body.points == 1 or (len(body.content) <= max_bytes and body.points <= max_points)
        assert body.points == count(body)
        assert list(body.bases) == sorted(set(body.bases))
    sent = sorted(line for body in found for line in lines(body))
    assert sent == sorted(line for body in bodies(current, gone) for line in lines(body))
    # Only who is too large alone is in more than one body, and then with nobody else.
    for base in {base for body in found for base in body.bases}:
        within = [body for body in found if base in body.bases]
        (alone,) = bodies(*wire.content_of(Body(b"", 0, (base,)), current, gone))
        too_large = len(alone.content) > max_bytes or alone.points > max_points
        assert (len(within) > 1) == (too_large and alone.points > 1)
        assert all((body.cells is not None) == too_large for body in within)
        assert len(within) == 1 or all(body.bases == (base,) for body in within)
    # The content of a body gives the body again.
    for body in found:
        (again,) = bodies(*wire.content_of(body, current, gone))
        assert again.content == body.content


@given(values(short), shown(short))
def test_equal_content_is_equal_bytes(current: Values, gone: Shown) -> None:
    turned = {base: dict(reversed(current[base].items())) for base in reversed(list(current))}
    assert bodies(turned, dict(reversed(gone.items()))) == bodies(current, gone)


def test_halving_ends_with_single_points() -> None:
    current: Values = {MIRA: {SESSION: 1, COMMIT: 2, SPENT: Decimal(3)}, OMAR: {SESSION: 4}}
    waiting, single = bodies(current), 0
    while waiting:
        body = waiting.pop()
        if body.points == 1:
            single += 1
            continue
        smaller = bodies(*wire.content_of(body, current, {}), max_points=body.points // 2)
        assert sum(one.points for one in smaller) == body.points
        waiting += smaller
    assert single == 4


def test_tombstones_are_zeros_of_the_metrics_own_kind() -> None:
    before: Values = {MIRA: {SESSION: 1, SPENT: Decimal(3)}}
    (body,) = bodies({}, tombstones(shown_by(before), {}))
    session, cost = decoded(body.content).resource_metrics[0].scope_metrics[0].metrics
    assert session.gauge.data_points[0].WhichOneof("value") == "as_int"
    assert cost.gauge.data_points[0].WhichOneof("value") == "as_double"
    assert session.gauge.data_points[0].as_int == cost.gauge.data_points[0].as_double == 0


def test_a_value_wins_over_a_tombstone() -> None:
    (body,) = bodies({MIRA: {SESSION: 3}}, {MIRA: frozenset({SESSION})})
    assert [line.split()[-1] for line in lines(body)] == ["3"]


def test_zeros_are_sent_only_as_tombstones() -> None:
    assert bodies({MIRA: {SESSION: 0, SPENT: Decimal("-0.0")}}) == []
    assert len(bodies({MIRA: {SESSION: 0}}, {MIRA: frozenset({SESSION})})) == 1


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (2**63 - 1, "as_int", 2**63 - 1),
        (2**63, "as_double", 2.0**63),
        (-(2**63), "as_int", -(2**63)),
        (-(2**63) - 1, "as_double", -(2.0**63)),
        (10**400, "as_double", 1.7976931348623157e308),
    ],
)
def test_large_integers(value: int, field: str, expected: float) -> None:
    (body,) = bodies({MIRA: {SESSION: value}})
    (metric,) = decoded(body.content).resource_metrics[0].scope_metrics[0].metrics
    (point,) = metric.gauge.data_points
    assert (point.WhichOneof("value"), getattr(point, field)) == (field, expected)


def test_long_attributes_have_long_lengths() -> None:
    for length in (100, 127, 128, 1_900, 2_100, 17_000):
        base: Attributes = (("user.email", "é" * length),)
        (body,) = bodies({base: {SESSION: 1}})
        message = request(
            [(base, SESSION, 1)],
            stamp=Stamp(NOON),
            kind="gauge",
            service_name="ccsync",
            service_namespace=None,
        )
        assert decoded(body.content) == message


def test_many_points_stay_within_the_bytes() -> None:
    models = [Cell(TOKENS, (("model", f"m{one}"), ("type", "input"))) for one in range(20)]
    current: Values = {
        (("user.email", f"{one}@northwind.example"),): dict.fromkeys(models, one + 1)
        for one in range(600)
    }
    found = bodies(current, max_bytes=50_000)
    assert sum(body.points for body in found) == 12_000
    sizes = [len(body.content) for body in found]
    assert max(sizes) <= 50_000
    # Full but for one base, so that limits are used and not only kept.
    (whole,) = bodies(current)
    assert min(sizes[:-1]) > 50_000 - len(whole.content) / 600 * 1.2


def count(body: Body) -> int:
    return len(lines(body))


def lines(body: Body) -> list[str]:
    """Give a line for each point: metric, attributes, value."""
    (resource,) = decoded(body.content).resource_metrics
    (scope,) = resource.scope_metrics
    found: list[str] = []
    for metric in scope.metrics:
        for point in metric.gauge.data_points:
            pairs = ",".join(f"{one.key}={one.value.string_value}" for one in point.attributes)
            value = point.as_int if point.HasField("as_int") else point.as_double
            found.append(f"{metric.name} {pairs} {value}")
    return found
