from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from ccsync.testing.otlp import (
    Answer,
    OtlpReceiver,
    Request,
    accepted,
    dropped,
    grpc_error,
    partial,
    redirect,
    status,
    web_page,
)
from tests.support.otlp import NOON_NS, a_request

PROTOBUF = {"content-type": "application/x-protobuf"}
METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


def post(
    receiver: OtlpReceiver,
    body: bytes = b"",
    *,
    path: str = "/v1/metrics",
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=5)
    try:
        connection.request(method, path, body, PROTOBUF if headers is None else headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def call(receiver: OtlpReceiver, body: bytes = b"", method: str = METHOD) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{receiver.grpc_port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return export(body, timeout=5)


def test_the_official_exporter_is_understood() -> None:
    point = NumberDataPoint(
        attributes={"user": "mira"}, start_time_unix_nano=0, time_unix_nano=NOON_NS, value=3
    )
    metric = Metric(name="m", description="d", unit="{x}", data=Gauge(data_points=[point]))
    scope = ScopeMetrics(scope=InstrumentationScope("ccsync"), metrics=[metric], schema_url="")
    resource = Resource({"service.name": "ccsync"})
    data = MetricsData([ResourceMetrics(resource=resource, scope_metrics=[scope], schema_url="")])
    with OtlpReceiver() as receiver:
        exporter = OTLPMetricExporter(
            endpoint=receiver.endpoint, headers={"X-Tenant": "blue"}, compression=Compression.Gzip
        )
        result = exporter.export(data)  # pyright: ignore[reportUnknownMemberType]
        assert result is MetricExportResult.SUCCESS
        exporter.shutdown()  # pyright: ignore[reportUnknownMemberType]
        (request,) = receiver.requests
    assert request.headers["x-tenant"] == "blue"
    assert (request.protocol, request.encoding, request.compressed) == ("http", "gzip", True)
    assert receiver.stored == list(request.points)
    assert [(one.metric, one.value, one.attribute("user")) for one in request.points] == [
        ("m", 3, "mira")
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (accepted(), (200, b"")),
        (status(404, "nothing here"), (404, b"nothing here")),
        (redirect("/elsewhere", 301), (301, b"")),
        (grpc_error("RESOURCE_EXHAUSTED", "slow down", retry_after=3), (429, b"slow down")),
        (grpc_error("UNAVAILABLE"), (503, b"")),
    ],
)
def test_answers_over_http(answer: Answer, expected: tuple[int, bytes]) -> None:
    with OtlpReceiver() as receiver:
        receiver.answer_next(answer)
        code, headers, body = post(receiver, a_request(1))
        assert (code, body) == expected
        assert headers.get("retry-after") == (None if answer.retry_after is None else "3")
        assert headers.get("location") == ("/elsewhere" if code == 301 else None)
        assert post(receiver, a_request(1))[0] == 200


def test_partial_success_is_sent_as_a_collector_sends_it() -> None:
    with OtlpReceiver(protocols=["http", "grpc"]) as receiver:
        receiver.answer_always(accepted(partial_success=True))
        for body in (post(receiver)[2], call(receiver)):
            assert body == b"\x0a\x00"
        receiver.answer_always(partial(2, "too old"))
        for body in (post(receiver, a_request(1, 2, 3))[2], call(receiver, a_request(1, 2, 3))):
            said = ExportMetricsServiceResponse.FromString(body).partial_success
            assert (said.rejected_data_points, said.error_message) == (2, "too old")
        assert [point.value for point in receiver.stored] == [1, 1]


def test_points_can_be_refused_with_their_request_or_alone() -> None:
    with OtlpReceiver(protocols=["http", "grpc"]) as receiver:
        receiver.refuse_points(lambda point: point.value == 2)
        assert post(receiver, a_request(1, 2, 3))[::2] == (400, b"out of bounds")
        with pytest.raises(grpc.RpcError, match="out of bounds"):
            call(receiver, a_request(1, 2, 3))
        assert receiver.stored == []
        assert post(receiver, a_request(1, 3))[0] == 200
        receiver.refuse_points(None)
        receiver.reject_points(lambda point: point.value == 2, "too old")
        body = post(receiver, a_request(1, 2, 3))[2]
        assert (
            ExportMetricsServiceResponse.FromString(body).partial_success.rejected_data_points == 1
        )
        receiver.reject_points(None)
        post(receiver, a_request(2))
        assert [point.value for point in receiver.stored] == [1, 3, 1, 3, 2]
        assert [len(verdict.stored) for verdict in receiver.verdicts] == [0, 0, 2, 2, 1]
        receiver.clear()
        assert (receiver.requests, receiver.verdicts, receiver.stored) == ([], [], [])


def test_a_function_may_decide() -> None:
    def only_blue(request: Request) -> Answer | None:
        return None if request.headers.get("x-tenant") == "blue" else status(401)

    with OtlpReceiver() as receiver:
        receiver.answer_with(only_blue)
        assert post(receiver)[0] == 401
        assert post(receiver, headers={**PROTOBUF, "X-Tenant": "blue"})[0] == 200


def test_sizes_can_be_limited() -> None:
    with OtlpReceiver(protocols=["http", "grpc"]) as receiver:
        receiver.limit(100)
        assert post(receiver, a_request(1, 2, 3))[0] == 413
        with pytest.raises(grpc.RpcError, match="larger than max"):
            call(receiver, a_request(1, 2, 3))
        receiver.limit(None)
        assert post(receiver, a_request(1, 2, 3))[0] == 200


@pytest.mark.parametrize(
    ("path", "method", "headers", "body", "code"),
    [
        ("/v1/traces", "POST", PROTOBUF, b"", 404),
        ("/v1/metrics?x=1", "POST", PROTOBUF, b"", 200),
        ("/v1/metrics", "GET", PROTOBUF, b"", 405),
        ("/v1/metrics", "POST", {"content-type": "application/json"}, b"{}", 415),
        ("/v1/metrics", "POST", PROTOBUF, b"\xff", 400),
        ("/v1/metrics", "POST", {**PROTOBUF, "content-encoding": "gzip"}, b"\xff", 400),
        ("/v1/metrics", "POST", {**PROTOBUF, "content-encoding": "br"}, b"", 415),
    ],
)
def test_what_is_sent_wrongly_is_refused_and_kept(
    path: str, method: str, headers: dict[str, str], body: bytes, code: int
) -> None:
    with OtlpReceiver() as receiver:
        receiver.answer_next(accepted())
        sent = {**headers, "content-length": str(len(body))}
        assert post(receiver, body, path=path, method=method, headers=sent)[0] == code
        assert [(one.method, one.path) for one in receiver.requests] == [(method, path)]


def test_the_path_can_be_another_one() -> None:
    with OtlpReceiver(path="/api/v1/otlp/v1/metrics") as receiver:
        assert receiver.endpoint == f"{receiver.base_url}/api/v1/otlp/v1/metrics"
        assert post(receiver, path="/api/v1/otlp/v1/metrics")[0] == 200
        assert post(receiver)[0] == 404


def test_another_grpc_method_is_not_there() -> None:
    with OtlpReceiver(protocols=["grpc"]) as receiver:
        with pytest.raises(grpc.RpcError) as caught:
            call(receiver, method="/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        assert isinstance(caught.value, grpc.Call)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert receiver.requests == []


@pytest.mark.parametrize("after_storing", [False, True])
def test_connections_are_dropped(*, after_storing: bool) -> None:
    with OtlpReceiver() as receiver:
        receiver.answer_next(dropped(after_storing=after_storing))
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            post(receiver, a_request(1))
        assert len(receiver.requests) == 1
        assert len(receiver.stored) == after_storing


def test_slow_answers_end_when_the_receiver_does() -> None:
    receiver = OtlpReceiver()
    receiver.start()
    receiver.answer_always(web_page(502).slowly(60))
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as connection:
        head = "POST /v1/metrics HTTP/1.1\r\ncontent-type: application/x-protobuf\r\n"
        connection.sendall(f"{head}content-length: 0\r\n\r\n".encode())
        while not receiver.requests:
            time.sleep(0.005)
        began = time.monotonic()
        receiver.close()
        assert time.monotonic() - began < 5
    receiver.close()


def test_no_threads_are_left() -> None:
    before = threading.active_count()
    with OtlpReceiver(protocols=["http", "grpc"]) as receiver:
        post(receiver, a_request(1))
        call(receiver, a_request(1))
    # grpc ends its own threads a moment later.
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_a_failure_of_a_rule_comes_out_in_the_end() -> None:
    def broken(request: Request) -> Answer | None:
        raise LookupError("a mistake in the test")

    receiver = OtlpReceiver()
    receiver.start()
    receiver.answer_with(broken)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        post(receiver)
    with pytest.raises(ExceptionGroup, match="the OTLP receiver failed") as caught:
        receiver.close()
    assert isinstance(caught.value.exceptions[0], LookupError)


def test_misuse_is_explained() -> None:
    with pytest.raises(ValueError, match="unknown protocols: \\['udp'\\]"):
        OtlpReceiver(protocols=["udp"])  # type: ignore[list-item]
    receiver = OtlpReceiver()
    with pytest.raises(RuntimeError, match="no HTTP server runs"):
        _ = receiver.endpoint
    with receiver, pytest.raises(RuntimeError, match='with "grpc" among the protocols'):
        _ = receiver.grpc_endpoint


def test_the_missing_extra_is_named() -> None:
    program = """
import sys
sys.modules["opentelemetry"] = None
from ccsync.testing.otlp import OtlpReceiver
try:
    OtlpReceiver()
except ImportError as error:
    print(error)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "ccsync.testing.otlp needs the extra `otlp`: pip install 'ccsync[otlp]'" in done.stdout
