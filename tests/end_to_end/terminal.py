"""A command on a terminal of its own: what a person would see."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import threading
from dataclasses import dataclass, replace

from tests.support.command import TIMEOUT, Place

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


@dataclass(frozen=True)
class Seen:
    """What became of a command on a terminal."""

    exit: int
    screen: str
    """All that was written to the terminal, without colours and cursor movements."""

    stdout: str
    """What was written to standard output, where that was not the terminal."""


def on_terminal(
    place: Place, *arguments: str, stdout_too: bool = False, timeout: float = TIMEOUT
) -> Seen:
    """Run with stderr, or both streams, on a terminal 100 columns wide."""
    place = replace(
        place, environment={**place.environment, "TERM": "xterm-256color", "COLUMNS": "100"}
    )
    ours, theirs = pty.openpty()
    written: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(ours, written))
    try:
        stdout = theirs if stdout_too else subprocess.PIPE
        with place.start(*arguments, timeout=timeout, stdout=stdout, stderr=theirs) as running:
            os.close(theirs)
            reader.start()
            done = running.wait()
        reader.join(TIMEOUT)
    finally:
        os.close(ours)
    screen = _CONTROL.sub("", b"".join(written).decode())
    return Seen(done.exit, screen, done.stdout or "")


def _read_all(terminal: int, written: list[bytes]) -> None:
    """Read until the last process has closed its end, which Linux reports as an error."""
    try:
        while content := os.read(terminal, 65536):
            written.append(content)
    except OSError:
        pass
