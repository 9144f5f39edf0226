"""Lets a whole `ccsync` process die at a chosen statement of its DuckDB sink.

`CCSYNC_TEST_DIE_AT` is `before:N`, `during:N` or `after:N`, where N counts the statements of this
process from 1; `during` kills from another thread, a few milliseconds after the statement began.
Stands before the module of this name that sets the clock, and runs it too.
"""

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccsync_duckdb.file import DuckDBFile

_others = (Path(folder) / "sitecustomize.py" for folder in sys.path)
_clock = runpy.run_path(
    str(next(path for path in _others if path.exists() and path != Path(__file__)))
)
_calls = 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_soon() -> None:
    time.sleep(0.004)
    _die()


def begin() -> None:
    """Take clock and death from the variables: of a process, or of a command forked from it."""
    _clock["begin"]()
    when, _, number = os.environ["CCSYNC_TEST_DIE_AT"].partition(":")
    run = DuckDBFile.run

    def mortal(self: DuckDBFile, sql: str, parameters: Sequence[object] = ()) -> Any:
        global _calls
        _calls += 1
        is_last = _calls == int(number)
        if is_last and when == "before":
            _die()
        if is_last and when == "during":
            threading.Thread(target=_die_soon, daemon=True).start()
        result = run(self, sql, parameters)
        if is_last and when == "after":
            _die()
        return result

    DuckDBFile.run = mortal  # type: ignore[method-assign]


if "CCSYNC_TEST_DIE_AT" in os.environ:
    begin()
