"""The sink interface: all that a destination has to offer, and (`ccsync.abilities`) may offer.

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
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from ccsync.abilities import (
    Checkable,
    Estimating,
    Finding,
    Previewable,
    Readable,
    Shown,
    Totals,
    Unverifiable,
    Verifiable,
)
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
    "Readable",
    "SettingsFault",
    "Shown",
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


CLOCKS_APART = dt.timedelta(minutes=10)
"""What the clocks of two machines may differ by. A newer revision that is further ahead of this
clock is of one that went wrong."""


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

    def pause(self, seconds: float) -> None:
        """Wait that long, for work that goes on at the destination; renews the lease meanwhile.

        Raises:
            LeaseLost, Stopped: as `proceed`.
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


class SettingsFault(msgspec.Struct, frozen=True):
    """Why a sink's settings cannot be used, found by looking at them only."""

    path: str
    """Of the setting within the sink's, such as `endpoint` or `tls.ca_file`.

    "" for what is wrong elsewhere (in an environment variable, named in the message): such a fault
    is shown at the sink's own line.
    """

    message: str
    """What is expected. Without a secret; what came from the environment is masked by the core."""


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

    faults: Callable[[C, Mapping[str, str]], Sequence[SettingsFault]] = lambda _config, _environ: ()
    """Optional: what is wrong with settings and environment that their types cannot say.

    Asked when settings are read, by every command, so that nothing runs before they are right.
    Connects to nothing, reads no files, and needs no client library.
    """

    alone: Callable[[C], tuple[str, str] | None] = lambda _config: None
    """Optional: what no two sinks of this type can share, such as a file that one of them locks.

    The path of the setting that names it, as in `SettingsFault`, and the thing itself, however it
    is written there. Two sinks that give the same are a fault of the settings. Asked like `faults`;
    it may look where a file really is.
    """

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
