"""What is promised of a place that can be full: the ledger fits, memory makes room for it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from ccsync.errors import StateRefused
from ccsync.state.store import StateStore
from ccsync.testing.store_contract.given import Build
from ccsync.testing.store_contract.promises import (
    PERSON,
    Promises,
    a_ledger,
    closing,
    contains,
    same,
    some_days,
)

NOTE_BYTES = 1000
DAYS = some_days(100)
"""Their notes are more than the place holds."""


class LimitPromises(Promises):
    """Memory is dropped oldest day first, and it is said; the document never is."""

    @pytest.fixture
    def tight(self, small: Build) -> Iterator[Build]:
        """Give `small`; what it makes is closed at the end."""
        with closing(small) as stores:
            yield stores

    def test_the_oldest_days_are_forgotten_first(self, tight: Build) -> None:
        """What is kept are the newest days, and the document."""
        store = tight()
        store.begin("run-1")
        version = store.save(b"1", store.load()[1])
        for day in DAYS:
            store.write_memory("sink", day, a_note(day))
            assert same(store.read_memory("sink", day), a_note(day)), (
                f"{day} was not even kept once"
            )
        kept = remembered(tight())
        assert 0 < len(kept) < len(DAYS)
        assert kept == DAYS[-len(kept) :], "newer days were forgotten before older ones"
        assert contains(store, b"1") == version

    def test_a_backfill_forgets_no_newer_days_for_older_ones(self, tight: Build) -> None:
        """A day in hand is remembered while it is worked on, and is the next to be forgotten."""
        store = tight()
        store.begin("run-1")
        for day in DAYS:
            store.write_memory("sink", day, a_note(day))
        kept = remembered(store)
        for day in DAYS[:5]:
            store.write_memory("sink", day, a_note(day))
            assert same(store.read_memory("sink", day), a_note(day)), (
                "nothing is known of a day in hand"
            )
        store.write_memory("sink", DAYS[-1], a_note(DAYS[-1]))
        assert set(remembered(store)) >= set(kept[2:])

    def test_the_oldest_of_all_sinks_is_forgotten(self, tight: Build) -> None:
        """Not the sink's whose name comes first, or whose note came first."""
        store = tight()
        store.begin("run-1")
        sinks = ("b", "a", "Zürich")
        days = DAYS[:40]
        for day in days:
            for sink in sinks:
                store.write_memory(sink, day, a_note(day))
        kept = {sink: remembered(store, sink, days) for sink in sinks}
        oldest = [found[0] for found in kept.values()]
        assert max(oldest) - min(oldest) <= dt.timedelta(days=1)

    def test_the_document_makes_memory_give_way(self, tight: Build) -> None:
        """It is saved although the place was full."""
        store = tight()
        store.begin("run-1")
        for day in DAYS:
            store.write_memory("sink", day, a_note(day))
        before = remembered(store)
        document = a_ledger(("sink",), some_days(80))
        version = store.save(document, store.load()[1])
        assert contains(tight(), document) == version
        kept = remembered(tight())
        assert len(kept) < len(before)
        assert kept == before[len(before) - len(kept) :]

    def test_a_document_too_large_is_refused(self, tight: Build) -> None:
        """The one before stays: a run that can enter nothing must not deliver."""
        store = tight()
        store.begin("run-1")
        version = store.save(b"1", store.load()[1])
        too_large = a_ledger((f"sink-{number}" for number in range(10)), some_days(366))
        with pytest.raises(StateRefused) as caught:
            store.save(too_large, version)
        assert store.where in str(caught.value)
        assert contains(tight(), b"1") == version

    def test_a_note_too_large_is_not_kept(self, tight: Build) -> None:
        """Nor is the one before it, which says less than was sent; those of other days are."""
        store = tight()
        store.begin("run-1")
        for day in DAYS[:3]:
            store.write_memory("sink", day, a_note(day))
        store.write_memory("sink", DAYS[1], _noise(200_000))
        assert remembered(store, days=DAYS[:3]) == [DAYS[0], DAYS[2]]
        store.write_memory("sink", DAYS[1], a_note(DAYS[1]))
        assert remembered(store, days=DAYS[:3]) == DAYS[:3]

    def test_what_was_forgotten_is_said(self, tight: Build) -> None:
        """One line for each time, with a count, and without anybody's name."""
        store = tight()
        store.begin("run-1")
        with capture_logs() as logged:
            for day in DAYS:
                store.write_memory("sink", day, a_note(day))
        lines = [line for line in logged if line["event"] == "state.memory_dropped"]
        forgotten = len(DAYS) - len(remembered(store))
        assert sum(line["days"] for line in lines) == forgotten > 0
        assert PERSON not in repr(logged)


def a_note(day: dt.date) -> bytes:
    """Give a note that cannot be made smaller."""
    return PERSON.encode() + _noise(NOTE_BYTES, day.toordinal())


def remembered(store: StateStore, sink: str = "sink", days: list[dt.date] = DAYS) -> list[dt.date]:
    """Give the days that the store remembers something of; a torn note is none of these."""
    found = [(day, store.read_memory(sink, day)) for day in days]
    assert [day for day, note in found if note not in {None, a_note(day)}] == [], "torn notes"
    return [day for day, note in found if note is not None]


def _noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - reproducible on purpose
