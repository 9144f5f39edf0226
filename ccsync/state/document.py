"""The ledger document: what is kept, how two writers' versions become one, how it is written down.

Pure: no clock, no I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, TypeVar

import msgspec

from ccsync.errors import StateRefused

FORMAT = 1
"""Version of the document's layout."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sink has acknowledged for a day."""

    snapshot_id: str
    fingerprint: str
    """What shaped the delivery: see `ccsync.fingerprint`."""

    records: int
    settled: bool
    """Whether the day was settled when it was fetched; if not, it is looked at again."""

    fetched_at: dt.datetime
    """When the API last gave this snapshot; orders the revisions of the day."""

    delivered_at: dt.datetime
    """When the sink last acknowledged it."""

    left_out: int = 0
    """Records that the destination refused and `on_rejected: skip` left out."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A newer snapshot that the sink did not take; kept beside the line, which is not advanced."""

    outcome: Literal["skipped", "refused"]
    """skipped: the destination calls the day too old. refused: it will never take some records."""

    snapshot_id: str
    fingerprint: str
    settled: bool
    fetched_at: dt.datetime
    reason: str
    shows_line: bool = False
    """Whether the destination still shows the line: it left the day alone, and the line was
    trusted before. An earlier attempt that did not end is not undone by a later skip."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is kept for one sink and day."""

    line: Line | None = None
    note: Note | None = None
    attempted_at: dt.datetime | None = None
    """An attempt to deliver the revision fetched then has begun, and did not end in a line.

    Until it does nobody knows what the destination shows, so the line is not to be trusted: the
    API may answer again as the line says, while the destination shows the attempt.
    """

    remembered: bool = False
    """Whether the sink ever remembered something for this day: missing memory is then a loss."""

    @property
    def fetched_at(self) -> dt.datetime | None:
        """The latest revision known here."""
        times = [part.fetched_at for part in (self.line, self.note) if part is not None]
        times += [self.attempted_at] if self.attempted_at is not None else []
        return max(times, default=None)

    @property
    def trusted_line(self) -> Line | None:
        """The line, if the destination still shows it for sure."""
        if self.line is None or self._is_past(self.line):
            return self.line
        note = self.standing_note
        return self.line if note is not None and note.shows_line else None

    @property
    def standing_note(self) -> Note | None:
        """The note, if nothing was tried since."""
        return self.note if self.note is not None and self._is_past(self.note) else None

    def _is_past(self, part: Line | Note) -> bool:
        return self.attempted_at is None or self.attempted_at <= part.fetched_at


Key: TypeAlias = tuple[str, dt.date]
"""A sink's name and a day."""

P = TypeVar("P", Line, Note)

NOTHING = Entry()


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody works on these days."""

    holder: str
    """Who; a retry of the same job is the same holder."""

    run_id: str
    days: tuple[tuple[dt.date, dt.date], ...]
    """Ranges, both ends inclusive."""

    renewals: int = 0
    """Counts up while the holder lives."""

    expires_at: dt.datetime | None = None
    """For people to read. Nobody's clock decides by it; null where the system knows the holder."""


class KeptStart(msgspec.Struct, frozen=True):
    """`sync.start`, resolved on the first run."""

    written: str
    """As it stands in the settings; another text is resolved anew."""

    day: dt.date


class Ledger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole document."""

    format: int = FORMAT
    source_id: str | None = None
    start: KeptStart | None = None
    sinks: dict[str, dict[dt.date, Entry]] = {}
    leases: tuple[Lease, ...] = ()

    def entry(self, key: Key) -> Entry:
        """Give what is kept for a sink and day."""
        return self.sinks.get(key[0], {}).get(key[1], NOTHING)


def merge_entry(theirs: Entry, ours: Entry) -> Entry:
    """Make one entry of two writers': the later revision wins, part by part."""
    line = _later(theirs.line, ours.line)
    note = _later(theirs.note, ours.note)
    attempts = [entry.attempted_at for entry in (theirs, ours) if entry.attempted_at is not None]
    attempted_at = max(attempts, default=None)
    if line is not None and note is not None and line.fetched_at >= note.fetched_at:
        note = None
    if line is not None and attempted_at is not None and line.fetched_at >= attempted_at:
        attempted_at = None
    return Entry(
        line=line,
        note=note,
        attempted_at=attempted_at,
        remembered=theirs.remembered or ours.remembered,
    )


def _later(theirs: P | None, ours: P | None) -> P | None:
    if theirs is None or ours is None:
        return ours if theirs is None else theirs
    return theirs if theirs.fetched_at > ours.fetched_at else ours


def with_changes(
    ledger: Ledger,
    changes: Mapping[Key, Entry],
    *,
    source_id: str | None = None,
    start: KeptStart | None = None,
    leases: Iterable[Lease] | None = None,
) -> Ledger:
    """Give the document with our changes merged in."""
    sinks = {name: dict(days) for name, days in ledger.sinks.items()}
    for (sink, day), ours in changes.items():
        days = sinks.setdefault(sink, {})
        days[day] = merge_entry(days.get(day, NOTHING), ours)
    return Ledger(
        source_id=ledger.source_id or source_id,
        start=start or ledger.start,
        sinks={name: dict(sorted(sinks[name].items())) for name in sorted(sinks)},
        leases=ledger.leases if leases is None else tuple(leases),
    )


def encode(ledger: Ledger) -> bytes:
    """Write the document as JSON."""
    return msgspec.json.encode(ledger)


def decode(document: bytes | None, where: str) -> Ledger:
    """Read the document; none yet is an empty ledger.

    Raises:
        StateRefused: it is not a ledger, or one of a newer ccsync. It is left as it is.
    """
    if document is None:
        return Ledger()
    try:
        ledger = msgspec.json.decode(document, type=Ledger)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateRefused(
            f"the ledger at {where} cannot be read ({error}). It was left as it is. Restore it "
            "from a backup, or move it away: every day since sync.start is then delivered again"
        ) from None
    if ledger.format != FORMAT:
        raise StateRefused(
            f"the ledger at {where} has format {ledger.format}, this ccsync knows {FORMAT}. "
            "It was left as it is; use the ccsync version that wrote it, or a newer one"
        )
    return ledger
