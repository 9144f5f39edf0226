"""A `tabledata.insertAll` that takes anything, in a process of its own.

    python -m tests.benchmarks.insert_all LATENCY_MS     prints its address, then serves

It reads a request, waits, and says that every row is in, without looking at any: what is measured
is whoever sends. `serving` starts one and ends it.
"""

from __future__ import annotations

import contextlib
import socketserver
import subprocess
import sys
import time
from collections.abc import Generator

from tests.benchmarks.measure import ROOT

_ANSWER = b'{"kind":"bigquery#tableDataInsertAllResponse"}'
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=UTF-8\r\n"
    b"content-length: %d\r\n\r\n" % len(_ANSWER)
)


class _Handler(socketserver.StreamRequestHandler):
    """Serves one connection."""

    latency = 0.0

    def handle(self) -> None:
        while (length := self._length()) is not None:
            while length > 0:
                length -= len(self.rfile.read(min(length, 1 << 20)) or b"x" * length)
            time.sleep(self.latency)
            self.wfile.write(_HEAD + _ANSWER)

    def _length(self) -> int | None:
        """Read the head of the next request; None at the end of the connection."""
        found: int | None = None
        while (line := self.rfile.readline()) not in (b"", b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                found = int(value)
        return found


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextlib.contextmanager
def serving(latency_ms: int = 0) -> Generator[str, None, None]:
    """Give the address of a server that answers after so many milliseconds."""
    command = [sys.executable, "-m", "tests.benchmarks.insert_all", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            if not address:
                raise OSError("the server could not be started; its words are above")
            yield address
        finally:
            server.terminate()


def main() -> None:
    """Serve until terminated."""
    _Handler.latency = int(sys.argv[1]) / 1000
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
