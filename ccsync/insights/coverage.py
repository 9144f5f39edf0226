"""Which days are there, which may still change, and how fresh they are.

As the view `sync_freshness` and the question `missing_or_open_days` (`ccsync.warehouse`) tell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

_DAY = dt.timedelta(days=1)


class DeliveredDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one source, as it was last delivered."""

    source_id: str
    day: dt.date
    settled: bool
    """False when the API may still have changed it after it was fetched."""

    fetched_at: dt.datetime


class SourceCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The days of one source (an organization's credential) within the time looked at."""

    source_id: str
    first_day: dt.date
    """The first that was delivered."""

    last_day: dt.date
    """The last that was delivered."""

    missing: tuple[dt.date, ...]
    """Days never delivered, from the first to the last day that should be there."""

    open: tuple[dt.date, ...]
    """Days that were too recent to be final when they were last fetched."""

    fetched_at: dt.datetime
    """When the API was last asked for a day that is shown."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The days of all sources."""

    sources: tuple[SourceCoverage, ...] = ()
    """By source id; empty when nothing is known about days."""

    empty_days_seen: bool = True
    """False for JSON lines, which have none for a day without usage: there `missing` means that
    nobody used Claude Code, or that the day was never delivered."""

    @property
    def missing(self) -> tuple[dt.date, ...]:
        """Days that are missing of any source, oldest first."""
        return tuple(sorted({day for one in self.sources for day in one.missing}))

    @property
    def open(self) -> tuple[dt.date, ...]:
        """Days that are open of any source, oldest first."""
        return tuple(sorted({day for one in self.sources for day in one.open}))

    @property
    def fetched_at(self) -> dt.datetime | None:
        """When the API was last asked; None when nothing is known."""
        return max((one.fetched_at for one in self.sources), default=None)


def covered(
    days: Iterable[DeliveredDay],
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    empty_days_seen: bool = True,
) -> Coverage:
    """Put delivered days together.

    Args:
        days: Each day of a source once, in any order.
        since: The first day that should be there; by default each source's oldest.
        until: The last day that should be there; by default each source's newest.
        empty_days_seen: Whether a day without usage would be among them.
    """
    by_source: dict[str, dict[dt.date, DeliveredDay]] = {}
    for one in days:
        by_source.setdefault(one.source_id, {})[one.day] = one
    return Coverage(
        sources=tuple(_source(name, by_source[name], since, until) for name in sorted(by_source)),
        empty_days_seen=empty_days_seen,
    )


def _source(
    source_id: str,
    days: dict[dt.date, DeliveredDay],
    since: dt.date | None,
    until: dt.date | None,
) -> SourceCoverage:
    first, last = min(days), max(days)
    begin, end = min(first, since or first), max(last, until or last)
    wanted = (begin + number * _DAY for number in range((end - begin).days + 1))
    return SourceCoverage(
        source_id=source_id,
        first_day=first,
        last_day=last,
        missing=tuple(day for day in wanted if day not in days),
        open=tuple(day for day in sorted(days) if not days[day].settled),
        fetched_at=max(one.fetched_at for one in days.values()),
    )
