from __future__ import annotations

import gzip
import logging
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from ccsync.errors import SinkRefused
from ccsync.secret import Secret
from ccsync.testing.otlp import (
    Answer,
    OtlpReceiver,
    ServerTls,
    accepted,
    dropped,
    partial,
    redirect,
    status,
    web_page,
)
from ccsync_otlp.tls import lenient
from tests.support.certificates import Pair, make_old_authority
from tests.support.otlp import a_request
from tests.unit.sinks.otlp.conftest import Open

BODY = a_request(3, 4)
SECRET = "hcaik_01jz4p6s8r2w5t7y9u1i3o5p"  # noqa: S105 - invented


# Every kind of answer, what it is taken for, and the points that the destination has afterwards.
ANSWERS = [
    (accepted(), "accepted", 2),
    (accepted(partial_success=True), "accepted", 2),
    (partial(1, "too old sample"), "partial", 1),
    (partial(0, "a newer protocol is to be preferred"), "accepted", 2),
    (partial(0, "err-mimir-sample-out-of-order"), "partial", 2),
    (redirect("https://login.example/", 301), "refused", 0),
    (redirect("https://login.example/", 302), "refused", 0),
    (redirect("https://login.example/", 307), "refused", 0),
    (redirect("https://login.example/", 308), "refused", 0),
    (web_page(), "refused", 0),
    (status(200, "pong"), "refused", 0),
    (status(400, "out of bounds"), "bad_request", 0),
    (status(401), "refused", 0),
    (status(403), "refused", 0),
    (status(404), "refused", 0),
    (status(405), "refused", 0),
    (status(407), "refused", 0),
    (status(408), "unavailable", 0),
    (status(413), "too_large", 0),
    (status(415), "refused", 0),
    (status(422), "bad_request", 0),
    (status(429), "unavailable", 0),
    (status(429, retry_after=7), "unavailable", 0),
    (status(500, "too old sample"), "bad_request", 0),
    (status(500, "disk full"), "unavailable", 0),
    (status(502), "unavailable", 0),
    (status(503), "unavailable", 0),
    (status(503, retry_after="0"), "unavailable", 0),
    (status(504), "unavailable", 0),
    (status(503).but_stored(), "unavailable", 2),
    (dropped(), "unavailable", 0),
    (dropped(after_storing=True), "unavailable", 2),
]


@pytest.mark.parametrize(("answer", "kind", "stored"), ANSWERS)
def test_every_answer_takes_one_post(
    receiver: OtlpReceiver, open_transport: Open, answer: Answer, kind: str, stored: int
) -> None:
    receiver.answer_always(answer)
    transport = open_transport(endpoint=receiver.endpoint)
    assert transport.send(BODY).kind == kind
    assert len(receiver.requests) == 1
    assert len(receiver.stored) == stored
    receiver.answer_always(None)
    assert transport.send(BODY).kind == "accepted"
    assert len(receiver.requests) == 2


