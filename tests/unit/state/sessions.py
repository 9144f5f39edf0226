"""Several runs over one store: what tests of sessions share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ccsync.state.document import Entry, Lease, Ledger, Line, decode, encode, with_changes
from ccsync.state.leases import ranges
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, MemoryStore

DAY = dt.date(2026, 11, 19)

NEXT = DAY + dt.timedelta(days=1)

HOUR = dt.timedelta(hours=1)

LIFETIME = 120.0


class BusyStore(MemoryStore):
    """Lets somebody else be faster before each save, as often as told."""

    def __init__(self, lease_lifetime: float | None = LIFETIME) -> None:
        super().__init__(lease_lifetime=lease_lifetime)
        self.faster: list[Callable[[Ledger], Ledger]] = []

    def save(self, document: bytes, expected: str) -> str:
        if self.faster:
            change = self.faster.pop(0)
            content, version = self.load()
            super().save(encode(change(decode(content, "memory"))), version)
        return super().save(document, expected)


def session(
    store: MemoryStore, runtime: FakeRuntime, name: str = "one", **more: Any
) -> StateSession:
    return StateSession(store, runtime, run_id=f"run-{name}", holder=name, **more)


def a_line(runtime: FakeRuntime, snapshot_id: str = "a") -> Line:
    now = runtime.now()
    return Line(
        snapshot_id=snapshot_id,
        fingerprint="f",
        records=1,
        settled=True,
        fetched_at=now,
        delivered_at=now,
    )


def ledger(store: MemoryStore) -> Ledger:
    return decode(store.document, "memory")


def foreign(day: dt.date, runtime: FakeRuntime, sink: str = "theirs") -> Callable[[Ledger], Ledger]:
    line = a_line(runtime, "theirs")
    return lambda found: with_changes(found, {(sink, day): Entry(line=line)})


def take_over(by: str, *days: dt.date) -> Callable[[Ledger], Ledger]:
    lease = Lease(holder=by, run_id=f"run-{by}", days=ranges(days))
    return lambda found: with_changes(found, {}, leases=[lease])


def renewing(store: MemoryStore, runtime: FakeRuntime, holder: str) -> Callable[[float], None]:
    """Give a pause during which somebody renews its lease."""

    def pause(seconds: float) -> None:
        runtime.advance(seconds)
        renewed(store, holder)

    return pause


def renewed(store: MemoryStore, holder: str) -> None:
    content, version = store.load()
    found = decode(content, "memory")
    leases = [
        Lease(holder=one.holder, run_id=one.run_id, days=one.days, renewals=one.renewals + 1)
        if one.holder == holder
        else one
        for one in found.leases
    ]
    store.save(encode(with_changes(found, {}, leases=leases)), version)


def files(root: Path) -> set[str]:
    """Give the files below a directory."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
