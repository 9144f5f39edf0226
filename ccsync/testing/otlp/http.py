"""The HTTP side of the receiver: keeps connections alive, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import socket
import socketserver
import ssl
import struct
import threading
import zlib
from typing import Any, cast

from ccsync.testing.otlp.answers import PROTOBUF, Answer, status
from ccsync.testing.otlp.exchange import Desk

LOOPBACK = "127.0.0.1"

_GLANCE_SECONDS = 0.02
_PATIENCE_SECONDS = 1.0
_MOST_BYTES = 256 * 2**20


class HttpServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of loopback; `close` ends every connection and thread."""

    allow_reuse_address = True
    request_queue_size = 128
    daemon_threads = False
    block_on_close = True

    def __init__(self, desk: Desk, path: str, tls: ssl.SSLContext | None) -> None:
        """Listen, and serve in the background."""
        self.desk = desk
        self.path = path
        self.closing = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self.failures: list[BaseException] = []
        super().__init__((LOOPBACK, 0), _Handler)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_GLANCE_SECONDS,), name="otlp-http", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self.socket.getsockname()[1])

    def close(self) -> None:
        """Stop; waits for the threads."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the TLS handshake happens later, in its own thread."""
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection until its end."""
        if isinstance(request, ssl.SSLSocket):
            try:
                request.do_handshake()
            except ssl.SSLError:
                _let_alert_be_read(request)
                raise
        super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget and close a connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep a failure of ours; a client that left, or did not trust us, is none."""
        import sys

        del request, client_address
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.failures.append(error)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Reads the requests of one connection and sends the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _owner(self) -> HttpServer:
        return cast("HttpServer", self.server)

    def handle_request(self) -> None:
        """Read one request, have it decided, and answer."""
        size = self.headers.get("content-length", "")
        if not (size.isascii() and size.isdigit()) or int(size) > _MOST_BYTES:
            self.close_connection = True
            self._send(status(411, "a content-length is needed"))
            return
        raw = self.rfile.read(int(size))
        encoding = self.headers.get("content-encoding", "").strip().lower()
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, unfit = _decoded(raw, encoding)
        self._send(
            self._owner.desk.receive(
                "http",
                self.path,
                headers,
                body,
                method=self.command,
                encoding=encoding,
                bytes_received=len(raw),
                unfit=unfit or self._unfit(),
            )
        )

    do_GET = do_POST = do_PUT = handle_request  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""

    def _unfit(self) -> Answer | None:
        """Refuse what is sent to the wrong address or as the wrong thing."""
        if self.path.partition("?")[0] != self._owner.path:
            return status(404, "404 page not found")
        if self.command != "POST":
            return status(405, "405 method not allowed", headers=(("allow", "POST"),))
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != PROTOBUF:
            return status(415, "415 unsupported media type, supported: [application/x-protobuf]")
        return None

    def _send(self, answer: Answer) -> None:
        if answer.delay:
            self._owner.closing.wait(answer.delay)
        if answer.dropped is not None:
            self.close_connection = True
            # An abrupt end: the client gets a reset, as from a killed process.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        body = _body(answer)
        self.send_response(answer.status)
        if body:
            self.send_header("content-type", answer.content_type)
        self.send_header("content-length", str(len(body)))
        if answer.retry_after is not None:
            self.send_header("retry-after", str(answer.retry_after))
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _let_alert_be_read(connection: ssl.SSLSocket) -> None:
    """Take what the client still sends: after a close, a reset would overtake the alert."""
    with contextlib.suppress(OSError):
        plain = socket.socket(fileno=connection.detach())
        with plain:
            plain.settimeout(_PATIENCE_SECONDS)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass


def _body(answer: Answer) -> bytes:
    """Give the bytes of an answer: protobuf where it speaks of points, else its text."""
    if answer.text or not answer.says_partial_success:
        return answer.text.encode()
    from ccsync.testing.otlp.protobuf import response

    return response(answer)


def _decoded(raw: bytes, encoding: str) -> tuple[bytes, Answer | None]:
    try:
        match encoding:
            case "" | "identity":
                return raw, None
            case "gzip":
                return gzip.decompress(raw), None
            case "deflate":
                return zlib.decompress(raw), None
            case _:
                return b"", status(415, f"unsupported content-encoding: {encoding}")
    except (OSError, EOFError, zlib.error) as error:
        return b"", status(400, f"the compressed body cannot be read: {error}")
