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

_when, _, _rest = os.environ["CCSYNC_TEST_DIE"].partition("-")
_name, _, _number = _rest.partition(":")
_call: Callable[..., Any] = getattr(os, _name)
_calls = 0


def _mortal(*arguments: Any, **named: Any) -> Any:
    global _calls
    _calls += 1
    if _calls == int(_number) and _when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = _call(*arguments, **named)
    if _calls == int(_number) and _when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result


setattr(os, _name, _mortal)

_others = (Path(folder) / "sitecustomize.py" for folder in sys.path)
_clock = next(path for path in _others if path.exists() and path != Path(__file__))
runpy.run_path(str(_clock))
