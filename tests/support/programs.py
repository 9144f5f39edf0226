"""Programs of others that tests run: found or skipped, started on the loopback, ended by id."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

START = 30.0
"""Seconds that a program may take until it is ready."""

END = 15.0
"""Seconds that it may take to end when it is asked to; then it is killed."""

_TRIES = 3


def path_of(name: str) -> Path:
    """Say where `make tools` puts a program."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ccsync" / "bin" / name


def program(name: str) -> Path:
    """Find a program; skips the test where it is absent."""
    path = path_of(name)
    if not path.exists():
        pytest.skip(f"{name} is not at {path}; `make tools` brings it, or says why it cannot")
    return path


def free_port() -> int:
    """Give a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def listens(port: int) -> bool:
    """Tell whether somebody takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Callable[[Sequence[int]], Sequence[str | Path]],
    *,
    ports: int,
    log: Path,
    ready: Callable[[Sequence[int]], bool],
) -> Generator[Sequence[int]]:
    """Run a program; gives its ports once it is ready, and ends it afterwards.

    Args:
        command: makes the command line from free ports.
        ports: how many.
        log: where its output goes.
        ready: tells whether it can be used.

    Raises:
        AssertionError: it ended at once, each time, or did not become ready.
    """
    for _ in range(_TRIES):
        chosen = [free_port() for _ in range(ports)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(chosen), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            # Somebody else may have taken a port since it was found free; then it ends at once.
            if _becomes_ready(process, partial(ready, chosen)):
                yield chosen
                return
        finally:
            _end(process)
    said = log.read_text("utf-8", "replace")[-4000:]
    raise AssertionError(f"{log.stem} was not ready within {START:g} s:\n{said}")


def _becomes_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        if ready():
            return True
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END)
