"""The list of planted faults; importing the modules beside this one fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.contract.broken_stores.model import ModelStore

S = TypeVar("S", bound=type[ModelStore])


@dataclass(frozen=True)
class Planted:
    """A fault in a store, and the tests that must fail because of it."""

    name: str
    store: type[ModelStore]
    caught_by: frozenset[str]


PLANTED: list[Planted] = []


def planted(*caught_by: str) -> Callable[[S], S]:
    """Mark a store as faulty; names the tests of the contract that must fail."""

    def mark(store: S) -> S:
        PLANTED.append(Planted(store.__name__, store, frozenset(caught_by)))
        return store

    return mark
