from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from ccsync import redact

from .login import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Generator[Scene]:
    yield Scene(tmp_path)
    redact.forget()
