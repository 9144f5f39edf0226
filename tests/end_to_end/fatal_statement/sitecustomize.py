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

_when, _, _number = os.environ["CCSYNC_TEST_DIE_AT"].partition(":")
_run = DuckDBFile.run
_calls = 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_soon() -> None:
    time.sleep(0.004)
    _die()


def _mortal(self: DuckDBFile, sql: str, parameters: Sequence[object] = ()) -> Any:
    global _calls
    _calls += 1
    is_last = _calls == int(_number)
    if is_last and _when == "before":
        _die()
    if is_last and _when == "during":
        threading.Thread(target=_die_soon, daemon=True).start()
    result = _run(self, sql, parameters)
    if is_last and _when == "after":
        _die()
    return result


DuckDBFile.run = _mortal  # type: ignore[method-assign]

_others = (Path(folder) / "sitecustomize.py" for folder in sys.path)
_clock = next(path for path in _others if path.exists() and path != Path(__file__))
runpy.run_path(str(_clock))
