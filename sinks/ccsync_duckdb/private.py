"""Files that only their user may read. DuckDB makes its own, and asks nobody about their mode."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def umask() -> Generator[None, None, None]:
    """Let whatever is made meanwhile be for this user alone.

    It holds for the whole process; what other threads make in these moments is private too, as all
    files of ccsync are.
    """
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
