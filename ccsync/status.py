"""What the ledger says about each sink. Pure: asks neither the API nor a destination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from ccsync.plan import DAY
from ccsync.state.document import Entry

DayState: TypeAlias = Literal["settled", "open", "skipped", "refused", "missing", "in doubt"]


class SinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One sink's days since `start`."""

    sink: str
    tracked: bool
    newest_day: dt.date | None
    """The newest day that the sink has acknowledged."""

    fetched_at: dt.datetime | None
    """When the API was last asked for a day that the sink has acknowledged."""

    age_seconds: float | None
    """Since `fetched_at`; null when nothing was acknowledged yet."""

    records: int
    days: Mapping[dt.date, DayState]
    """Every day from `start` to the newest that may be asked for, and older ones in the ledger."""

    reasons: Mapping[dt.date, str]
    """Why days were skipped or refused."""

    def listed(self, state: DayState) -> list[dt.date]:
        """Give the days in one state."""
        return [day for day, known in self.days.items() if known == state]

    def older_than(self, first: dt.date) -> Mapping[dt.date, DayState]:
        """Give the days before this one."""
        return {day: state for day, state in self.days.items() if day < first}

    def days_by_reason(self) -> Mapping[tuple[DayState, str], list[dt.date]]:
        """Give the days that were skipped or refused, by state and reason, the newest first."""
        found: dict[tuple[DayState, str], list[dt.date]] = {}
        for day in sorted(self.reasons, reverse=True):
            found.setdefault((self.days[day], self.reasons[day]), []).append(day)
        return {key: sorted(days) for key, days in found.items()}


def sink_status(
    name: str,
    entries: Mapping[dt.date, Entry],
    *,
    tracked: bool,
    start: dt.date,
    last: dt.date,
    now: dt.datetime,
) -> SinkStatus:
    """Say how a sink stands."""
    length = (last - start).days + 1 if tracked else 0
    days = sorted({start + number * DAY for number in range(length)} | set(entries))
    lines = {day: entry.line for day, entry in entries.items() if entry.line is not None}
    fetched_at = max((line.fetched_at for line in lines.values()), default=None)
    return SinkStatus(
        sink=name,
        tracked=tracked,
        newest_day=max(lines, default=None),
        fetched_at=fetched_at,
        age_seconds=(now - fetched_at).total_seconds() if fetched_at is not None else None,
        records=sum(line.records for line in lines.values()),
        days={day: day_state(entries.get(day)) for day in days},
        reasons={day: entry.note.reason for day, entry in entries.items() if entry.note},
    )


def day_state(entry: Entry | None) -> DayState:
    """Say how one day stands at one sink."""
    if entry is None or (entry.line is None and entry.note is None):
        return "missing"
    if entry.note is not None:
        return entry.note.outcome
    if entry.line is None or entry.trusted_line is None:
        return "in doubt"
    return "settled" if entry.line.settled else "open"
