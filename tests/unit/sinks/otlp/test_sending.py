"""What a destination refuses is found, the rest is there, and nothing is left out in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from ccsync.errors import RecordsRefused, SinkRefused
from ccsync.sink import Acknowledgement
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record
from ccsync.testing.builders import a_snapshot
from ccsync.testing.otlp import Point
from ccsync_otlp.sink import OtlpSink
from ccsync_otlp.transport import Response
from tests.unit.sinks.otlp.destination import TAKEN, Decide, Destination, a_sink

DAY = dt.date(2026, 11, 19)
TOO_LARGE = Response("too_large", "HTTP 413", "body too large")


def person(number: int) -> str:
    return f"p{number:03d}@northwind.example"


def test_a_limit_lower_than_ours_is_learned_and_everything_arrives() -> None:
    """More halves than a search may take: they are no search."""

    def small(_points: Sequence[Point], body: bytes) -> Response:
        return TAKEN if len(body) <= 2_000 else TOO_LARGE

    destination = Destination(small)
    sink = a_sink(destination, max_request_points=40)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(300)])
    assert sink.deliver(snapshot, None, lambda _note: None).kind is Acknowledgement.DELIVERED
    assert destination.people() == {person(number) for number in range(300)}
    refused = [one for one in destination.answers if one is TOO_LARGE]
    assert len(destination.answers) > 200
    assert len(refused) < 5, "known, it is not tried again"


def refusing(*people: str) -> Decide:
    def decide(points: Sequence[Point], _body: bytes) -> Response:
        if any(point.attribute("user.email") in people for point in points):
            return Response("bad_request", "HTTP 400", "a label value is refused")
        return TAKEN

    return decide


def test_who_is_refused_is_named_and_the_others_are_there() -> None:
    unwanted = [person(7), person(150)]
    destination = Destination(refusing(*unwanted))
    sink = a_sink(destination, max_request_points=400)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(200)])
    with pytest.raises(RecordsRefused) as caught:
        sink.deliver(snapshot, None, lambda _note: None)
    assert sorted(record.actor_id for record in caught.value.records) == unwanted
    assert destination.people() == {person(number) for number in range(200)} - set(unwanted)


def refusal(sink: OtlpSink, snapshot: Snapshot) -> RecordsRefused | None:
    """Deliver, as the core does under `on_rejected: skip`."""
    try:
        sink.deliver(snapshot, None, lambda _note: None)
    except RecordsRefused as error:
        return error
    return None


def test_a_search_that_ends_early_accuses_nobody_who_was_not_found() -> None:
    unwanted = [person(number) for number in range(0, 200, 4)]
    destination = Destination(refusing(*unwanted))
    sink = a_sink(destination, max_request_points=100)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(200)])
    with pytest.raises(RecordsRefused, match="further requests"):
        sink.deliver(snapshot, None, lambda _note: None)

    left, rounds = snapshot, 0
    while rounds < 20:
        rounds += 1
        before = len(destination.answers)
        refused = refusal(sink, left)
        assert len(destination.answers) - before < 200, "bounded"
        if refused is None:
            break
        found = {record.actor_id for record in refused.records}
        assert found
        assert found <= set(unwanted), "innocent"
        left = left.without(refused.records)
    assert 1 < rounds < 15
    assert destination.people() == {person(number) for number in range(200)} - set(unwanted)


def test_a_destination_that_takes_nothing_is_not_asked_for_each_point() -> None:
    destination = Destination(lambda _points, _body: Response("bad_request", "HTTP 400", "no"))
    sink = a_sink(destination, max_request_points=40)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(300)])
    with pytest.raises(SinkRefused, match="not one point"):
        sink.deliver(snapshot, None, lambda _note: None)
    assert len(destination.answers) < 150


@pytest.mark.parametrize("taken_before", [0, 2])
def test_too_old_is_skipped_only_when_the_day_is_as_it_was(taken_before: int) -> None:
    def aging(_points: Sequence[Point], _body: bytes) -> Response:
        if len(destination.answers) < taken_before:
            return TAKEN
        return Response("bad_request", "HTTP 400", "out of bounds")

    destination = Destination(aging)
    sink = a_sink(destination)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(10)])
    if taken_before:
        with pytest.raises(RecordsRefused, match="a part of the day is too old"):
            sink.deliver(snapshot, None, lambda _note: None)
    else:
        assert sink.deliver(snapshot, None, lambda _note: None).kind is Acknowledgement.TOO_OLD


def test_leftovers_that_are_too_old_are_not_forgotten() -> None:
    """They can be set to zero when the destination takes such old points, and the day is forced."""
    notes: list[bytes] = []
    destination = Destination()
    snapshot = a_snapshot([a_record(person(1), sessions=2)])
    assert snapshot.settled
    a_sink(destination).deliver(snapshot, None, notes.append)

    count = len(destination.points)

    def aging(points: Sequence[Point], _body: bytes) -> Response:
        old = any(point.attribute("day") is None for point in points)
        return Response("bad_request", "HTTP 400", "out of bounds") if old else TAKEN

    destination.decide = aging
    observed = a_sink(destination, point_time="observed")
    observed.deliver(snapshot, notes[-1], notes.append)
    destination.decide = refusing()
    observed.deliver(snapshot, notes[-1], notes.append)
    later = [point.value for point in destination.points[count:] if point.attribute("day") is None]
    assert later == [0] * count


def test_a_collector_that_says_no_without_words_refuses_the_day_alone() -> None:
    words = (
        "Permanent error: error exporting items, request to http://prometheus.example:9090/api/v1/"
        "otlp/v1/metrics responded with HTTP Status Code 400"
    )
    destination = Destination(lambda _points, _body: Response("bad_request", "HTTP 400", words))
    sink = a_sink(destination, max_request_points=40)
    snapshot = a_snapshot([a_record(person(number), sessions=2) for number in range(300)])
    outcome = sink.deliver(snapshot, None, lambda _note: None)
    assert outcome.kind is Acknowledgement.TOO_OLD, "other days have to be tried"
    assert "look into that backend's log" in outcome.reason
    assert len(destination.answers) < 30, "and that does not cost many requests"
