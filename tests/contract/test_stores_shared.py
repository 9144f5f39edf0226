"""The promises of a state store, kept by the one that stands for a remote place end to end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccsync.testing import StoreContract
from ccsync.testing.store_contract.given import Build, Trouble
from tests.end_to_end.plugins.ccsync_shared import SharedStore


class TestSharedStore(StoreContract):
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "state"

    @pytest.fixture
    def build(self, root: Path) -> Build:
        return lambda: SharedStore(root)

    @pytest.fixture
    def outage(self, root: Path) -> Trouble:
        @contextmanager
        def away() -> Generator[None]:
            root.mkdir(exist_ok=True)
            (root / "down").touch()
            try:
                yield
            finally:
                (root / "down").unlink()

        return away

    @pytest.fixture
    def garbage(self, root: Path) -> Callable[[bytes], None]:
        def put(nonsense: bytes) -> None:
            root.mkdir(exist_ok=True)
            (root / "ledger.json").write_bytes(nonsense)

        return put
