"""Libraries without the parts that no run needs.

httpx brings a command line client and structlog a painter of tracebacks. Both draw with rich, and
importing that takes longer than syncing a day. Both do without where it is not installed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from typing import Any, cast


@contextlib.contextmanager
def without(module: str) -> Generator[None, None, None]:
    """Let an import inside find this module not installed, unless somebody imported it before."""
    # None in this table is how Python is told that there is no such module.
    modules = cast("dict[str, Any]", sys.modules)
    hidden = module not in modules
    if hidden:
        modules[module] = None
    try:
        yield
    finally:
        if hidden:
            del modules[module]