def test_a_slow_answer_is_not_waited_for_nor_asked_again(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    receiver.answer_always(accepted().slowly(5))
    response = open_transport(endpoint=receiver.endpoint, timeout=0.2).send(BODY)
    assert (response.kind, response.status) == ("unavailable", "no answer")
    assert (
        response.text
        == f"127.0.0.1:{receiver.port} gave no answer: nothing came within 0.2 seconds"
    )
    assert len(receiver.requests) == 1


def test_nobody_is_listening(receiver: OtlpReceiver, open_transport: Open) -> None:
    port = receiver.port
    transport = open_transport(endpoint=receiver.endpoint)
    receiver.close()
    response = transport.send(BODY)
    assert (response.kind, response.status) == ("unavailable", "no answer")
    assert response.text == f"127.0.0.1:{port} gave no answer: the connection was refused"


def test_a_name_that_does_not_exist(open_transport: Open) -> None:
    # Longer than a label may be: no name server is asked.
    response = open_transport(endpoint=f"http://{'x' * 64}.localhost:1").send(BODY)
    assert response.kind == "refused"
    assert "x.localhost:1 gave no answer" in response.text


def test_the_prepared_body_arrives_as_it_is(receiver: OtlpReceiver, open_transport: Open) -> None:
    open_transport(endpoint=receiver.endpoint, compression="none").send(BODY)
    open_transport(endpoint=receiver.endpoint, compression="gzip").send(BODY)
    plain, zipped = receiver.requests
    assert plain.body == zipped.body == BODY
    assert (plain.encoding, plain.bytes_received) == ("", len(BODY))
    assert (zipped.encoding, zipped.compressed) == ("gzip", True)
    assert zipped.bytes_received < len(gzip.compress(BODY, 0))


def test_headers_are_ours_and_the_protocols(
    receiver: OtlpReceiver, open_transport: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    # What the exporter would send by itself: not meant for this address.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=key")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    transport = open_transport(
        endpoint=receiver.endpoint,
        headers={"Authorization": Secret("Bearer abc"), "X-Scope-OrgID": Secret("blue")},
        compression="none",
    )
    assert transport.send(BODY).kind == "accepted"
    headers = receiver.requests[0].headers
    assert headers["authorization"] == "Bearer abc"
    assert headers["x-scope-orgid"] == "blue"
    assert headers["content-type"] == "application/x-protobuf"
    assert headers["user-agent"] == "ccsync/1.2 (+url)"
    assert "x-other" not in headers
    assert "content-encoding" not in headers


def test_the_environment_alone_is_enough(receiver: OtlpReceiver, open_transport: Open) -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.base_url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a%20b",
    }
    assert open_transport(environ, timeout=None).send(BODY).kind == "accepted"
    assert receiver.requests[0].headers["x-tenant"] == "a b"


@pytest.mark.parametrize(
    "answer",
    [
        status(401, f"unknown key {SECRET}"),
        status(401, f'{{"error": "unknown key {SECRET}"}}', content_type="application/json"),
        partial(1, f"key {SECRET} is old"),
        redirect(f"https://elsewhere.example/{SECRET}?key={SECRET}"),
        web_page(200, f"Hello {SECRET}"),
        status(200, SECRET),
    ],
)
def test_a_key_that_comes_back_is_not_shown(
    receiver: OtlpReceiver, open_transport: Open, answer: Answer
) -> None:
    receiver.answer_always(answer)
    headers = {"x-honeycomb-team": Secret(SECRET)}
    response = open_transport(endpoint=receiver.endpoint, headers=headers).send(BODY)
    assert response.text
    assert SECRET not in repr(response)


def test_words_are_kept_short_and_on_one_line(receiver: OtlpReceiver, open_transport: Open) -> None:
    receiver.answer_next(status(400, "no\r\n\x1b[31m" + "word " * 100_000))
    response = open_transport(endpoint=receiver.endpoint).send(BODY)
    assert response.text.startswith("no [31mword word")
    assert response.text.isprintable()
    assert len(response.text) == 2000


def test_the_pause_asked_for_is_read(receiver: OtlpReceiver, open_transport: Open) -> None:
    transport = open_transport(endpoint=receiver.endpoint)
    receiver.answer_next(status(429, retry_after=7))
    assert transport.send(BODY).retry_after == 7
    receiver.answer_next(status(503, retry_after="Fri, 01 Jan 2100 00:00:00 GMT"))
    pause = transport.send(BODY).retry_after
    assert pause is not None
    assert pause > 365 * 86400


def test_the_exporter_says_nothing(
    receiver: OtlpReceiver, open_transport: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="opentelemetry")
    receiver.answer_next(status(503), status(400), dropped())
    transport = open_transport(endpoint=receiver.endpoint)
    for _ in range(3):
        transport.send(BODY)
    assert not [one for one in caplog.records if one.name.startswith("opentelemetry")]


