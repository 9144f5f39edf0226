"""What the tests of the contract share: stores that are closed, runs, lines, days."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator

import pytest

from ccsync.state.document import Entry, Ledger, Line, decode, encode, with_changes
from ccsync.state.session import StateSession
from ccsync.state.store import StateStore
from ccsync.testing.runtime import FakeRuntime
from ccsync.testing.store_contract.given import Build, Given

DAY = dt.date(2026, 11, 19)

PERSON = "ann@northwind.example"
"""Stands in notes and documents; it may stand nowhere else."""


class Promises(Given):
    """Base of the contract's parts."""

    @pytest.fixture
    def opened(self, build: Build) -> Iterator[Build]:
        """Give `build`; what it makes is closed at the end."""
        with closing(build) as stores:
            yield stores

    @pytest.fixture
    def runtime(self) -> FakeRuntime:
        """Give a clock that stands still."""
        return FakeRuntime()


class closing:  # noqa: N801 - a context manager, named as those of contextlib are
    """Gives `build`; closes what it made."""

    def __init__(self, build: Build) -> None:
        """Take the function that makes stores."""
        self._build = build
        self._stores: list[StateStore] = []

    def __enter__(self) -> Build:
        """Give the function."""
        return self._make

    def __exit__(self, *_: object) -> None:
        """Close everything that was made."""
        for store in self._stores:
            store.close()

    def _make(self) -> StateStore:
        self._stores.append(self._build())
        return self._stores[-1]


def session(store: StateStore, runtime: FakeRuntime, name: str, *, job: str = "") -> StateSession:
    """Give a run of its own; `job` names its holder, where another run has the same."""
    return StateSession(store, runtime, run_id=f"run-{name}", holder=job or f"holder-{name}")


def some_days(count: int, first: dt.date = DAY) -> list[dt.date]:
    """Give so many days, oldest first."""
    return [first + dt.timedelta(days=number) for number in range(count)]


def a_line(runtime: FakeRuntime, snapshot_id: str = "a") -> Line:
    """Give a line fetched and delivered now."""
    now = runtime.now()
    return Line(
        snapshot_id=snapshot_id,
        fingerprint="f",
        records=1,
        settled=True,
        fetched_at=now,
        delivered_at=now,
    )


def a_ledger(sinks: Iterable[str], days: Iterable[dt.date]) -> bytes:
    """Give a document with a line for each sink and day; their snapshot ids are all different."""
    runtime = FakeRuntime()
    wanted = list(days)
    changes = {
        (sink, day): Entry(
            line=a_line(runtime, hashlib.sha256(f"{sink}{day}".encode()).hexdigest())
        )
        for sink in sinks
        for day in wanted
    }
    return encode(with_changes(Ledger(), changes))


def written(store: StateStore) -> Ledger:
    """Read the whole ledger."""
    return decode(store.load()[0], store.where)


def contains(store: StateStore, document: bytes | None) -> str:
    """Check that the store's document is this one; gives its version."""
    found, version = store.load()
    assert same(found, document), "the store gives another document than the one saved last"
    return version


def same(found: bytes | None, expected: bytes | None) -> bool:
    """Compare in a function: pytest looks for the difference of two megabytes for minutes."""
    return found == expected
