from __future__ import annotations

import datetime as dt
import itertools
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.errors import StateRefused
from ccsync.state.document import (
    NOTHING,
    Entry,
    KeptStart,
    Lease,
    Ledger,
    Line,
    Note,
    decode,
    encode,
    merge_entry,
    with_changes,
)

DAY = dt.date(2026, 11, 19)


def at(second: int) -> dt.datetime:
    return dt.datetime(2026, 11, 22, 12, 0, second, tzinfo=dt.UTC)


def a_line(second: int, *, settled: bool = True) -> Line:
    """A line; what it holds follows from when it was fetched, as in a real ledger."""
    return Line(
        snapshot_id=f"snapshot {second}",
        fingerprint="f",
        records=second,
        settled=settled,
        fetched_at=at(second),
        delivered_at=at(second),
    )


def a_note(
    second: int,
    outcome: Literal["skipped", "refused"] = "skipped",
    *,
    shows_line: bool = False,
) -> Note:
    return Note(
        outcome=outcome,
        snapshot_id=f"snapshot {second}",
        fingerprint="f",
        settled=True,
        fetched_at=at(second),
        reason="why",
        shows_line=shows_line,
    )


def some_entries(seconds: st.SearchStrategy[int]) -> st.SearchStrategy[Entry]:
    """Entries as writers make them; each second is one revision, with one outcome."""

    def note(second: int) -> Note:
        return a_note(second, "skipped" if second % 3 else "refused", shows_line=second % 2 == 0)

    return st.builds(
        Entry,
        line=st.none() | st.builds(a_line, seconds),
        note=st.none() | st.builds(note, seconds),
        attempted_at=st.none() | st.builds(at, seconds),
        remembered=st.booleans(),
    )


entries = some_entries(st.integers(0, 9)).map(lambda entry: merge_entry(NOTHING, entry))


@given(entries, entries)
def test_merging_does_not_depend_on_who_merges(one: Entry, other: Entry) -> None:
    assert merge_entry(one, other) == merge_entry(other, one)


@given(entries, entries, entries)
def test_merging_does_not_depend_on_the_order(a: Entry, b: Entry, c: Entry) -> None:
    assert merge_entry(merge_entry(a, b), c) == merge_entry(a, merge_entry(b, c))


@given(entries)
def test_merging_twice_changes_nothing(entry: Entry) -> None:
    assert merge_entry(entry, entry) == entry
    assert merge_entry(NOTHING, entry) == entry
    assert merge_entry(entry, NOTHING) == entry


@given(entries, entries)
def test_merging_never_trusts_what_one_side_doubts(one: Entry, other: Entry) -> None:
    both = merge_entry(one, other)
    line = both.trusted_line
    attempts = [part.attempted_at for part in (one, other) if part.attempted_at is not None]
    if line is not None and attempts and max(attempts) > line.fetched_at:
        assert both.note is not None
        assert both.note.shows_line
        assert both.note.fetched_at >= max(attempts)


@given(entries, entries)
def test_revisions_never_go_back(one: Entry, other: Entry) -> None:
    known = [part.fetched_at for part in (one, other) if part.fetched_at is not None]
    assert merge_entry(one, other).fetched_at == max(known, default=None)


def test_the_later_line_wins() -> None:
    assert merge_entry(Entry(line=a_line(1)), Entry(line=a_line(2))).line == a_line(2)
    assert merge_entry(Entry(line=a_line(2)), Entry(line=a_line(1))).line == a_line(2)


def test_of_equally_late_lines_ours_wins() -> None:
    ours = msgspec.structs.replace(a_line(1), delivered_at=at(5))
    assert merge_entry(Entry(line=a_line(1)), Entry(line=ours)).line is ours


def test_a_note_is_gone_once_its_revision_or_a_later_one_was_taken() -> None:
    assert merge_entry(Entry(note=a_note(2)), Entry(line=a_line(2))).note is None
    assert merge_entry(Entry(note=a_note(3)), Entry(line=a_line(2))).note == a_note(3)


def test_a_line_ends_the_doubt_of_its_own_and_earlier_attempts() -> None:
    begun = Entry(line=a_line(1), attempted_at=at(3))
    assert begun.trusted_line is None
    assert merge_entry(begun, Entry(line=a_line(3))).trusted_line == a_line(3)
    assert merge_entry(begun, Entry(line=a_line(2))).trusted_line is None


def test_an_attempt_makes_a_note_not_hold_any_more() -> None:
    assert Entry(note=a_note(2)).standing_note == a_note(2)
    assert Entry(note=a_note(2), attempted_at=at(2)).standing_note == a_note(2)
    assert Entry(note=a_note(2), attempted_at=at(3)).standing_note is None