def test_one_connection_serves_many_requests(open_transport: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = open_transport(endpoint=f"http://127.0.0.1:{server.getsockname()[1]}")
        server.settimeout(5)
        served: list[int] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                for _ in range(2):
                    size = 0
                    while (line := lines.readline().strip().lower()) != b"":
                        if line.startswith(b"content-length:"):
                            size = int(line.split(b":")[1])
                    lines.read(size)
                    served.append(size)
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        assert [transport.send(BODY).kind for _ in range(2)] == ["accepted", "accepted"]
        thread.join()
        assert len(served) == 2


def test_an_answer_that_drips_for_ever_is_left(open_transport: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 500 Oh\r\ncontent-length: 9999999\r\n\r\n")
                try:
                    while not stop.wait(0.001):
                        connection.sendall(b"drip " * 100)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()
        response = open_transport(endpoint=address, timeout=0.3).send(BODY)
        assert time.monotonic() - began < 3
        stop.set()
        thread.join()
    assert (response.kind, response.status) == ("unavailable", "HTTP 500")


@pytest.mark.parametrize(
    ("at_once", "drip"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nx-head: ", b"x", id="in its head"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n", b"\x78", id="in its body"),
        # What came is an answer that can be read; the rest may say that points were rejected.
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + b"\x78\x01" * 256,
            b"\x78\x01" * 40,
            id="in its midst",
        ),
    ],
)
def test_a_good_answer_that_drips_is_none(
    open_transport: Open, at_once: bytes, drip: bytes
) -> None:
    stop = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(at_once)
            try:
                for _ in range(100):
                    if stop.wait(0.05):
                        break
                    connection.sendall(drip)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        place = f"127.0.0.1:{server.getsockname()[1]}"
        transport = open_transport(endpoint=f"http://{place}", timeout=0.3)
        began = time.monotonic()
        response = transport.send(BODY)
        assert time.monotonic() - began < 3
        stop.set()
        thread.join()
    assert (response.kind, response.status) == ("unavailable", "no answer")
    assert response.text == f"{place} gave no answer: no whole answer came within 0.3 seconds"


def test_after_an_answer_that_drips_the_next_one_is_asked_for(open_transport: Open) -> None:
    """Over a connection of its own: what comes late over the former one is nobody's answer."""
    stop = threading.Event()

    def serve() -> None:
        slow, _ = server.accept()
        with slow:
            slow.recv(65536)
            slow.sendall(b"HTTP/1.1 503 Later\r\n")
            stop.wait(5)
            quick, _ = server.accept()
            with quick:
                quick.recv(65536)
                quick.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        transport = open_transport(endpoint=endpoint, timeout=0.3)
        assert transport.send(BODY).status == "no answer"
        stop.set()
        assert transport.send(BODY).kind == "accepted"
        thread.join()


def test_a_proxy_of_the_environment_is_used_but_no_netrc(
    open_transport: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine otlp.example login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    # To a proxy, a target is a whole address.
    with OtlpReceiver(path="http://otlp.example/v1/metrics") as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url)
        monkeypatch.setenv("no_proxy", "")
        headers = {"authorization": Secret("Bearer abc")}
        transport = open_transport(endpoint="http://otlp.example", headers=headers)
        assert transport.send(BODY).kind == "accepted"
        assert proxy.requests[0].headers["authorization"] == "Bearer abc"


def test_loopback_is_never_asked_of_a_proxy(
    receiver: OtlpReceiver, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert open_transport(endpoint=receiver.endpoint).send(BODY).kind == "accepted"


@pytest.mark.parametrize(
    ("answer", "kind", "http_status"),
    [
        (b"", "unavailable", "no answer"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "refused", "HTTP 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "unavailable", "no answer"),
    ],
)
def test_a_proxy_that_does_not_let_us_through(
    open_transport: Open,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
    kind: str,
    http_status: str,
) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(65536))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        proxy = f"http://me:hunter22@127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("https_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        response = open_transport(endpoint="https://otlp.example").send(BODY)
        thread.join()
    assert len(asked) == 1
    assert asked[0].startswith(b"CONNECT otlp.example:443 ")
    assert (response.kind, response.status) == (kind, http_status)
    through = "was not reached through the proxy" if answer else "gave no answer"
    assert response.text.startswith(f"otlp.example:443 {through}")
    assert "hunter22" not in response.text


def test_tls_with_an_authority_of_ones_own(
    open_transport: Open, server_pair: Pair, monkeypatch: pytest.MonkeyPatch, other_pair: Pair
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other_pair.certificate))
    with OtlpReceiver(tls=ServerTls(*server_pair)) as receiver:
        tls = {"ca_file": str(server_pair.certificate)}
        assert _with_tls(open_transport, receiver, tls) == ("accepted", "")


