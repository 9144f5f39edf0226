"""A server on loopback that answers what it is told to, or fails to, and remembers what it got."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, TypeAlias

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    ending: Literal["whole", "half", "none", "reset", "stall"] = "whole"
    """half: the connection is closed in the middle; none: before anything was said."""


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    """With the query."""

    headers: Mapping[str, str]
    """By lower-case name."""

    body: bytes


Answering: TypeAlias = Callable[[Heard], Said]


class Server:
    """Answers each request by `answer`, which a test may replace at any time."""

    def __init__(self, answer: Answering, tls: ssl.SSLContext | None = None) -> None:
        self._scheme = "http" if tls is None else "https"
        self.answer = answer
        self.heard: list[Heard] = []
        self.over = threading.Event()
        """Ends every stall."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                heard = Heard(self.command, self.path, headers, body)
                outer.heard.append(heard)
                self._say(outer.answer(heard))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

            def _say(self, said: Said) -> None:
                match said.ending:
                    case "none":
                        return
                    case "stall":
                        outer.over.wait(20)
                        return
                    case "reset":
                        self.connection.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
                        )
                        # Closed without a shutdown, or no reset is sent.
                        self.server.shutdown_request = self.server.close_request  # type: ignore[method-assign]
                        return
                    case "whole" | "half":
                        pass
                self.send_response(said.status)
                self.send_header("Content-Length", str(len(said.body)))
                for name, value in {"Content-Type": "application/json", **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                half = len(said.body) // 2
                self.wfile.write(said.body[:half] if said.ending == "half" else said.body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = False
        if tls is not None:
            # The handshake belongs to a connection's own thread, and its failure to the client.
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
            self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving(answer: Answering | Said, tls: ssl.SSLContext | None = None) -> Generator[Server]:
    """Answer for a while."""
    server = Server(answer if callable(answer) else lambda _heard: answer, tls)
    try:
        yield server
    finally:
        server.close()


def as_json(content: object, status: int = 200, **headers: str) -> Said:
    """Answer JSON; underscores in names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, json.dumps(content).encode(), named)
