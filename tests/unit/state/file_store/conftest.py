from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.state.file import FileStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state"


@pytest.fixture
def store(root: Path) -> Iterator[FileStore]:
    store = FileStore(root)
    store.begin("run-1")
    yield store
    store.close()
