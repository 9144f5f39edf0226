from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from ccsync.secret import Secret
from ccsync.testing.otlp import (
    Answer,
    OtlpReceiver,
    ServerTls,
    accepted,
    dropped,
    grpc_error,
    partial,
    redirect,
    status,
)
from ccsync_otlp.settings import TlsSettings
from tests.support.certificates import Pair
from tests.support.otlp import a_request
from tests.unit.sinks.otlp.conftest import Open

BODY = a_request(3, 4)
SECRET = "hcaik_01jz4p6s8r2w5t7y9u1i3o5p"  # noqa: S105 - invented

ANSWERS = [
    (accepted(), "accepted", 2),
    (accepted(partial_success=True), "accepted", 2),
    (partial(1, "too old sample"), "partial", 1),
    (partial(0, "a newer protocol is to be preferred"), "accepted", 2),
    (partial(0, "err-mimir-sample-out-of-order"), "partial", 2),
    (redirect("https://login.example/"), "refused", 0),
    (grpc_error("INVALID_ARGUMENT", "out of bounds"), "bad_request", 0),
    (grpc_error("FAILED_PRECONDITION", "Points must be written in order."), "bad_request", 0),
    (grpc_error("UNAUTHENTICATED"), "refused", 0),
    (grpc_error("PERMISSION_DENIED"), "refused", 0),
    (grpc_error("UNIMPLEMENTED"), "refused", 0),
    (grpc_error("NOT_FOUND"), "refused", 0),
    (grpc_error("RESOURCE_EXHAUSTED", "too many requests"), "unavailable", 0),
    (grpc_error("RESOURCE_EXHAUSTED", "too many requests", retry_after=7), "unavailable", 0),
    (status(413), "too_large", 0),
    (grpc_error("UNAVAILABLE", "busy"), "unavailable", 0),
    (grpc_error("UNAVAILABLE", "busy", retry_after=7), "unavailable", 0),
    (grpc_error("ABORTED"), "unavailable", 0),
    (grpc_error("CANCELLED"), "unavailable", 0),
    (grpc_error("DATA_LOSS"), "unavailable", 0),
    (grpc_error("OUT_OF_RANGE"), "unavailable", 0),
    (grpc_error("UNKNOWN", "no idea"), "unavailable", 0),
    (grpc_error("UNKNOWN", "Permanent error: rejected"), "bad_request", 0),
    (grpc_error("INTERNAL", "too old sample"), "bad_request", 0),
    (grpc_error("UNAVAILABLE").but_stored(), "unavailable", 2),
    (dropped(), "unavailable", 0),
    (dropped(after_storing=True), "unavailable", 2),
]


@pytest.mark.parametrize(("answer", "kind", "stored"), ANSWERS)
def test_every_answer_takes_one_call(
    receiver: OtlpReceiver, open_transport: Open, answer: Answer, kind: str, stored: int
) -> None:
    receiver.answer_always(answer)
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc")
    response = transport.send(BODY)
    assert response.kind == kind
    assert response.retry_after == answer.retry_after
    assert len(receiver.requests) == 1
    assert len(receiver.stored) == stored
    receiver.answer_always(None)
    assert transport.send(BODY).kind == "accepted"
    assert len(receiver.requests) == 2


