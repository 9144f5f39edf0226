"""The HTTP server on loopback: keeps connections alive, and misbehaves when an answer says so."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import http.server
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from ccsync.simulator.exchange import Answer

LOOPBACK = "127.0.0.1"

Respond: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""From method, target, headers by lower-case name, and body to an answer."""

_GLANCE_SECONDS = 0.05
"""How often a silent answer looks whether the client has gone, and the listener tries again."""

_MAX_REQUEST_BODY = 64 * 1024 * 1024
_JOIN_SECONDS = 10.0


class Server(socketserver.TCPServer):
    """Listens on loopback; a thread per connection, all of them ended by `close`."""

    allow_reuse_address = True
    allow_reuse_port = False
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond, now: Callable[[], dt.datetime]) -> None:
        """Listen on a port; 0 picks a free one.

        Raises:
            OSError: the port is taken, or not ours to take.
        """
        self.respond = respond
        self.now = now
        self.closing = threading.Event()
        self.failures: list[BaseException] = []
        """What went wrong on our side, in the order it did."""
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._abrupt: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((LOOPBACK, port), _Handler)
        self._listener = threading.Thread(target=self._listen, name="simulator", daemon=True)

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self.socket.getsockname()[1])

    def start(self) -> None:
        """Serve, in the background."""
        self._listener.start()

    def close(self) -> None:
        """End every answer, connection and thread."""
        self.closing.set()
        if self._listener.is_alive():
            with contextlib.suppress(OSError):
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
            self._listener.join(_JOIN_SECONDS)
        self.server_close()
        with self._lock:
            threads = list(self._connections.values())
            for connection in self._connections:
                _end(connection)
        for thread in threads:
            thread.join(_JOIN_SECONDS)

    def _listen(self) -> None:
        """Give every connection a thread of its own. `close` wakes it with a last one."""
        while True:
            try:
                connection, client_address = self.socket.accept()
            except OSError:
                if self.closing.wait(_GLANCE_SECONDS):
                    return
                continue  # the client was gone again, or no file descriptor is left for now
            if self.closing.is_set():
                connection.close()
                return
            thread = threading.Thread(
                target=self._serve, args=(connection, client_address), name="simulator", daemon=True
            )
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(connection, client_address)
        except Exception as error:  # noqa: BLE001 - kept, and raised when the simulator closes
            self._note(error)
        finally:
            with self._lock:
                del self._connections[connection]
                abrupt = connection in self._abrupt
                self._abrupt.discard(connection)
                if abrupt:
                    connection.close()
                else:
                    self.shutdown_request(connection)

    def reset_at_close(self, connection: socket.socket) -> None:
        """Let the connection end in a reset instead of an orderly goodbye."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self._lock:
            self._abrupt.add(connection)

    def _note(self, error: BaseException) -> None:
        """Keep a failure of ours; a client that left is none."""
        if not isinstance(error, ConnectionError | TimeoutError):
            self.failures.append(error)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Reads requests of one connection and sends answers, byte by byte as they say."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _owner(self) -> Server:
        return cast("Server", self.server)

    def handle_request(self) -> None:
        """Read one request and answer it."""
        body = self._read_body()
        if body is None:
            self.send_error(413, "the body of this request can not be read")
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lower = name.lower()
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
        try:
            answer = self._owner.respond(self.command, self.path, headers, body)
        except Exception:
            self.send_error(500, "the simulated API failed")
            raise
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what can not be read as HTTP, with a documented body, and hang up."""
        del explain
        self.close_connection = True
        text = (message or "malformed request").replace('"', "'")
        kind = "api_error" if code == 500 else "invalid_request_error"
        body = '{"type":"error","error":{"type":"%s","message":"%s"},"request_id":null}'
        self._send(Answer(int(code), (body % (kind, text)).encode("ascii", "replace")))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet; the simulated API keeps its own log."""

    def _read_body(self) -> bytes | None:
        """Read the request's body so that the next request can follow; None when impossible."""
        if "transfer-encoding" in self.headers:
            return None
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > _MAX_REQUEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        connection = cast("socket.socket", self.connection)
        if answer.delay:
            self._owner.closing.wait(answer.delay)
        if answer.reset:
            self.close_connection = True
            self._owner.reset_at_close(connection)
            return
        broken = answer.cut_at is not None or answer.stall > 0
        if not (answer.stall and answer.cut_at is None):
            body = answer.body if answer.cut_at is None else answer.body[: answer.cut_at]
            head = self._head(answer)
            if getattr(self, "command", None) == "HEAD":
                body = b""
            connection.sendall(head + body)
        if answer.stall:
            self._be_silent(answer.stall)
        if broken:
            self.close_connection = True

    def _head(self, answer: Answer) -> bytes:
        phrase = HTTPStatus(answer.status).phrase if answer.status in _STATUSES else "Overloaded"
        date = email.utils.format_datetime(self._owner.now().astimezone(dt.UTC), usegmt=True)
        lines = [
            f"HTTP/1.1 {answer.status} {phrase}",
            f"date: {date}",
            f"content-type: {answer.content_type}",
            f"content-length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if self.close_connection:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _be_silent(self, seconds: float) -> None:
        """Wait until the time is over, the server closes or the client leaves."""
        connection = cast("socket.socket", self.connection)
        glances = max(1, round(seconds / _GLANCE_SECONDS))
        for _ in range(glances):
            if self._owner.closing.wait(min(seconds, _GLANCE_SECONDS)):
                return
            readable, _, _ = select.select([connection], [], [], 0)
            if readable and not connection.recv(1, socket.MSG_PEEK):
                return


_STATUSES = frozenset(int(status) for status in HTTPStatus)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client may be faster
        connection.shutdown(socket.SHUT_RDWR)
