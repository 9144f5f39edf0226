from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ccsync.testing import FakeRuntime
from tests.unit.state.sessions import BusyStore


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def store() -> BusyStore:
    return BusyStore()


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()
