"""Every error that ccsync raises on purpose. A class says how to react.

    CcsyncError
    ├─ SettingsError            the settings or the command line cannot be used    exit 2
    ├─ SourceError
    │  ├─ SourceRefused         the API said no: key, scope, address                exit 3
    │  ├─ SourceDrift           the API answered in a shape or with rows
    │  │                        that cannot be read: the day is refused             exit 4
    │  ├─ SourceUnavailable     retries are used up                                 exit 5
    │  └─ SourceNotYet          the API does not serve this day yet                 exit 0
    ├─ SinkError
    │  ├─ SinkRefused           nothing will work until someone changes something   exit 3
    │  ├─ RecordsRefused        the destination will never take these records       exit 4
    │  └─ SinkUnavailable       outcome unknown: deliver the day again              exit 5
    ├─ StateError
    │  ├─ StateRefused          the state is unreadable, or somebody else's         exit 3
    │  ├─ StateUnavailable      the state store cannot be reached                   exit 5
    │  ├─ StateConflict         another writer was faster (handled inside)
    │  └─ DaysLeased            another run works on these days                     exit 75
    │     └─ LeaseLost          our lease went to another run                       exit 75
    └─ Stopped                  SIGINT or SIGTERM                                   exit 130, 143

Anything else that is raised is a bug, ours or a sink's: exit 1, with a traceback in the log.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccsync.records import Record


class Exit(enum.IntEnum):
    """What the process says to whoever started it."""

    OK = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    DATA_REFUSED = 4
    UNAVAILABLE = 5
    DIFFERENCE = 6
    LEASED = 75
    SIGINT = 130
    SIGTERM = 143


class CcsyncError(Exception):
    """Base of all. `str()` is a message for the user: what happened, why, what to do."""

    exit = Exit.BUG


class SettingsError(CcsyncError):
    """The settings or the command line cannot be used. Carries every fault found, one per line."""

    exit = Exit.USAGE

    def __init__(self, *faults: str) -> None:
        """Take the faults, each a plain line, as `FILE:LINE:COL: path: message`."""
        super().__init__("\n".join(faults))
        self.faults = faults


class SourceError(CcsyncError):
    """The source could not give a day."""


class SourceRefused(SourceError):
    """The API said no, and will say no for every day."""

    exit = Exit.REFUSED


class SourceDrift(SourceError):
    """The API's answer cannot be read; the day is refused for all sinks."""

    exit = Exit.DATA_REFUSED


class SourceUnavailable(SourceError):
    """The API did not answer usefully, and patience is used up."""

    exit = Exit.UNAVAILABLE


class SourceNotYet(SourceError):
    """The API does not serve this day yet. Not a failure: the next run asks again."""

    exit = Exit.OK


class SinkError(CcsyncError):
    """A sink could not do what it was asked."""


class SinkUnavailable(SinkError):
    """The outcome is unknown or the destination is away: the same day may be delivered again.

    `retry_after` is the pause in seconds that the destination asked for, if it did.
    """

    exit = Exit.UNAVAILABLE

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Say what happened, and what pause the destination wants."""
        super().__init__(message)
        self.retry_after = retry_after


class SinkRefused(SinkError):
    """Nothing will work until someone changes something: login, permission, missing table."""

    exit = Exit.REFUSED


class RecordsRefused(SinkError):
    """The destination will never take these records as they are.

    `records` names them; empty when the destination does not say which. Nothing of the day may
    be shown as complete after this was raised.
    """

    exit = Exit.DATA_REFUSED

    def __init__(self, message: str, *, records: Sequence[Record] = ()) -> None:
        """Say why, and which records."""
        super().__init__(message)
        self.records = tuple(records)


class StateError(CcsyncError):
    """The state store failed us."""

    exit = Exit.UNAVAILABLE


class StateRefused(StateError):
    """The state cannot be used until someone changes something."""

    exit = Exit.REFUSED


class StateUnavailable(StateError):
    """The state store cannot be reached or written just now."""


class StateConflict(StateError):
    """The document changed since it was loaded; load it again and merge."""


class DaysLeased(StateError):
    """Other runs hold every day that this run wants."""

    exit = Exit.LEASED


class LeaseLost(DaysLeased):
    """Another run took our days over; nothing more may be written."""


class Stopped(CcsyncError):
    """The process was asked to end. Raised at the next safe point."""

    def __init__(self, signal: int) -> None:
        """Remember which signal asked."""
        super().__init__(f"stopped by signal {signal}")
        self.exit = Exit.SIGINT if signal == 2 else Exit.SIGTERM
