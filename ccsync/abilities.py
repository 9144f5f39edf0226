"""What a sink may offer beyond what it must: a check, an estimate, a preview, a reading back.

Each is a small protocol of one method; the core looks whether a sink has it. Part of the sink
interface, and imported from `ccsync.sink` by sinks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

import msgspec

from ccsync.records import Record
from ccsync.snapshot import Snapshot


class Finding(msgspec.Struct, frozen=True):
    """One thing that a check found out."""

    level: Literal["ok", "warning", "fault"]
    what: str
    fix: str = ""
    """What to do about it; empty when nothing needs doing."""


@runtime_checkable
class Checkable(Protocol):
    """Optional: lets `ccsync check` try the destination without writing usage data to it."""

    def check(self) -> Sequence[Finding]:
        """Connect if need be, and say what was found. Faults are findings, not exceptions."""
        ...


@runtime_checkable
class Estimating(Protocol):
    """Optional: lets `ccsync check` say what a real day means for the destination: size, cost."""

    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        """Look at a past day as this sink would get it, with no I/O and no `open`.

        The day is complete and seen through the sink's privacy. A limit that it would exceed is a
        warning with a remedy; whether the destination works is what `check` finds out.
        """
        ...


@runtime_checkable
class Previewable(Protocol):
    """Optional: lets `ccsync sync --dry-run` show what would be sent, with no I/O and no `open`."""

    def preview(self, snapshot: Snapshot) -> Iterable[str]:
        """Give lines to show; the core stops reading after a few."""
        ...


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination shows for one day, added up. None: the destination cannot say."""

    organization_id: str | None = None
    """Only what belongs to this organization is added up; None: everything of the day."""

    cost_tolerance: Decimal = Decimal(0)
    """The fraction by which equal amounts may differ, where a destination adds binary floats."""

    records: int | None = None
    sessions: int | None = None
    lines_added: int | None = None
    lines_removed: int | None = None
    commits: int | None = None
    pull_requests: int | None = None
    tools_accepted: int | None = None
    tools_rejected: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_creation_tokens: int | None = None
    estimated_cost: dict[str, Decimal] | None = None
    """By currency, in whole units."""


@runtime_checkable
class Verifiable(Protocol):
    """Optional: lets `ccsync verify` read back what the destination shows."""

    def totals(self, source_id: str, day: dt.date) -> Totals:
        """Add up what the destination shows for this source and day. Called after `open`.

        Raises:
            SinkUnavailable: it does not answer, or says only a part.
            SinkRefused: it will not answer until someone changes something.
        """
        ...


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one source, whole, as a destination shows it."""

    source_id: str
    """The organization of the credential that the day was fetched with."""

    day: dt.date
    """The UTC day."""

    snapshot_id: str
    record_count: int
    """0 is a day without usage, which is shown as such; a day never delivered is not shown."""

    settled: bool
    """False: the API could still change the day when it was fetched."""

    fetched_at: dt.datetime
    """The moment before the day's first request, in UTC."""

    records: tuple[Record, ...]
    """Equal to those that were delivered, money exact; in the same order at each destination."""


@runtime_checkable
class Readable(Protocol):
    """Optional: gives whole days back as they are shown, for `ccsync insights`."""

    def read(self, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
        """Give the days from `first` to `last`, both included; None: as far as there are any.

        Oldest day first, and within a day by source id; a day is read when it is asked for, so
        that one day is in memory at a time. It needs no `open`: it connects by itself, writes
        nothing, and makes nothing that is not there. `close` lets go of the connection.

        Raises:
            SinkUnavailable: the destination does not answer, or a day changed in between.
            SinkRefused: it is not there, or will not answer until someone changes something.
        """
        ...


@runtime_checkable
class Unverifiable(Protocol):
    """Optional, for sinks whose settings decide whether they have `totals`: says why not."""

    def unverifiable(self) -> str:
        """Say in one line why this one cannot be read back, and what would change that.

        Asked of sinks without `totals` only; no I/O.
        """
        ...