def test_a_slow_answer_is_not_waited_for_nor_asked_again(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    receiver.answer_always(accepted().slowly(5))
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", timeout=0.2)
    response = transport.send(BODY)
    assert (response.kind, response.status) == ("unavailable", "no answer")
    assert response.text.endswith(
        f":{receiver.grpc_port} gave no answer: nothing came within 0.2 seconds"
    )
    assert len(receiver.requests) == 1


def test_a_certificate_behind_the_receiver_is_not_the_receivers(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    words = "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
    receiver.answer_always(grpc_error("UNAVAILABLE", words))
    response = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc").send(BODY)
    assert (response.kind, response.status) == ("unavailable", "gRPC UNAVAILABLE")
    assert response.text == words


def test_who_was_away_is_reached_again_at_once(open_transport: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    transport = open_transport(endpoint=f"http://127.0.0.1:{port}", protocol="grpc")
    for _ in range(2):
        response = transport.send(BODY)
        assert (response.kind, response.status) == ("unavailable", "no answer")
        assert f"127.0.0.1:{port} gave no answer" in response.text


def test_a_message_over_the_servers_limit(receiver: OtlpReceiver, open_transport: Open) -> None:
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc")
    response = transport.send(b"\x0a" + b"\x80" * 5_000_000)
    assert (response.kind, response.status) == ("too_large", "gRPC RESOURCE_EXHAUSTED")
    assert receiver.requests == []


def test_the_prepared_body_and_the_metadata_arrive(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    headers = {"X-Tenant": Secret("blue"), "authorization": Secret("Bearer abc")}
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", headers=headers)
    assert transport.send(BODY).kind == "accepted"
    request = receiver.requests[0]
    assert request.body == BODY
    assert request.headers["x-tenant"] == "blue"
    assert request.headers["authorization"] == "Bearer abc"
    assert request.headers["user-agent"].startswith("ccsync/1.2 (+url) ")


@pytest.mark.parametrize(("compression", "smaller"), [("gzip", True), ("none", False)])
def test_a_compressed_message_is_smaller_on_the_way(
    receiver: OtlpReceiver, open_transport: Open, compression: str, *, smaller: bool
) -> None:
    body = a_request(*range(2000))
    with _Wire(receiver.grpc_port) as wire:
        address = f"http://127.0.0.1:{wire.port}"
        transport = open_transport(endpoint=address, protocol="grpc", compression=compression)
        assert transport.send(body).kind == "accepted"
        transport.close()
    assert receiver.requests[0].body == body
    assert (wire.sent < len(body) / 3) is smaller


def test_a_key_that_comes_back_is_not_shown(receiver: OtlpReceiver, open_transport: Open) -> None:
    receiver.answer_always(grpc_error("UNAUTHENTICATED", f"unknown key {SECRET}"))
    headers = {"x-honeycomb-team": Secret(SECRET)}
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", headers=headers)
    assert transport.send(BODY).text == "unknown key ***"


def test_http_where_grpc_is_spoken(receiver: OtlpReceiver, open_transport: Open) -> None:
    transport = open_transport(endpoint=receiver.base_url, protocol="grpc", timeout=1.0)
    assert transport.send(BODY).kind == "unavailable"
    assert receiver.stored == []


@pytest.mark.parametrize("of_client", [False, True])
def test_tls(open_transport: Open, server_pair: Pair, other_pair: Pair, *, of_client: bool) -> None:
    ca = other_pair.certificate if of_client else None
    with OtlpReceiver(protocols=["grpc"], tls=ServerTls(*server_pair, ca)) as receiver:
        ours = str(other_pair.certificate), str(other_pair.key)
        tls = TlsSettings(
            ca_file=str(server_pair.certificate),
            certificate_file=ours[0] if of_client else None,
            key_file=ours[1] if of_client else None,
        )
        transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", tls=tls)
        assert transport.send(BODY).kind == "accepted"
        assert len(receiver.stored) == 2


def test_a_certificate_that_nobody_vouches_for(
    open_transport: Open, server_pair: Pair, other_pair: Pair
) -> None:
    with OtlpReceiver(protocols=["grpc"], tls=ServerTls(*server_pair)) as receiver:
        tls = TlsSettings(ca_file=str(other_pair.certificate))
        transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", tls=tls)
        response = transport.send(BODY)
        assert response.kind == "refused"
        assert "its certificate is not trusted: set tls.ca_file" in response.text


def test_a_certificate_for_another_name(open_transport: Open, other_pair: Pair) -> None:
    with OtlpReceiver(protocols=["grpc"], tls=ServerTls(*other_pair)) as receiver:
        tls = TlsSettings(ca_file=str(other_pair.certificate))
        transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc", tls=tls)
        response = transport.send(BODY)
        assert response.kind == "refused"
        assert "its certificate is for another name" in response.text


def test_tls_to_a_receiver_without_it(receiver: OtlpReceiver, open_transport: Open) -> None:
    address = receiver.grpc_endpoint.replace("http:", "https:")
    response = open_transport(endpoint=address, protocol="grpc").send(BODY)
    assert response.kind == "refused"
    assert "does not speak TLS; use http:// in `endpoint`" in response.text


def test_nothing_goes_past_the_log(receiver: OtlpReceiver) -> None:
    # In a process of its own: what the library prints is settled when it is first imported.
    program = """
import datetime, sys
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.settings import OtlpConfig
from ccsync_otlp.transport import connect

config = OtlpConfig(type="otlp", endpoint=sys.argv[1], protocol="grpc", timeout=5.0)
transport = connect(resolve(config, {}), user_agent="x", now=lambda: datetime.datetime.now())
print(transport.send(b"").kind)
transport.close()
"""
    address = receiver.grpc_endpoint.replace("http:", "https:")
    command = [sys.executable, "-c", program, address]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("refused\n", "")


def test_sending_after_closing_is_a_fault_of_ours(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    transport = open_transport(endpoint=receiver.grpc_endpoint, protocol="grpc")
    transport.close()
    transport.close()
    with pytest.raises(RuntimeError, match="nothing was sent"):
        transport.send(BODY)


class _Wire:
    """Passes one connection on to a port of loopback, and counts what the client sends."""

    def __init__(self, target: int) -> None:
        self.sent = 0
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(10)
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Wire:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        client, _ = self._server.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as target:
            back = threading.Thread(target=self._pass, args=(target, client))
            back.start()
            self.sent = self._pass(client, target)
            back.join()

    def _pass(self, source: socket.socket, target: socket.socket) -> int:
        count = 0
        try:
            while chunk := source.recv(65536):
                count += len(chunk)
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return count
