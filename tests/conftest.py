"""For all tests: invented cases are the same in every run, unless somebody explores; and a test
leaves nothing of a process's logging behind.

CCSYNC_EXPLORE=1 make test ARGS=tests/property      invents new ones
CCSYNC_TESTS_END=SECONDS make integration           begins no test after that second since 1970
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from ccsync import redact

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("explore" if os.environ.get("CCSYNC_EXPLORE") else "repeatable")


END = float(os.environ.get("CCSYNC_TESTS_END") or "inf")


def pytest_runtest_setup() -> None:
    """Skip, visibly, what a check of bounded length has no time for."""
    if time.time() > END:
        pytest.skip("not run: the time of this check was up")


@pytest.fixture(autouse=True)
def leave_no_traces() -> Iterator[None]:
    """Forget what a command that ran in this process has set up: logging, secrets to mask, and
    that nothing imported is garbage, without which DuckDB reports leaks when the process ends.
    """
    yield
    gc.unfreeze()
    structlog.reset_defaults()
    redact.forget()
    for name in ("httpx", "httpcore"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.NOTSET)
