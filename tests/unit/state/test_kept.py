from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import StateConflict, StateRefused
from ccsync.settings.model import Start
from ccsync.state.document import Entry, Lease, Line, decode
from ccsync.state.kept import Kept
from ccsync.testing import MemoryStore

DAY = dt.date(2026, 11, 19)
TODAY = dt.date(2026, 11, 22)


def a_line(minute: int) -> Line:
    moment = dt.datetime(2026, 11, 22, 12, minute, tzinfo=dt.UTC)
    return Line(
        snapshot_id=f"snapshot {minute}",
        fingerprint="f",
        records=1,
        settled=True,
        fetched_at=moment,
        delivered_at=moment,
    )


def loaded(store: MemoryStore) -> Kept:
    kept = Kept(store)
    kept.load()
    return kept


def test_nothing_is_saved_before_it_is_asked_for() -> None:
    store = MemoryStore()
    kept = loaded(store)
    assert not kept.is_changed
    kept.change("one", DAY, Entry(line=a_line(1)))
    assert kept.is_changed
    assert kept.entry("one", DAY).line == a_line(1)
    assert kept.entries("one") == {}
    assert store.document is None
    kept.save([])
    assert not kept.is_changed
    assert loaded(store).entries("one") == {DAY: Entry(line=a_line(1))}


def test_changes_to_one_entry_are_merged() -> None:
    kept = loaded(MemoryStore())
    kept.change("one", DAY, Entry(remembered=True))
    kept.change("one", DAY, Entry(line=a_line(2)))
    kept.change("one", DAY, Entry(line=a_line(1)))
    assert kept.entry("one", DAY) == Entry(line=a_line(2), remembered=True)


def test_changes_stay_on_top_when_somebody_was_faster() -> None:
    store = MemoryStore()
    kept, other = loaded(store), loaded(store)
    kept.change("one", DAY, Entry(line=a_line(2)))
    other.change("one", DAY, Entry(line=a_line(1)))
    other.change("two", DAY, Entry(line=a_line(3)))
    other.save([])
    with pytest.raises(StateConflict):
        kept.save([])
    kept.load()
    assert kept.entry("one", DAY).line == a_line(2)
    kept.save([])
    assert loaded(store).entry("one", DAY).line == a_line(2)
    assert loaded(store).entry("two", DAY).line == a_line(3)


def test_forgotten_changes_are_not_saved() -> None:
    store = MemoryStore()
    kept = loaded(store)
    kept.change("one", DAY, Entry(line=a_line(1)))
    kept.forget_changes()
    kept.save([])
    assert loaded(store).entries("one") == {}


def test_leases_are_saved_as_given() -> None:
    store = MemoryStore()
    lease = Lease(holder="us", run_id="run", days=((DAY, DAY),))
    loaded(store).save([lease])
    assert loaded(store).leases == (lease,)


def test_a_start_in_days_is_resolved_once_and_kept() -> None:
    store = MemoryStore()
    kept = loaded(store)
    assert kept.start_day(Start(days=30), TODAY) == dt.date(2026, 10, 23)
    assert not kept.is_changed, "the API has not answered: perhaps the clock is wrong"
    kept.save([])
    kept.bind("org")
    assert kept.is_changed
    kept.save([])
    assert not kept.is_changed
    later = loaded(store)
    assert later.start_day(Start(days=30), TODAY + dt.timedelta(days=9)) == dt.date(2026, 10, 23)
    assert not later.is_changed


def test_another_start_in_the_settings_is_resolved_anew() -> None:
    store = MemoryStore()
    kept = loaded(store)
    kept.start_day(Start(days=30), TODAY)
    kept.bind("org")
    kept.save([])
    assert loaded(store).start_day(Start(days=40), TODAY) == dt.date(2026, 10, 13)


def test_a_date_is_taken_as_it_is() -> None:
    kept = loaded(MemoryStore())
    assert kept.start_day(Start(date=DAY), TODAY) == DAY
    assert not kept.is_changed


def test_a_state_belongs_to_one_organization() -> None:
    store = MemoryStore()
    kept = loaded(store)
    kept.bind("ours")
    kept.save([])
    again = loaded(store)
    again.bind("ours")
    with pytest.raises(StateRefused, match=r"belongs to organization ours, .* to theirs. Nothing"):
        again.bind("theirs")


def test_two_first_runs_of_different_organizations_do_not_mix() -> None:
    store = MemoryStore()
    ours, theirs = loaded(store), loaded(store)
    ours.bind("ours")
    theirs.bind("theirs")
    theirs.save([])
    with pytest.raises(StateConflict):
        ours.save([])
    with pytest.raises(StateRefused, match="belongs to organization theirs"):
        ours.load()
    assert decode(store.document, "memory").source_id == "theirs"
