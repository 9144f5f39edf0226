"""The promises of a state store, kept by the one in memory that other tests rely on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from ccsync.testing import MemoryStore, StoreContract
from ccsync.testing.store_contract.given import Build, Trouble


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def build(self, store: MemoryStore) -> Build:
        return lambda: store

    @pytest.fixture
    def outage(self, store: MemoryStore) -> Trouble:
        @contextmanager
        def down() -> Generator[None]:
            store.down = True
            yield
            store.down = False

        return down
