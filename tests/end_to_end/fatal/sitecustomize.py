"""Lets a whole `ccsync` process die at a chosen call to the system, with no hook in the product.

`CCSYNC_TEST_DIE` is `before-NAME:N` or `after-NAME:N`, where NAME is a function of `os` and N
counts its calls in this process from 1. Stands before the module of this name that sets the clock,
and runs it too.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_others = (Path(folder) / "sitecustomize.py" for folder in sys.path)
_clock = runpy.run_path(
    str(next(path for path in _others if path.exists() and path != Path(__file__)))
)
_calls = 0


def begin() -> None:
    """Take clock and death from the variables: of a process, or of a command forked from it."""
    _clock["begin"]()
    when, _, rest = os.environ["CCSYNC_TEST_DIE"].partition("-")
    name, _, number = rest.partition(":")
    call: Callable[..., Any] = getattr(os, name)

    def mortal(*arguments: Any, **named: Any) -> Any:
        global _calls
        _calls += 1
        if _calls == int(number) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*arguments, **named)
        if _calls == int(number) and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(os, name, mortal)


if "CCSYNC_TEST_DIE" in os.environ:
    begin()