def test_a_sink_that_left_the_day_alone_still_shows_the_line() -> None:
    entry = Entry(line=a_line(1), attempted_at=at(2), note=a_note(2, shows_line=True))
    assert entry.trusted_line == a_line(1)


def test_a_refused_day_leaves_the_line_in_doubt() -> None:
    entry = Entry(line=a_line(1), attempted_at=at(2), note=a_note(2, "refused"))
    assert entry.trusted_line is None
    assert entry.standing_note is not None


def test_a_skip_does_not_undo_what_an_earlier_attempt_left_behind() -> None:
    """Killed half-way at 2; at 3 the day is too old: the destination keeps that half."""
    killed = Entry(line=a_line(1), attempted_at=at(2))
    skipped = merge_entry(killed, Entry(note=a_note(3, shows_line=False)))
    assert skipped.trusted_line is None
    assert skipped.standing_note == a_note(3)
    again = merge_entry(skipped, Entry(attempted_at=at(4)))
    assert merge_entry(again, Entry(note=a_note(4, shows_line=False))).trusted_line is None


def test_the_latest_revision_known_counts_all_parts() -> None:
    assert NOTHING.fetched_at is None
    assert Entry(line=a_line(1), note=a_note(4), attempted_at=at(2)).fetched_at == at(4)
    assert Entry(line=a_line(1), attempted_at=at(2)).fetched_at == at(2)


def test_what_was_ever_remembered_stays_so() -> None:
    assert merge_entry(Entry(remembered=True), Entry(line=a_line(1))).remembered
    assert merge_entry(Entry(line=a_line(1)), Entry(remembered=True)).remembered


def test_changes_are_merged_into_the_document() -> None:
    theirs = Ledger(
        source_id="org",
        start=KeptStart("30d", DAY),
        sinks={"b": {DAY: Entry(line=a_line(5))}},
        leases=(Lease(holder="x", run_id="r", days=((DAY, DAY),)),),
    )
    earlier = DAY - dt.timedelta(days=1)
    changed = with_changes(
        theirs,
        {
            ("b", DAY): Entry(line=a_line(4)),
            ("b", earlier): Entry(line=a_line(1)),
            ("a", DAY): Entry(line=a_line(6)),
        },
        source_id="other",
    )
    assert changed.source_id == "org"
    assert changed.start == theirs.start
    assert changed.leases == theirs.leases
    assert list(changed.sinks) == ["a", "b"]
    assert list(changed.sinks["b"]) == [earlier, DAY]
    assert changed.entry(("b", DAY)).line == a_line(5)
    assert changed.entry(("a", DAY)).line == a_line(6)
    assert changed.entry(("c", DAY)) is NOTHING
    assert theirs.sinks == {"b": {DAY: Entry(line=a_line(5))}}, "the original is untouched"


def test_source_start_and_leases_can_be_changed() -> None:
    start = KeptStart("7d", DAY)
    changed = with_changes(Ledger(), {}, source_id="org", start=start, leases=[])
    assert (changed.source_id, changed.start, changed.leases) == ("org", start, ())


@given(st.dictionaries(st.dates(), entries, max_size=4), entries)
def test_the_document_survives_being_written(days: dict[dt.date, Entry], entry: Entry) -> None:
    ledger = Ledger(
        source_id="org",
        start=KeptStart("30d", DAY),
        sinks={"one": days, "two": {DAY: entry}},
        leases=(
            Lease(holder="x", run_id="r", days=((DAY, DAY),), renewals=3, expires_at=at(1)),
            Lease(holder="y", run_id="s", days=()),
        ),
    )
    assert decode(encode(ledger), "here") == ledger


def test_no_document_yet_is_an_empty_ledger() -> None:
    assert decode(None, "here") == Ledger()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b'{"format": "one"}',
        b'{"format":1,"sinks":{"a":3}}',
        encode(Ledger(source_id="organization"))[:-5],
    ],
)
def test_what_is_no_ledger_is_refused_and_left_as_it_is(content: bytes) -> None:
    with pytest.raises(StateRefused, match=r"at here cannot be read .* It was left as it is"):
        decode(content, "here")


def test_a_ledger_of_a_newer_version_is_refused() -> None:
    content = msgspec.json.encode({"format": 2, "sinks": {}})
    with pytest.raises(StateRefused, match="has format 2, this ccsync knows 1"):
        decode(content, "here")


def test_every_order_of_three_writers_gives_one_document() -> None:
    changes = [
        {("one", DAY): Entry(line=a_line(1), remembered=True)},
        {("one", DAY): Entry(attempted_at=at(2))},
        {("one", DAY): Entry(note=a_note(2, shows_line=True))},
    ]
    found: set[bytes] = set()
    for order in itertools.permutations(changes):
        ledger = Ledger()
        for change in order:
            ledger = with_changes(ledger, change)
        found.add(encode(ledger))
    assert len(found) == 1
