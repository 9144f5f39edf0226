"""The sink interface: all that a destination has to offer, complete.

A sink makes its destination show exactly one day, and returning is the acknowledgement.

A sink is a package with a `SinkPlugin`, named by an entry point in the group `ccsync.sinks`:

    [project.entry-points."ccsync.sinks"]
    sqlite = "ccsync_sqlite:PLUGIN"

Retry with patience, deadlines, batching over days, bookkeeping and privacy are the core's.
`ccsync.testing.SinkContract` is a pytest class that checks every promise made here.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from ccsync.settings.model import Resend, SinkConfig
from ccsync.snapshot import Snapshot

if TYPE_CHECKING:
    import click

__all__ = [
    "DELIVERED",
    "INTERFACE_VERSION",
    "Acknowledgement",
    "Checkable",
    "Estimating",
    "Finding",
    "Outcome",
    "Previewable",
    "Sink",
    "SinkConfig",
    "SinkContext",
    "SinkPlugin",
    "Snapshot",
    "Totals",
    "Unverifiable",
    "Verifiable",
    "not_yet",
    "too_old",
]

INTERFACE_VERSION = 1
"""Rises only when a sink written for the former version would break."""

T = TypeVar("T")
C = TypeVar("C", bound=SinkConfig)


class Acknowledgement(enum.Enum):
    """What a sink may answer when it did not fail."""

    DELIVERED = "delivered"
    """The destination shows exactly this snapshot of the day, durably."""

    TOO_OLD = "too old"
    """The destination takes no such old day; it shows what it showed before."""

    NOT_YET = "not yet"
    """The destination cannot take the day now, or holds a newer revision; asked again next run."""


class Outcome(msgspec.Struct, frozen=True):
    """The answer of `Sink.deliver`."""

    kind: Acknowledgement
    reason: str = ""
    """For the user: why, and what to change if that helps. Without personal data."""


DELIVERED = Outcome(Acknowledgement.DELIVERED)


def too_old(reason: str) -> Outcome:
    """Say that the destination calls the day too old."""
    return Outcome(Acknowledgement.TOO_OLD, reason)


def not_yet(reason: str) -> Outcome:
    """Say that the day must wait for a later run."""
    return Outcome(Acknowledgement.NOT_YET, reason)


class Sink(Protocol):
    """Where snapshots go. Called from one thread, one call at a time: open, deliver ..., close."""

    def open(self) -> str:
        """Connect, and name the destination.

        The answer is the destination's identity: its address plus what changes when it is
        recreated under the same address (a table's creation time, a database's id). A new identity
        makes the core deliver every day again. May be called again after `SinkUnavailable`.

        Raises:
            SinkUnavailable: it cannot be reached now.
            SinkRefused: it will not let us in until someone changes something.
        """
        ...

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        """Make the destination show exactly this snapshot for its day and source.

        Whatever the destination showed for (`snapshot.source_id`, `snapshot.day`) before, also
        from an attempt that died half-way, is replaced. Days and sources do not touch each other.
        Of two revisions of a day the one with the later `fetched_at` stays, whichever comes last:
        a writer that finds a newer one leaves it and answers `not_yet`.

        `memory` is what this sink last remembered for this day, whether or not that attempt was
        acknowledged. `remember(note)` is durable when it returns; a sink that will need to know
        later what it may have left behind calls it before its first write.

        Raises:
            SinkUnavailable: the outcome is unknown; the core delivers the same day again.
            SinkRefused: no day will succeed until someone changes something.
            RecordsRefused: the destination will never take (some of) these records.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Safe before `open`, and safe twice."""
        ...


class SinkContext(Protocol):
    """What the core lends to a sink."""

    @property
    def name(self) -> str:
        """The sink's name in the settings."""
        ...

    @property
    def run_id(self) -> str:
        """Names this run in logs and labels. Never part of what makes a delivery idempotent."""
        ...

    @property
    def user_agent(self) -> str:
        """For the `User-Agent` header: `ccsync/VERSION (+url)`."""
        ...

    def now(self) -> dt.datetime:
        """Tell the time, in UTC."""
        ...

    def proceed(self) -> None:
        """Call before each request: renews the lease and honours the wish to stop.

        Raises:
            LeaseLost: another run took the days over; write nothing more.
            Stopped: the process is asked to end.
        """
        ...

    def retry(self, attempt: Callable[[], T]) -> T:
        """Call `attempt` until it succeeds or patience (`retry_deadline`) is used up.

        Only `SinkUnavailable` is tried again, after the pause that it names or a growing one; the
        last one is raised. `proceed` is called before each attempt.
        """
        ...

    def log(self, event: str, **facts: object) -> None:
        """Log one line. No secrets, no record values."""
        ...


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


@runtime_checkable
class Unverifiable(Protocol):
    """Optional, for sinks whose settings decide whether they have `totals`: says why not."""

    def unverifiable(self) -> str:
        """Say in one line why this one cannot be read back, and what would change that.

        Asked of sinks without `totals` only; no I/O.
        """
        ...


class SinkPlugin(msgspec.Struct, Generic[C], frozen=True, kw_only=True):
    """What an entry point in the group `ccsync.sinks` must name.

    Importing the module that holds it must be cheap: `build` is the place to import client
    libraries. `build` makes no connection.
    """

    config: type[C]
    """The sink's settings: a subclass of `SinkConfig`, each field with a description."""

    build: Callable[[C, SinkContext], Sink]
    summary: str
    """One line for `ccsync sinks`."""

    example: str
    """A commented YAML block for `ccsync init`, to stand under `sinks:` (two blanks deep)."""

    shape: Callable[[C], Any] = lambda _config: None
    """What in these settings shapes what the destination shows (dimensions, preset, format).

    Any value that msgspec can encode. A change delivers every day again.
    """

    output_version: int = 1
    """Rises when a release shows the same records differently; delivers every day again."""

    tracked: bool = True
    """False for destinations that hold nothing to keep true (a terminal): no ledger, no memory."""

    resend: Resend = "never"
    """Whether open days are delivered again although unchanged; the settings may override."""

    commands: Callable[[], click.Group] | None = None
    """A click group that becomes `ccsync <entry point name>`; its context object is a `Session`
    (`ccsync.cli.session`): loaded settings and built sinks."""

    interface_version: int = INTERFACE_VERSION
