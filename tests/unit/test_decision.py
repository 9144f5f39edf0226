from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec
import pytest

from ccsync.decision import Terms, restates, same, standing_note, unchanged_line
from ccsync.fingerprint import Fingerprint
from ccsync.plan import Request
from ccsync.settings.model import Resend
from ccsync.snapshot import Snapshot
from ccsync.state.document import Entry, Line, Note
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT

OURS = Fingerprint("shape", "here")
OTHER = Fingerprint("shape", "there")
YESTERDAY = FETCHED_AT - dt.timedelta(days=1)
SHOWN = a_snapshot([a_record()])
OPEN = a_snapshot([a_record()], settled=False)
NEW = a_snapshot([a_record(sessions=9)])


def terms(
    *,
    resend: Resend = "never",
    fingerprint: Fingerprint = OURS,
    **request: Any,
) -> Terms:
    return Terms(fingerprint, Request(**request), resend, FETCHED_AT.date())


def a_line(snapshot: Snapshot = SHOWN, *, delivered_at: dt.datetime = FETCHED_AT) -> Line:
    return Line(
        snapshot_id=snapshot.snapshot_id,
        fingerprint=str(OURS),
        records=1,
        settled=True,
        fetched_at=FETCHED_AT,
        delivered_at=delivered_at,
    )


def a_note(outcome: Literal["skipped", "refused"] = "skipped") -> Note:
    return Note(
        outcome=outcome,
        snapshot_id=SHOWN.snapshot_id,
        fingerprint=str(OURS),
        settled=True,
        fetched_at=FETCHED_AT,
        reason="why",
    )


DOUBT = FETCHED_AT + dt.timedelta(seconds=1)


def test_equal_content_shaped_equally_is_not_sent_again() -> None:
    line = a_line()
    assert unchanged_line(Entry(line=line), SHOWN, terms()) is line
    assert not restates(Entry(line=line), SHOWN, terms())


@pytest.mark.parametrize(
    ("entry", "snapshot", "given"),
    [
        (Entry(), SHOWN, terms()),
        (Entry(line=a_line()), NEW, terms()),
        (Entry(line=a_line()), SHOWN, terms(fingerprint=OTHER)),
        (Entry(line=a_line(), attempted_at=DOUBT), SHOWN, terms()),
    ],
)
def test_what_may_be_shown_otherwise_is_sent(
    entry: Entry, snapshot: Snapshot, given: Terms
) -> None:
    assert unchanged_line(entry, snapshot, given) is None
    assert restates(entry, snapshot, given)


def test_force_sends_again_and_is_no_restatement() -> None:
    assert unchanged_line(Entry(line=a_line()), SHOWN, terms(force=True)) is None
    assert not restates(Entry(line=a_line()), SHOWN, terms(force=True))


def test_a_range_does_not_send_unchanged_days_again() -> None:
    line = a_line()
    assert unchanged_line(Entry(line=line), SHOWN, terms(first=DAY, last=DAY)) is line


@pytest.mark.parametrize(
    ("snapshot", "resend", "delivered_at", "sent"),
    [
        (OPEN, "never", YESTERDAY, False),
        (OPEN, "daily", YESTERDAY, True),
        (OPEN, "daily", FETCHED_AT, False),
        (OPEN, "always", FETCHED_AT, True),
        (SHOWN, "daily", YESTERDAY, False),
        (SHOWN, "always", YESTERDAY, False),
    ],
)
def test_open_days_are_sent_again_where_the_sink_asks_for_it(
    snapshot: Snapshot, resend: Resend, delivered_at: dt.datetime, sent: bool
) -> None:
    entry = Entry(line=a_line(delivered_at=delivered_at))
    assert (unchanged_line(entry, snapshot, terms(resend=resend)) is None) is sent


def test_what_was_not_taken_is_not_tried_again() -> None:
    for note in (a_note("skipped"), a_note("refused")):
        assert standing_note(Entry(note=note), SHOWN, terms()) is note


@pytest.mark.parametrize(
    ("entry", "snapshot", "given"),
    [
        (Entry(), SHOWN, terms()),
        (Entry(note=a_note()), NEW, terms()),
        (Entry(note=a_note()), SHOWN, terms(fingerprint=OTHER)),
        (Entry(note=a_note()), SHOWN, terms(force=True)),
        (Entry(note=a_note("refused")), SHOWN, terms(force=True)),
        (Entry(note=a_note("skipped")), SHOWN, terms(first=DAY)),
        (Entry(note=a_note(), attempted_at=DOUBT), SHOWN, terms()),
    ],
)
def test_what_was_not_taken_is_tried_again(entry: Entry, snapshot: Snapshot, given: Terms) -> None:
    assert standing_note(entry, snapshot, given) is None


def test_a_refused_day_is_not_tried_again_because_it_was_named() -> None:
    assert standing_note(Entry(note=a_note("refused")), SHOWN, terms(first=DAY)) is not None


def test_lines_and_notes_are_compared_by_content_and_shape() -> None:
    assert same(a_line(), SHOWN, terms())
    assert same(a_note(), SHOWN, terms())
    assert not same(msgspec.structs.replace(a_note(), snapshot_id="x"), SHOWN, terms())
    assert not same(a_note(), SHOWN, terms(fingerprint=OTHER))
