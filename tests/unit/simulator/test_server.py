from __future__ import annotations

import concurrent.futures
import socket

import pytest

from ccsync.simulator import REPORT_PATH, Organization, ScriptedOrganization, Simulator

from .conftest import DAY, Ask, Clock, Start, people, wait_for_threads


@pytest.fixture(name="ask")
def _ask(start: Start, clock: Clock) -> Ask:
    return start(Simulator(ScriptedOrganization({DAY: people(3)}), now=clock))


def talk(ask: Ask, *pieces: bytes) -> bytes:
    """Send bytes, say goodbye, and give all that comes back."""
    host, port = ask.api.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_a_connection_is_kept_alive_after_answers_of_all_kinds(ask: Ask) -> None:
    connection = ask.connect()
    connection.connect()
    kept = connection.sock
    for method, target, expected in (
        ("GET", f"{REPORT_PATH}?starting_at={DAY}", 200),
        ("GET", f"{REPORT_PATH}?starting_at=x", 400),
        ("POST", REPORT_PATH, 405),
        ("HEAD", REPORT_PATH, 405),
        ("GET", "/nowhere", 404),
        ("GET", f"{REPORT_PATH}?starting_at={DAY}", 200),
    ):
        body = b"x" * 5000 if method == "POST" else None
        connection.request(method, target, body=body, headers=ask.headers())
        response = connection.getresponse()
        response.read()
        assert response.status == expected
        assert connection.sock is kept
    connection.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"BREW / HTTP/1.1\r\n\r\n", b"501"),
        (b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b"413"),
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_closed(
    ask: Ask, sent: bytes, status: bytes
) -> None:
    received = talk(ask, sent)
    assert received.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in received
    assert b'"type":"invalid_request_error"' in received


def test_repeated_keys_are_not_let_in(ask: Ask) -> None:
    key = f"x-api-key: {ask.headers()['x-api-key']}\r\n".encode()
    line = f"GET {REPORT_PATH}?starting_at={DAY} HTTP/1.1\r\n".encode()
    version = b"anthropic-version: 2023-06-01\r\n"
    assert talk(ask, line, key, version, b"\r\n").startswith(b"HTTP/1.1 200")
    assert talk(ask, line, key, key, version, b"\r\n").startswith(b"HTTP/1.1 401")


def test_pipelined_requests_are_answered_in_order(ask: Ask) -> None:
    received = talk(ask, b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
    assert received.index(b"/a") < received.index(b"/b")


def test_a_client_that_leaves_causes_no_trouble(
    ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    usage = ask.api.usage
    assert isinstance(usage, ScriptedOrganization)
    usage.put(DAY, people(3_000))
    host, port = ask.api.base_url.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in ask.headers().items())
    request = f"GET {REPORT_PATH}?starting_at={DAY}&limit=1000 HTTP/1.1\r\n{head}\r\n".encode()
    for part in (request, request[:30], b""):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(part)
    wait_for_threads(1)
    assert ask.report().status == 200
    assert ask.api.close() == []
    assert capfd.readouterr().err == ""


def test_many_clients_at_once_get_the_same_bytes(start: Start, clock: Clock) -> None:
    ask = start(Simulator(Organization(seed=1, users=200), now=clock))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask.report, limit=1000) for _ in range(32)]
        bodies = [one.result(timeout=30).body for one in asked]
    assert len(set(bodies)) == 1
    numbers = [request.number for request in ask.api.requests]
    assert sorted(numbers) == list(range(1, 33))
