"""`telemetry:`: what each run says of itself, and that nothing about it can spoil a run."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ccsync.simulator import effects
from ccsync.testing.otlp import Answer, OtlpReceiver, partial, redirect, status, web_page
from tests.end_to_end.otlp import LIBRARIES
from tests.end_to_end.scene import NEWEST, Scene
from tests.end_to_end.truth import a_row

KEY = "a-key-of-the-receiver"


@pytest.fixture
def receiver(scene: Scene) -> Iterator[OtlpReceiver]:
    scene.place.imports = LIBRARIES
    with OtlpReceiver(protocols=("http", "grpc")) as receiver:
        yield receiver


def configure(scene: Scene, patience: str = "2s", **telemetry: Any) -> None:
    sinks = {"usage": scene.sqlite, "other": scene.scripted("other")}
    scene.configure(sinks, source={"retry_deadline": patience}, telemetry=telemetry)


def numbers(receiver: OtlpReceiver) -> dict[tuple[str, object], float]:
    """What was received, by metric and sink."""
    return {
        (point.series.metric.removeprefix("ccsync."), point.series.attribute("sink")): point.value
        for point in receiver.stored
    }


def shown(found: Mapping[tuple[str, object], float]) -> dict[tuple[str, object], float]:
    """Leave out what depends on the speed of this machine."""
    return {
        key: value
        for key, value in found.items()
        if key[0] not in {"run.duration", "run.last_success", "data.freshness"}
    }


def test_a_good_run(scene: Scene, receiver: OtlpReceiver) -> None:
    configure(scene, endpoint=receiver.base_url, headers={"x-api-key": KEY})
    done = scene.sync()
    assert done.exit == 0, done
    (request,) = receiver.requests
    assert request.headers["x-api-key"] == KEY
    assert request.headers["user-agent"].startswith("ccsync/")
    assert KEY not in done.stderr
    found = numbers(receiver)
    expected: dict[tuple[str, object], float] = {("run.exit", None): 0, ("errors", None): 0}
    for sink in ("usage", "other"):
        expected |= {("days.delivered", sink): 5, ("records", sink): 10, ("errors", sink): 0}
    assert shown(found) == expected
    assert 0 < found["run.duration", None] < 30
    assert abs(found["run.last_success", None] - scene.place.clock().timestamp()) < 60
    assert 0 <= found["data.freshness", "usage"] < 30
    assert done.named("telemetry.not_sent") == []


def test_series_stay_the_same_from_run_to_run(scene: Scene, receiver: OtlpReceiver) -> None:
    configure(scene, endpoint=receiver.base_url, service_name="nightly", service_namespace="usage")
    scene.sync()
    first = {point.series for point in receiver.stored}
    receiver.clear()
    scene.place.clock.advance(hours=2)
    scene.sync()
    assert {point.series for point in receiver.stored} == first
    (resource,) = {series.resource for series in first}
    assert resource == (("service.name", "nightly"), ("service.namespace", "usage"))
    found = numbers(receiver)
    assert found["days.delivered", "usage"] == 0
    assert found["data.freshness", "usage"] < 30, "unchanged is fresh, too: the API was asked"


def test_a_run_that_fails_says_so(scene: Scene, receiver: OtlpReceiver) -> None:
    configure(scene, "0.3s", endpoint=receiver.base_url)
    scene.sync()
    scene.put(NEWEST, a_row(NEWEST, "newcomer"))
    receiver.clear()
    scene.api.faults.add(effects.status(500), path=None, times=None)
    scene.place.clock.advance(hours=30)
    done = scene.sync()
    assert done.exit == 5
    found = numbers(receiver)
    assert found["run.exit", None] == 5
    assert ("run.last_success", None) not in found
    assert found["errors", "usage"] > 0
    assert found["data.freshness", "usage"] > 30 * 3600 - 60, "the age of what is shown"


def test_a_run_that_ends_before_it_began(scene: Scene, receiver: OtlpReceiver) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-0000000000-no-such-key"
    configure(scene, endpoint=receiver.base_url)
    assert scene.sync().exit == 3
    found = numbers(receiver)
    assert (found["run.exit", None], found["errors", None]) == (3, 1)
    assert found["days.delivered", "usage"] == 0
    assert ("data.freshness", "usage") not in found, "nothing was ever acknowledged"


def test_a_run_that_is_stopped(scene: Scene, receiver: OtlpReceiver) -> None:
    configure(scene, endpoint=receiver.base_url)
    scene.api.faults.add(effects.latency(20), path=None, times=None)
    with scene.place.start("sync") as running:
        deadline = time.monotonic() + 20
        while not scene.api.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send(signal.SIGTERM)
        done = running.wait()
    assert done.exit == 143, done
    assert numbers(receiver)["run.exit", None] == 143


def test_over_grpc_from_the_environment(scene: Scene, receiver: OtlpReceiver) -> None:
    configure(scene)
    scene.place.environment |= {
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.grpc_endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={KEY}",
    }
    done = scene.sync()
    assert done.exit == 0, done
    assert numbers(receiver)["run.exit", None] == 0
    (request,) = receiver.requests
    assert (request.protocol, request.headers["x-api-key"]) == ("grpc", KEY)


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_key_of_the_environment_goes_nowhere_else(
    scene: Scene, receiver: OtlpReceiver, protocol: str
) -> None:
    endpoint = receiver.grpc_endpoint if protocol == "grpc" else receiver.base_url
    configure(scene, endpoint=endpoint, protocol=protocol)
    scene.place.environment["OTEL_EXPORTER_OTLP_HEADERS"] = f"x-api-key={KEY}"
    assert scene.sync().exit == 0
    (request,) = receiver.requests
    assert KEY not in str(request.headers)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(401, "no such key"), "HTTP 401"),
        (redirect("http://127.0.0.1:9/"), "a redirect, is not followed"),
        (web_page(), "a web page answered, and no receiver"),
        (partial(3, "some were rejected"), "3 points were rejected: some were rejected"),
    ],
    ids=["login", "redirect", "page", "partial"],
)
def test_what_is_not_taken_is_a_warning(
    scene: Scene, receiver: OtlpReceiver, answer: Answer, reason: str
) -> None:
    receiver.answer_always(answer)
    configure(scene, endpoint=receiver.base_url)
    done = scene.sync()
    assert done.exit == 0, done
    (warning,) = done.named("telemetry.not_sent")
    assert warning["level"] == "warning"
    assert reason in warning["reason"]
    assert done.messages == "", "the exporter's own words are in the warning"


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_receiver_that_is_away(scene: Scene, protocol: str) -> None:
    configure(scene, "0.3s", endpoint="http://127.0.0.1:9", protocol=protocol, timeout="1s")
    scene.api.faults.add(effects.status(500), day=NEWEST, times=None)
    start = time.monotonic()
    done = scene.sync()
    assert done.exit == 5, "the exit code is the run's own"
    assert time.monotonic() - start < 20
    (warning,) = done.named("telemetry.not_sent")
    assert warning["reason"]
    assert done.messages == ""


def test_a_receiver_that_never_ends_its_answer(scene: Scene, receiver: OtlpReceiver) -> None:
    receiver.answer_always(status(200, "").slowly(8))
    configure(scene, endpoint=receiver.base_url, timeout="0.5s")
    start = time.monotonic()
    done = scene.sync()
    assert done.exit == 0, done
    assert len(done.named("telemetry.not_sent")) == 1
    assert time.monotonic() - start < 7


def test_off_unless_it_is_asked_for(scene: Scene, receiver: OtlpReceiver) -> None:
    scene.place.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.base_url
    scene.configure()
    assert scene.sync().exit == 0
    configure(scene, endpoint=receiver.base_url)
    for other in (["--dry-run"], ["--from", "3d"], ["--shard", "0/2"]):
        assert scene.sync(*other).exit == 0, "how it went says nothing of the usual runs"
    assert receiver.requests == []
    assert scene.sync().exit == 0
    assert len(receiver.requests) == 1


def test_without_the_extra_it_is_a_fault_of_the_settings(scene: Scene) -> None:
    # A package of that name without content hides the real one.
    fake = scene.place.directory / "fake" / "opentelemetry"
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    scene.place.plugins = (*scene.place.plugins, fake.parent)
    assert scene.sync().exit == 0, "nobody needs it who does not ask for it"
    configure(scene, endpoint="http://127.0.0.1:9")
    for command in ("sync", "check", "status"):
        done = scene.place.run(command)
        assert done.exit == 2, done
        assert "telemetry: needs the library opentelemetry." in done.stderr
        assert "pip install 'ccsync[otlp]'" in done.stderr


@pytest.mark.parametrize(
    ("telemetry", "fault"),
    [
        ({"endpoint": "collector:4318"}, "endpoint: expected an address such as http://"),
        ({"endpoint": "http://user:secret-word@collector"}, "a login cannot stand in the address"),
        ({"timeout": "10m"}, "timeout: expected more than 0s, and at most 60s"),
        ({"endpont": "http://collector"}, "did you mean 'endpoint'?"),
    ],
)
def test_faults_of_the_section(scene: Scene, telemetry: dict[str, Any], fault: str) -> None:
    configure(scene, **telemetry)
    done = scene.sync()
    assert done.exit == 2
    assert fault in done.stderr
    assert "secret-word" not in done.stderr
