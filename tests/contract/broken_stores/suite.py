"""The contract over the correct model stores and over every planted fault.

Not collected with the other tests, because most of it fails: `test_broken_stores` runs it and looks
at what failed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from ccsync.testing import StoreContract
from ccsync.testing.store_contract.given import Action, Build, Kill, Trouble
from tests.contract.broken_stores import documents, leases, manners, notes
from tests.contract.broken_stores.model import (
    SMALL,
    TOKEN,
    Killed,
    LocalStore,
    ModelStore,
    Place,
)
from tests.contract.broken_stores.planted import PLANTED

FILLED_BY = (documents, leases, manners, notes)
"""The modules whose import plants the faults."""


class TestRemoteStore(StoreContract):
    """Gives the contract everything that it can use."""

    store: ClassVar[type[ModelStore]] = ModelStore

    @pytest.fixture
    def place(self) -> Place:
        return Place()

    @pytest.fixture
    def build(self, place: Place) -> Build:
        return lambda: self.store(place)

    @pytest.fixture
    def small(self, place: Place, build: Build) -> Build:
        place.limit = SMALL
        return build

    @pytest.fixture
    def outage(self, place: Place) -> Trouble:
        @contextmanager
        def down() -> Generator[None]:
            place.is_down = True
            yield
            place.is_down = False

        return down

    @pytest.fixture
    def refusal(self, place: Place) -> Trouble:
        @contextmanager
        def denied() -> Generator[None]:
            place.denies = True
            yield
            place.denies = False

        return denied

    @pytest.fixture
    def garbage(self, place: Place) -> Callable[[bytes], None]:
        def put(nonsense: bytes) -> None:
            place.document = nonsense

        return put

    @pytest.fixture
    def kill(self, place: Place, build: Build) -> Kill:
        def killed(action: Action, step: int) -> bool:
            place.dies_at = step + 1
            try:
                action(build())
            except Killed:
                return True
            finally:
                place.dies_at = None
            return False

        return killed

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        return [TOKEN]


class TestLocalStore(TestRemoteStore):
    store = LocalStore


def _faulty() -> dict[str, type[TestRemoteStore]]:
    """Make a test class for each planted fault; it has the tests that are to catch it."""
    made: dict[str, type[TestRemoteStore]] = {}
    make: Any = type
    tests = {name for name in dir(TestRemoteStore) if name.startswith("test_")}
    for fault in PLANTED:
        given: dict[str, Any] = dict.fromkeys(tests - fault.caught_by)
        given |= {"__module__": __name__, "store": fault.store}
        made[f"Test{fault.name}"] = make(f"Test{fault.name}", (TestRemoteStore,), given)
    return made


globals().update(_faulty())
