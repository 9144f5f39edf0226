"""A real Collector by config/otel-collector.yaml, before a backend that refuses or is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from ccsync.testing.otlp import Answer, AppendStore, OtlpReceiver, partial, status
from tests.integration.otlp.five_days import FiveDays
from tests.support.backends import Collector, collector, prometheus
from tests.support.programs import program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

WORDS = "this backend takes no metrics on Sundays"


def refusal(code: int, words: str) -> Answer:
    """Refuse as OTLP wants it: with a message in protobuf. A Collector passes no other words on."""
    body = str(Status(message=words).SerializeToString(), "utf-8")  # pyright: ignore
    return status(code, body, content_type="application/x-protobuf")


@pytest.fixture
def backend() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.fixture
def between(backend: OtlpReceiver, tmp_path: Path) -> Iterator[Collector]:
    with collector(tmp_path / "collector", backend.base_url) as running:
        yield running


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_refusal_of_the_backend_reaches_the_user(
    protocol: str, usage: FiveDays, backend: OtlpReceiver, between: Collector
) -> None:
    endpoint = between.grpc if protocol == "grpc" else between.http
    usage.configure(endpoint, protocol=protocol)
    backend.answer_always(refusal(400, WORDS))
    done = usage.place.sync()
    assert done.exit == 3, done
    assert done.counts("metrics") == {"failed": 5}
    assert WORDS in done.problems
    assert ("gRPC INVALID_ARGUMENT" if protocol == "grpc" else "HTTP 400") in done.problems

    backend.answer_always(None)
    assert usage.place.sync().exit == 0
    usage.assert_shown(AppendStore(backend.stored))


def test_with_its_usual_queue_nobody_hears_of_a_refusal(
    usage: FiveDays, backend: OtlpReceiver, tmp_path: Path
) -> None:
    """Why the README says `sending_queue: {enabled: false}`: all is well, and nothing is there."""
    backend.answer_always(refusal(400, WORDS))
    with collector(tmp_path / "collector", backend.base_url, queue=True) as between:
        usage.configure(between.http)
        done = usage.place.sync()
        assert done.exit == 0, done
        assert done.counts("metrics") == {"delivered": 5}
        _until(lambda: len(backend.requests) >= 5)
    assert backend.stored == []
    assert "Dropping data" in (tmp_path / "collector" / "collector.log").read_text()


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_backend_that_is_away_is_waited_for(
    protocol: str, usage: FiveDays, backend: OtlpReceiver, between: Collector
) -> None:
    usage.configure(between.grpc if protocol == "grpc" else between.http, protocol=protocol)
    backend.answer_always(refusal(503, "the backend rests"))
    away = usage.place.sync()
    assert away.exit == 5, away
    assert away.counts("metrics") == {"failed": 5}
    assert "rests" in away.problems

    backend.answer_always(None)
    backend.answer_next(refusal(503, "one moment"))
    done = usage.place.sync()
    assert done.exit == 0, done
    assert done.counts("metrics") == {"delivered": 5}
    usage.assert_shown(AppendStore(backend.stored))


def test_no_collector_is_unavailable(
    usage: FiveDays, backend: OtlpReceiver, tmp_path: Path
) -> None:
    with collector(tmp_path / "collector", backend.base_url) as between:
        usage.configure(between.http)
    done = usage.place.sync()
    assert done.exit == 5, done
    assert between.http in done.problems


def test_a_partial_success_ends_at_the_collector(
    usage: FiveDays, backend: OtlpReceiver, between: Collector, tmp_path: Path
) -> None:
    """The README says so; when this fails, a Collector has learned to pass it on."""
    backend.answer_always(partial(3, "three were left out"))
    usage.configure(between.http)
    assert usage.place.sync().exit == 0
    assert "three were left out" in (tmp_path / "collector" / "collector.log").read_text()


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_too_old_is_understood_through_a_collector(
    protocol: str, usage: FiveDays, backend: OtlpReceiver, between: Collector
) -> None:
    usage.configure(between.grpc if protocol == "grpc" else between.http, protocol=protocol)
    backend.answer_always(refusal(400, "out of bounds"))
    done = usage.place.sync()
    assert done.exit == 4, done
    assert done.days("skipped") == usage.days


def test_prometheus_behind_a_collector_refuses_without_words(
    usage: FiveDays, tmp_path: Path
) -> None:
    """It answers in plain text, which the Collector keeps: loud all the same, and it heals."""
    program("otelcol")
    with (
        prometheus(tmp_path / "prometheus", out_of_order=None) as backend,
        collector(tmp_path / "collector", f"{backend.address}/api/v1/otlp") as between,
    ):
        usage.configure(between.http)
        done = usage.place.sync()
        assert done.exit == 4, done
        assert "look into that backend's log" in done.problems
        assert done.days("skipped") == usage.days

        backend.allow_old("60d")
        span = ("--from", str(usage.days[0]), "--to", str(usage.days[-1]))
        assert usage.place.sync(*span).exit == 0
        usage.assert_shown(backend)


def _until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)
