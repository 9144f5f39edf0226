"""The HTTP server of the double: loopback, connections kept alive, abrupt ends on demand."""

from __future__ import annotations

import contextlib
import http.server
import socket
import struct
import sys
import threading
import urllib.parse
from typing import Any, cast

from ccsync.testing.bigquery.desk import Desk
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.exchange import Call, Reply, refusing

LOOPBACK = "127.0.0.1"

_NO_LINGER = struct.pack("ii", 1, 0)
"""A socket with this, closed without a shutdown, sends a reset."""
_MOST_BYTES = 512 * 2**20


class HttpServer(http.server.ThreadingHTTPServer):
    """Listens on a free port of loopback; `close` ends every connection and thread."""

    request_queue_size = 128
    daemon_threads = False
    block_on_close = True

    def __init__(self, desk: Desk) -> None:
        """Listen, and serve in the background."""
        self.desk = desk
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._ends = threading.Event()
        super().__init__((LOOPBACK, 0), _Handler)
        self._thread = threading.Thread(target=self._serve, name="bigquery-double", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://{LOOPBACK}:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        """Stop; waits for the threads. What stalls must have been released."""
        self._ends.set()
        socket.create_connection((LOOPBACK, self.server_port)).close()  # it waits for one
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def _serve(self) -> None:
        while not self._ends.is_set():
            self.handle_request()

    def server_bind(self) -> None:
        """Bind without the look-up of a host name that the base class does."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and keep it in mind."""
        connection, address = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forget and close a connection."""
        with self._lock:
            self._connections.discard(request)
        if _is_to_be_reset(request):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep a failure of ours; a client that left is none."""
        del request, client_address
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.desk.failures.append(error)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Reads the requests of one connection and sends the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self) -> None:
        """Read one request, have it answered, and send the answer."""
        size = self.headers.get("content-length", "0")
        if not (size.isascii() and size.isdigit()) or int(size) > _MOST_BYTES:
            self.close_connection = True
            self._send(refusing(ApiError(411, "badRequest", "a content-length is needed")))
            return
        body = self.rfile.read(int(size))
        address = urllib.parse.urlsplit(self.path)
        call = Call(
            self.command,
            tuple(urllib.parse.unquote(part) for part in address.path.strip("/").split("/")),
            dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
        )
        self._send(cast("HttpServer", self.server).desk.receive(call, self.path))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815 - the base class's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""

    def _send(self, reply: Reply) -> None:
        if reply.ending != "whole":
            self.close_connection = True
        if reply.ending == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        if reply.ending in ("reset", "none"):
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        whole = reply.ending == "whole"
        self.wfile.write(reply.body if whole else reply.body[: len(reply.body) // 2])


def _is_to_be_reset(connection: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_NO_LINGER))
        return said == _NO_LINGER
    return False
