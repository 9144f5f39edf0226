"""Runs the real commands, `ccsync sync` and `status`, as children that cannot outlive the demo."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from ccsync.demo.place import Place
from ccsync.errors import CcsyncError
from ccsync.runtime import Stop
from ccsync.shard import COUNT, INDEX

_GLANCE = 0.02
"""Seconds between two looks at a child, and at the wish to stop."""

_PATIENCE = 60.0
"""Seconds for a command that only reads the ledger."""

_CCSYNC = (sys.executable, "-m", "ccsync")

_PIPE = 4096
"""Bytes of the pipe into which the run writes that is to be killed: the least that Linux gives."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a run, as it said itself."""

    delivered: dict[dt.date, int]
    """Records by day."""

    days: int
    """Days that it looked at."""

    rows: int
    requests: int
    seconds: float


class DemoError(CcsyncError):
    """The demo cannot go on: its story would not be true."""


def sync(place: Place, stop: Stop) -> Ran:
    """Run it to its end, appending to the demo's file as a shell's `>>` does.

    Raises:
        DemoError: it failed; with what it said, and its exit code.
        Stopped: the demo was asked to end; the run is killed.
    """
    with _private(place.log) as log:
        begin = log.seek(0, os.SEEK_END)
        with _private(place.usage) as usage:
            child = _start(place, usage, log)
        with _ended(child):
            while child.poll() is None:
                stop.wait(_GLANCE)
        log.seek(begin)
        return _told(child.returncode, log.read())


class Killed(NamedTuple):
    """A run that was killed."""

    pid: int
    records: int
    """How many records came through."""


def sync_killed(place: Place, stop: Stop, *, day_bytes: int, records: int) -> Killed:
    """Run it, and kill it with SIGKILL while it writes a day, somewhere in the middle.

    It writes into a small pipe, of which the demo takes line after line into its file, as a log
    collector does. The pipe is full when it is killed, so the rest of the day was not written.

    Args:
        place: The demo's files.
        stop: The wish to stop.
        day_bytes: How long the day is in about, in bytes.
        records: How many records the day has.

    Raises:
        DemoError: it ended before it could be killed.
        Stopped: the demo was asked to end; the run is killed.
    """
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb", buffering=0) as pipe, _private(place.log) as log:
        with os.fdopen(theirs, "wb", buffering=0) as end:
            holds = fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE)
            child = _start(place, end, log)
        with _ended(child):
            # What is left unread has to fill the pipe once more, or the day would be written.
            most = int(records * (day_bytes - 2 * holds) / max(day_bytes, 1))
            count, received = max(1, min(records // 2, most)), b""
            _wait_until_full(pipe, holds, child, stop)
            while received.count(b"\n") < count:
                received += pipe.read(holds)
                _wait_until_full(pipe, holds, child, stop)
            child.kill()
            child.wait()
    lines = received.splitlines(keepends=True)[:count]
    with _private(place.usage) as usage:
        usage.write(b"".join(lines))
    return Killed(child.pid, len(lines))


def status(place: Place, *, columns: int, encoding: str) -> str:
    """Run `ccsync status`, and give what it says to a terminal so wide.

    Raises:
        DemoError: it failed.
    """
    done = subprocess.run(  # noqa: S603 - this very program, with nothing from outside
        [*_CCSYNC, "--config", str(place.settings), "status"],
        cwd=place.root,
        env={**_environment(), "COLUMNS": str(columns), "PYTHONIOENCODING": encoding},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_PATIENCE,
        start_new_session=True,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        raise DemoError(f"ccsync status failed with exit code {done.returncode}:\n{said}")
    return done.stdout.decode(encoding, errors="replace")


def _start(place: Place, stdout: IO[bytes], stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this very program, with nothing from outside
        [
            *(*_CCSYNC, "--config", str(place.settings)),
            *("--log-level", "info", "--log-format", "json", "sync"),
        ],
        # Python looks into the current directory first: that should hold no package by our name.
        cwd=place.root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        # A terminal's Ctrl-C is for the demo, which ends the run itself.
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Give ours, without what would make a run one of several that share the days."""
    return {name: text for name, text in os.environ.items() if name not in (COUNT, INDEX)}


@contextlib.contextmanager
def _ended(child: subprocess.Popen[bytes]) -> Generator[None, None, None]:
    """See to it that a child has ended at the end, whatever happens."""
    try:
        yield
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def _private(path: Path) -> IO[bytes]:
    """Open a file to append to and to read, for its owner's eyes only."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab+")


def _wait_until_full(
    pipe: IO[bytes], holds: int, child: subprocess.Popen[bytes], stop: Stop
) -> None:
    """Wait until the writer can write no more, and so stands still.

    Raises:
        DemoError: it ended before.
    """
    while _unread(pipe) < holds:
        if child.poll() is not None and _unread(pipe) < holds:
            raise DemoError(
                "the run that was to be killed amid a day was faster: its day is too small, or it "
                f"failed (exit code {child.returncode})"
            )
        stop.wait(_GLANCE)


def _unread(pipe: IO[bytes]) -> int:
    """Give the bytes that wait in a pipe."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(count)


def _told(exit_code: int, said: bytes) -> Ran:
    """Understand what a run wrote to its log."""
    events: list[dict[str, Any]] = []
    for line in said.decode(errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            events.append(json.loads(line))
    finished = next((one for one in events if one.get("event") == "run.finished"), None)
    if exit_code or finished is None:
        problems = (finished or {}).get("problems") or said.decode(errors="replace").splitlines()
        raise DemoError(
            "\n".join([f"ccsync sync failed with exit code {exit_code}:", *problems[-20:]])
        )
    return Ran(
        delivered={
            dt.date.fromisoformat(one["day"]): one["records"]
            for one in events
            if one.get("event") == "day.delivered"
        },
        days=finished["days"],
        rows=finished["rows"],
        requests=finished["requests"],
        seconds=finished["seconds"],
    )
