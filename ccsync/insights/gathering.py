"""Reads what there is, from JSON lines or from a destination, and sums it up. Bounded memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from ccsync.errors import CcsyncError, Exit
from ccsync.insights.coverage import DeliveredDay, covered
from ccsync.insights.lines import read
from ccsync.insights.summary import Summary
from ccsync.insights.summing import Summing
from ccsync.settings.model import SyncSettings
from ccsync.sink import Shown

Read: TypeAlias = Callable[[dt.date | None, dt.date | None], Iterator[Shown]]
"""As `ccsync.sink.Readable.read`: days from one to another, oldest first."""

_DAY = dt.timedelta(days=1)


class NoUsageError(CcsyncError):
    """There is nothing to look at; says which days there are."""

    exit = Exit.USAGE


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The days that somebody wants to see, and the day it is now."""

    first: dt.date | None = None
    """Inclusive; None: from the first there is."""

    last: dt.date | None = None
    """Inclusive; None: to the last there is."""

    today: dt.date

    @property
    def until(self) -> dt.date:
        """The last day that should be there: yesterday, unless an earlier one was asked for."""
        yesterday = self.today - _DAY
        return min(self.last or yesterday, yesterday)

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day is wanted."""
        return (self.first or day) <= day <= (self.last or day)

    def __str__(self) -> str:
        """Say it as in a sentence."""
        if self.first and self.last:
            return f"from {self.first} to {self.last}"
        if self.first:
            return f"from {self.first} on"
        return f"up to {self.last}" if self.last else "at all"


def from_lines(paths: Sequence[Path], span: Span, name: Callable[[Path], str] = str) -> Summary:
    """Sum up what the stdout sink printed into files: of each day the newest snapshot.

    Lines do not say whether a day was settled; that follows from when it was fetched.

    Args:
        paths: The files.
        span: Which days.
        name: Says how the user calls a file.

    Raises:
        NoUsageError: there is no line of these days.
        UnreadableLinesError: the files cannot be read, see `ccsync.insights.lines`.
    """
    newest = read(*paths, name=name)
    there = {day for _, day in newest.shown}
    if not any(span.holds(day) for day in there):
        raise _nothing(" and ".join(map(name, paths)), span, there)
    settled_after = SyncSettings().settle_after_days
    days = [
        DeliveredDay(
            source_id=source_id,
            day=day,
            settled=(shown.fetched_at.astimezone(dt.UTC).date() - day).days >= settled_after,
            fetched_at=shown.fetched_at,
        )
        for (source_id, day), shown in newest.shown.items()
        if span.holds(day)
    ]
    summing = Summing(span.first, span.last)
    for record in newest.records():
        summing.add(record)
    return summing.summary(covered(days, since=span.first, until=span.until, empty_days_seen=False))


def from_days(read_days: Read, span: Span, name: str) -> Summary:
    """Sum up what a destination shows, a day at a time.

    Args:
        read_days: Gives the days.
        span: Which of them.
        name: Of the destination, for messages.

    Raises:
        NoUsageError: there is none of these days.
        SinkError: what `read_days` raises.
    """
    summing = Summing(span.first, span.last)
    days: list[DeliveredDay] = []
    for shown in read_days(span.first, span.last):
        for record in shown.records:
            summing.add(record)
        days.append(
            DeliveredDay(
                source_id=shown.source_id,
                day=shown.day,
                settled=shown.settled,
                fetched_at=shown.fetched_at,
            )
        )
    if not days:
        narrowed = span.first is not None or span.last is not None
        there = {one.day for one in read_days(None, None)} if narrowed else set[dt.date]()
        raise _nothing(name, span, there)
    return summing.summary(covered(days, since=span.first, until=span.until))


def _nothing(name: str, span: Span, there: set[dt.date]) -> NoUsageError:
    if not there:
        return NoUsageError(f"{name}: there is no usage in it yet; run ccsync sync first")
    return NoUsageError(
        f"{name}: no day {span} is there; it has days from {min(there)} to {max(there)}. Ask for "
        "some of these with --from and --to"
    )
