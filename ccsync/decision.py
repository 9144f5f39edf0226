"""Whether a snapshot has to be brought to a sink, given what the ledger keeps. Pure."""

from __future__ import annotations

import datetime as dt

import msgspec

from ccsync.fingerprint import Fingerprint
from ccsync.plan import Request
from ccsync.settings.model import Resend
from ccsync.snapshot import Snapshot
from ccsync.state.document import Entry, Line, Note


class Terms(msgspec.Struct, frozen=True):
    """What the decision depends on beside the ledger and the snapshot."""

    fingerprint: Fingerprint
    request: Request
    resend: Resend
    today: dt.date


def standing_note(entry: Entry, snapshot: Snapshot, terms: Terms) -> Note | None:
    """Give the note by which the sink did not take this very snapshot, if it still holds.

    A skipped day is tried again when days are named or with force, a refused one with force.
    """
    note = entry.standing_note
    if note is None or not same(note, snapshot, terms):
        return None
    again = terms.request.force or (note.outcome == "skipped" and terms.request.is_range)
    return None if again else note


def unchanged_line(entry: Entry, snapshot: Snapshot, terms: Terms) -> Line | None:
    """Give the line by which the sink shows this very snapshot, if it need not be sent again."""
    line = entry.trusted_line
    if line is None or not same(line, snapshot, terms) or terms.request.force:
        return None
    if not snapshot.settled:
        if terms.resend == "always":
            return None
        if terms.resend == "daily" and line.delivered_at.date() < terms.today:
            return None
    return line


def restates(entry: Entry, snapshot: Snapshot, terms: Terms) -> bool:
    """Tell whether the destination may show something else for the day than this snapshot."""
    line = entry.trusted_line
    return line is None or not same(line, snapshot, terms)


def same(kept: Line | Note, snapshot: Snapshot, terms: Terms) -> bool:
    """Tell whether a line or note is about this content, shaped as it would be now."""
    return kept.snapshot_id == snapshot.snapshot_id and terms.fingerprint.matches(kept.fingerprint)