def test_a_certificate_that_nobody_vouches_for(open_transport: Open, server_pair: Pair) -> None:
    with OtlpReceiver(tls=ServerTls(*server_pair)) as receiver:
        kind, text = _with_tls(open_transport, receiver, {})
        assert kind == "refused"
        assert "its certificate is not trusted: set tls.ca_file" in text
        assert receiver.requests == []


def test_a_certificate_for_another_name(open_transport: Open, other_pair: Pair) -> None:
    with OtlpReceiver(tls=ServerTls(*other_pair)) as receiver:
        kind, text = _with_tls(open_transport, receiver, {"ca_file": str(other_pair.certificate)})
        assert kind == "refused"
        assert "its certificate is for another name" in text


def test_a_receiver_that_wants_a_certificate(
    open_transport: Open, server_pair: Pair, other_pair: Pair
) -> None:
    wants = ServerTls(*server_pair, client_ca=other_pair.certificate)
    with OtlpReceiver(tls=wants) as receiver:
        trusted = {"ca_file": str(server_pair.certificate)}
        ours = {"certificate_file": str(other_pair.certificate), "key_file": str(other_pair.key)}
        assert _with_tls(open_transport, receiver, {**trusted, **ours}) == ("accepted", "")
        kind, text = _with_tls(open_transport, receiver, trusted)
        assert kind == "refused"
        assert "set tls.certificate_file and tls.key_file" in text


def test_https_to_a_receiver_without_it(receiver: OtlpReceiver, open_transport: Open) -> None:
    address = receiver.endpoint.replace("http:", "https:")
    response = open_transport(endpoint=address).send(BODY)
    assert response.kind == "refused"
    assert "does not speak TLS; use http:// in `endpoint`" in response.text


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_certificate_is_named(
    open_transport: Open, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SinkRefused, match=f"tls.ca_file .*{path} cannot be used"):
        open_transport(endpoint="https://otlp.example", tls=_tls({"ca_file": str(path)}))


def test_sending_after_closing_is_a_fault_of_ours(
    receiver: OtlpReceiver, open_transport: Open
) -> None:
    transport = open_transport(endpoint=receiver.endpoint)
    transport.close()
    transport.close()
    with pytest.raises(RuntimeError, match="nothing was sent"):
        transport.send(BODY)


def test_an_authority_without_key_identifiers(open_transport: Open, tmp_path: Path) -> None:
    """As older clusters have it; from 3.13 on, Python takes none of these if not told to."""
    authority, pair = make_old_authority(tmp_path, "IP:127.0.0.1")
    with OtlpReceiver(tls=ServerTls(*pair)) as receiver:
        tls = {"ca_file": str(authority)}
        assert _with_tls(open_transport, receiver, tls) == ("accepted", "")


def test_certificates_are_not_checked_more_strictly_than_elsewhere() -> None:
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert not lenient(context).verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def _with_tls(open_transport: Open, receiver: OtlpReceiver, tls: dict[str, str]) -> tuple[str, str]:
    response = open_transport(endpoint=receiver.endpoint, tls=_tls(tls)).send(BODY)
    return response.kind, response.text


def _tls(files: dict[str, str]) -> object:
    from ccsync_otlp.settings import TlsSettings

    return TlsSettings(**files)
