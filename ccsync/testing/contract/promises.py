"""What the tests of the contract share: days made to measure, and what is shown of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import msgspec

from ccsync.sink import Outcome, Sink
from ccsync.snapshot import Snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION, a_record, a_snapshot
from ccsync.testing.contract.context import (
    MOST_STEPS,
    ContractContext,
    Deliverer,
    nothing_to_remember,
)
from ccsync.testing.contract.given import Build, Given, Shown

Shape = Counter[bytes]
"""What is shown, however it is ordered."""


class Interruption(NamedTuple):
    """A delivery that is to be interrupted."""

    step: int
    """Where, counted from 1."""

    before: Snapshot
    """What was delivered before, the whole of it: revision 1."""

    attempt: Snapshot
    """Revision 2, fetched two minutes later, with newcomers."""

    @property
    def source_id(self) -> str:
        """Say whose day it is."""
        return self.attempt.source_id


class Promises(Given):
    """Base of the contract's parts."""

    def a_day(
        self,
        revision: int,
        *,
        size: int | None = None,
        day: dt.date = DAY,
        source_id: str = ORGANIZATION,
        minutes: int = 0,
        newcomers: bool = False,
    ) -> Snapshot:
        """Give a day of `size` people whose every number depends on the revision.

        It was fetched `minutes` after the first one; with `newcomers` as many other people, who
        are in no other day, are in it too.
        """
        names = [f"person-{number:03}" for number in range(size or self.day_size)]
        if newcomers:
            names += [f"newcomer-{name}" for name in names]
        records = [
            a_record(
                f"{name}@northwind.example",
                date=day,
                organization_id=source_id,
                sessions=revision,
            )
            for name in names
        ]
        return a_snapshot(records, day=day, source_id=source_id, fetched_at=after(minutes))

    def assert_shown(self, shown: Shown, snapshot: Snapshot) -> None:
        """Check that the destination shows exactly this snapshot for its day and source."""
        found = shape(shown(snapshot.source_id, snapshot.day))
        wanted = shape(self.expected(snapshot))
        missing, extra = wanted - found, found - wanted
        assert not missing, (
            f"of {snapshot.day}, {missing.total()} of {wanted.total()} are not shown, "
            f"e.g. {_one_of(missing)}"
        )
        assert not extra, (
            f"of {snapshot.day}, {extra.total()} are shown that should not be, "
            f"e.g. {_one_of(extra)}"
        )

    def assert_not_torn(self, shown: Shown, *allowed: Snapshot) -> None:
        """Check that one of these snapshots is shown, whole; they are of the same day."""
        if self.atomic:
            found = shape(shown(allowed[0].source_id, allowed[0].day))
            assert found in [shape(self.expected(one)) for one in allowed], (
                f"a torn day is shown: {found.total()} of {allowed[-1].record_count} records, or "
                "some of them old and some new"
            )

    def interruptions(self, deliver: Deliverer) -> Iterator[Interruption]:
        """Give a delivery to interrupt at its first step, one at its second, and so on.

        Each is of a source of its own, whose day was delivered before: nothing that one of them
        leaves behind, in the destination or in the memory, hides what the next one does. Whoever
        iterates stops when there is no such step any more.
        """
        for step in range(1, MOST_STEPS):
            source_id = f"00000000-0000-4000-9000-{step:012}"
            before = self.a_day(1, source_id=source_id)
            deliver(before)
            attempt = self.a_day(2, source_id=source_id, minutes=2, newcomers=True)
            yield Interruption(step, before, attempt)


def connected(build: Build) -> tuple[Sink, ContractContext]:
    """Give an open sink, and its context."""
    context = ContractContext()
    sink = build(context)
    sink.open()
    return sink, context


def bring(sink: Sink, snapshot: Snapshot) -> Outcome:
    """Open and deliver: a sink may connect in either."""
    sink.open()
    return sink.deliver(snapshot, None, nothing_to_remember)


def identity(build: Build) -> str:
    """Ask a new sink for the destination's identity."""
    sink = build(ContractContext())
    try:
        return sink.open()
    finally:
        sink.close()


def again(snapshot: Snapshot, minutes: int) -> Snapshot:
    """Give the same content as fetched at another moment, its rows in another order."""
    return a_snapshot(
        reversed(list(snapshot.records())),
        day=snapshot.day,
        source_id=snapshot.source_id,
        fetched_at=after(minutes),
    )


def after(minutes: int) -> dt.datetime:
    """Give a moment so many minutes after the first fetch."""
    return FETCHED_AT + dt.timedelta(minutes=minutes)


def shape(items: Collection[Any]) -> Shape:
    """Make what is shown comparable."""
    return Counter(msgspec.json.encode(item, order="deterministic") for item in items)


def _one_of(items: Shape) -> str:
    return next(iter(items), b"").decode()
