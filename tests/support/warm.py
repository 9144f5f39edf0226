"""Commands forked from a process that has imported what `ccsync sync` imports, and waits.

Most of what a short command costs is its imports, and the end-to-end tests run hundreds of them.
The rest is as when the command is started from its file: a process and session of its own, its own
directory, variables, pipes, clock and end. CCSYNC_TEST_START=cold starts every command from its
file.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SERVER = Path(__file__).with_name("warm_server.py")

_AT_START = ("PYTHON", "LANG", "LC_", "LD_")
"""Variables with these beginnings count when an interpreter starts, and not afterwards."""


@dataclass(frozen=True)
class Ended:
    """What is left of a command."""

    exit: int
    """Exit code; negative: the signal that killed it."""

    stdout: str
    stderr: str


class Server:
    """A process that forks commands; safe for threads. It ends when this process does."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Start it with these variables."""
        self._control, far = socket.socketpair()
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(SERVER), str(far.fileno())],
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

    def run(
        self,
        arguments: Sequence[str],
        directory: Path,
        variables: Mapping[str, str],
        timeout: float,
    ) -> Ended:
        """Run a command to its end.

        Raises:
            AssertionError: it took too long; it is killed.
        """
        ends = time.monotonic() + timeout
        asked = {"arguments": arguments, "directory": str(directory), "variables": variables}
        with ExitStack() as opened:
            line, far = (opened.enter_context(one) for one in socket.socketpair())
            pipes = [os.pipe(), os.pipe()]
            readers = [opened.enter_context(open(one, "rb", 0)) for one, _ in pipes]  # noqa: PTH123
            socket.send_fds(self._control, [b"!"], [far.fileno(), *(one for _, one in pipes)])
            far.close()
            for _, writer in pipes:
                os.close(writer)
            line.sendall(json.dumps(asked).encode() + b"\n")
            answers = opened.enter_context(line.makefile("r"))
            pid = int(answers.readline())
            texts = _read([one.fileno() for one in readers], ends)
            line.settimeout(max(ends - time.monotonic(), 0.001))
            try:
                status = int(answers.readline())
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                told = "\n".join([f"{list(arguments)} took longer than {timeout} s", *texts])
                raise AssertionError(told) from None
        return Ended(status, *texts)


def server_for(variables: Mapping[str, str]) -> Server | None:
    """Give the server of commands with these variables; None: they have to start from the file."""
    if os.environ.get("CCSYNC_TEST_START") == "cold":
        return None
    at_start = {one: said for one, said in variables.items() if one.startswith(_AT_START)}
    if at_start.keys() != {"LANG", "PYTHONPATH"}:
        return None
    return _server(variables["PATH"], at_start["LANG"], at_start["PYTHONPATH"])


@cache
def _server(path: str, language: str, python_path: str) -> Server:
    return Server({"PATH": path, "LANG": language, "PYTHONPATH": python_path})


def _read(files: Sequence[int], ends: float) -> list[str]:
    """Read pipes until everybody has closed them, or for as long as there is time."""
    pieces: dict[int, list[bytes]] = {one: [] for one in files}
    with selectors.DefaultSelector() as selector:
        for one in files:
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map() and (left := ends - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                piece = os.read(key.fd, 2**16)
                pieces[key.fd].append(piece)
                if not piece:
                    selector.unregister(key.fd)
    return [b"".join(pieces[one]).decode().replace("\r\n", "\n") for one in files]
