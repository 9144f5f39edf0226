"""What is promised of the document: whole, exact, and replaced by one writer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ccsync.errors import StateConflict
from ccsync.state.store import StateStore
from ccsync.testing.store_contract.given import Build
from ccsync.testing.store_contract.promises import Promises, a_ledger, contains, some_days

WRITERS = 3
COUNTS = 8
"""How far each of the writers counts up in the document they share."""


class DocumentPromises(Promises):
    """Load gives what was saved; save compares and swaps."""

    def test_a_new_store_is_empty(self, opened: Build) -> None:
        """No document is None, not an empty one; its version can be saved over."""
        store = opened()
        store.begin("run-1")
        version = contains(store, None)
        store.save(b"{}", version)
        contains(store, b"{}")

    def test_what_was_saved_is_loaded_by_everybody(self, opened: Build) -> None:
        """Durable when `save` returns, and under the version that it gave."""
        one, two = opened(), opened()
        one.begin("run-1")
        version = one.save(b'{"of": "one"}', one.load()[1])
        for store in (one, two, opened()):
            assert contains(store, b'{"of": "one"}') == version, "the version is another one"

    def test_versions_follow_each_other(self, opened: Build) -> None:
        """The version that `save` gives is the one that the next `save` expects."""
        store = opened()
        store.begin("run-1")
        version = store.load()[1]
        for number in range(4):
            version = store.save(b'{"number": %d}' % number, version)
        contains(store, b'{"number": 3}')

    def test_a_stale_version_conflicts(self, opened: Build) -> None:
        """Who loaded before somebody else saved would undo what that one saved."""
        one, two = opened(), opened()
        one.begin("run-1")
        two.begin("run-2")
        first = one.save(b"1", one.load()[1])
        stale = contains(two, b"1")
        second = one.save(b"2", first)
        with pytest.raises(StateConflict):
            two.save(b"of a stale writer", stale)
        assert contains(two, b"2") == second

    def test_of_two_first_writers_one_wins(self, opened: Build) -> None:
        """Both saw that there is no document yet."""
        one, two = opened(), opened()
        one.begin("run-1")
        two.begin("run-2")
        nothing = one.load()[1], two.load()[1]
        one.save(b"of the first", nothing[0])
        with pytest.raises(StateConflict):
            two.save(b"of the second", nothing[1])
        contains(opened(), b"of the first")

    def test_a_document_that_is_not_there_conflicts(self, opened: Build) -> None:
        """A ledger that vanished may not come back with the lines of one run alone."""
        store = opened()
        store.begin("run-1")
        with pytest.raises(StateConflict):
            store.save(b"{}", "the version of a document that was there")
        contains(store, None)

    def test_writers_at_once_lose_nothing(self, opened: Build) -> None:
        """Some count up in one document, all at the same time; no count may get lost."""
        stores = [opened() for _ in range(WRITERS)]
        for number, store in enumerate(stores):
            store.begin(f"run-{number}")
        stores[0].save(b"0", stores[0].load()[1])
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(_count_up, stores))
        contains(opened(), b"%d" % (WRITERS * COUNTS))

    def test_a_year_of_three_sinks_fits(self, opened: Build) -> None:
        """And comes back byte by byte, whatever its words are."""
        document = a_ledger(("stdout", "honeycomb", "Zürich"), some_days(366))
        store = opened()
        store.begin("run-1")
        version = store.save(document, store.load()[1])
        assert contains(opened(), document) == version

    def test_reading_needs_no_begin_and_changes_nothing(self, opened: Build) -> None:
        """`status` and a dry run only read."""
        contains(opened(), None)
        writer = opened()
        writer.begin("run-1")
        version = writer.save(b"1", writer.load()[1])
        reader = opened()
        assert contains(reader, b"1") == version
        assert reader.read_memory("sink", some_days(1)[0]) is None
        assert contains(writer, b"1") == version
        writer.save(b"2", version)
        contains(reader, b"2")

    def test_it_says_that_it_keeps(self, opened: Build) -> None:
        """Where nothing is kept no sink is tracked."""
        assert opened().keeps


def _count_up(store: StateStore) -> None:
    done = 0
    for _ in range(1000):
        document, version = store.load()
        assert document is not None
        try:
            store.save(b"%d" % (int(document) + 1), version)
        except StateConflict:
            continue
        done += 1
        if done == COUNTS:
            return
    raise AssertionError("a writer among others never gets its turn")
