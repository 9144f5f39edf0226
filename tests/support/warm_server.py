"""Forks a `ccsync` command whenever it is asked to; see `warm`.

Arguments: the socket to be asked at, and what to import besides.

Each command has a second process, that waits for it and tells its number and its exit code: so
commands run side by side.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ccsync.cli import main

COMMAND = Path(sys.executable).with_name("ccsync")

_IMPORTED = (
    *("ccsync.cli.sync", "httpcore", "sqlite3"),
    *(f"ccsync.cli.{command}" for command in ("check", "config", "status", "verify")),
)
"""What most commands import, and the sink of most tests."""


def serve(control: socket.socket) -> dict[str, Any] | None:
    """Fork for whoever asks. Gives, in a forked process, what to run; None when nobody is left."""
    while True:
        question, files, _, _ = socket.recv_fds(control, 1, 3)
        if not question:
            return None
        pid = os.fork()
        if pid == 0:
            control.close()
            return _begin(*files)
        for one in files:
            os.close(one)
        _reap()


def _begin(line_number: int, stdout: int, stderr: int) -> dict[str, Any]:
    """Take the question and fork the command; only there does this return."""
    with socket.socket(fileno=line_number) as line:
        with line.makefile("r") as questions:
            asked: dict[str, Any] = json.loads(questions.readline())
        pid = os.fork()
        if pid == 0:
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
        os.close(stdout)
        os.close(stderr)
        if pid != 0:
            line.sendall(pid.to_bytes(4, "big"))
            _, status = os.waitpid(pid, 0)
            line.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
            os._exit(0)
    return asked


def _reap() -> None:
    """Forget the waiting processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def become(asked: dict[str, Any]) -> None:
    """Make this process look as if the command had been started in it."""
    os.setsid()
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    time.tzset()
    world: Any = sys.modules["sitecustomize"]
    world.begin()
    sys.argv = [str(COMMAND), *asked["arguments"]]
    sys.path.insert(0, str(COMMAND.parent))


def run() -> None:
    """Run the command; `leave` ends the process when it ended by itself."""
    try:
        sys.exit(main())
    except SystemExit as end:
        if isinstance(end.code, int):
            exit_codes.append(end.code)
        raise


exit_codes: list[int] = []


def leave() -> None:
    """End here, the last thing at exit: to let go of every object takes longer than a command."""
    if exit_codes:
        with suppress(OSError, ValueError):  # the interpreter says so, in its own way
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(exit_codes[0])


if __name__ == "__main__":
    atexit.register(leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed at the terminal, it is for the tests
    with socket.socket(fileno=int(sys.argv[1])) as tests:
        for module in (*_IMPORTED, *sys.argv[2:]):
            importlib.import_module(module)
        threads = len(list(Path("/proc/self/task").iterdir()))
        assert threads == 1, f"an import of {sys.argv[2:]} has started a thread"
        gc.freeze()
        to_run = serve(tests)
    if to_run is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        become(to_run)
        run()
