from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.support.scene import Scene, ago


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    for age in range(4):
        scene.sessions(ago(age), age + 1)
    return scene
