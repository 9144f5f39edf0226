"""Commands forked from a process that has imported what they import, and waits.

Most of what a short command costs is its imports, and the end-to-end tests run hundreds of them.
The rest is as when the command is started from its file: a process and session of its own, its own
directory, variables, pipes, clock and end. CCSYNC_TEST_START=cold starts every command from its
file.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, cast

SERVER = Path(__file__).with_name("warm_server.py")

_AT_START = ("PYTHON", "LANG", "LC_", "LD_")
"""Variables with these beginnings count when an interpreter starts, and not afterwards."""


class Forked:
    """A forked command: what tests use of `subprocess.Popen`, and it has a session of its own."""

    def __init__(
        self, arguments: Sequence[str], line: socket.socket, pipes: Sequence[IO[bytes]]
    ) -> None:
        """Take where its numbers are told, and what it writes: stdout and stderr."""
        self.args = list(arguments)
        self.returncode: int | None = None
        """Exit code; negative: the signal that killed it; None: it has not ended yet."""
        self._line = line
        self._written: list[list[bytes]] = [[] for _ in pipes]
        self._open = dict(zip(pipes, self._written, strict=True))
        self.pid = _number(line)

    def poll(self) -> int | None:
        """Give the exit code, if it has ended."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and give the exit code.

        Raises:
            subprocess.TimeoutExpired: it takes longer than so many seconds.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it; what it started goes on."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read what it writes until everybody has closed that, and wait for its end.

        Raises:
            subprocess.TimeoutExpired: it takes longer than so many seconds; ask again.
        """
        ends = None if timeout is None else time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for pipe in self._open:
                selector.register(pipe, selectors.EVENT_READ)
            while self._open and (ends is None or time.monotonic() < ends):
                for key, _ in selector.select(_left(ends)):
                    self._read(selector, cast("IO[bytes]", key.fileobj))
        if self._open:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(_left(ends))
        stdout, stderr = (b"".join(pieces).decode() for pieces in self._written)
        return stdout.replace("\r\n", "\n"), stderr.replace("\r\n", "\n")

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            self.returncode = _number(self._line)
            self._line.close()
        return self.returncode

    def _read(self, selector: selectors.BaseSelector, pipe: IO[bytes]) -> None:
        """Read what is there; at the end of it, close the pipe."""
        if piece := pipe.read(2**16):
            self._open[pipe].append(piece)
        else:
            selector.unregister(pipe)
            del self._open[pipe]
            pipe.close()


class Server:
    """A process that forks commands; safe for threads. It ends when this process does."""

    def __init__(self, variables: Mapping[str, str], modules: Sequence[str]) -> None:
        """Start it with these variables; it imports what `sync` does, and these modules."""
        self._control, far = socket.socketpair()
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(SERVER), str(far.fileno()), *modules],
                env=dict(variables),
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end, and wait for it."""
        self._control.close()
        self._process.wait()

    def start(
        self, arguments: Sequence[str], directory: Path, variables: Mapping[str, str]
    ) -> Forked:
        """Start a command, and do not wait for it."""
        asked = {"arguments": arguments, "directory": str(directory), "variables": variables}
        line, far = socket.socketpair()
        pipes = [os.pipe(), os.pipe()]
        with far:
            socket.send_fds(self._control, [b"!"], [far.fileno(), *(one for _, one in pipes)])
        for _, writer in pipes:
            os.close(writer)
        line.sendall(json.dumps(asked).encode() + b"\n")
        return Forked(arguments, line, [os.fdopen(one, "rb", 0) for one, _ in pipes])


def server_for(variables: Mapping[str, str], modules: Sequence[str]) -> Server | None:
    """Give the server of commands with these variables; None: they have to start from the file.

    Args:
        variables: The whole environment of a command.
        modules: What the command imports beside what `ccsync sync` does. No import may start a
            thread: there would be none in a forked process.
    """
    if os.environ.get("CCSYNC_TEST_START") == "cold":
        return None
    at_start = {one: said for one, said in variables.items() if one.startswith(_AT_START)}
    if at_start.keys() != {"LANG", "PYTHONPATH"}:
        return None
    return _server(variables["PATH"], at_start["LANG"], at_start["PYTHONPATH"], tuple(modules))


@cache
def _server(path: str, language: str, python_path: str, modules: tuple[str, ...]) -> Server:
    return Server({"PATH": path, "LANG": language, "PYTHONPATH": python_path}, modules)


def _number(line: socket.socket) -> int:
    return int.from_bytes(line.recv(4, socket.MSG_WAITALL), "big", signed=True)


def _left(ends: float | None) -> float | None:
    return None if ends is None else max(ends - time.monotonic(), 0.0)
