"""What is promised of memory: a note per sink and day, apart from the document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ccsync.state.store import StateStore
from ccsync.testing.store_contract.given import Build
from ccsync.testing.store_contract.promises import DAY, Promises, contains, same, some_days

SINKS = ("a", "A", "a_", "a.2026-11-19", "a-b", "a_2d_b", "x" * 63, "Zürich", "計測")
"""Names that are close to each other, long, or no ASCII."""


class MemoryPromises(Promises):
    """Notes are whole, exact and durable, and nobody's note is another's."""

    def test_nothing_is_remembered_at_first(self, opened: Build) -> None:
        """None, not an empty note."""
        assert opened().read_memory("sink", DAY) is None

    def test_a_note_is_read_by_everybody(self, opened: Build) -> None:
        """Durable when `write_memory` returns; the last one counts."""
        one, two = opened(), opened()
        one.begin("run-1")
        two.begin("run-2")
        one.write_memory("sink", DAY, b"a first note, and a longer one")
        assert two.read_memory("sink", DAY) == b"a first note, and a longer one"
        two.write_memory("sink", DAY, b"a second")
        for store in (one, two, opened()):
            assert store.read_memory("sink", DAY) == b"a second"

    def test_notes_are_bytes(self, opened: Build) -> None:
        """Any bytes, and none at all."""
        store = opened()
        store.begin("run-1")
        for note in (bytes(range(256)), b"\r\n\x00", b"\x1f\x8b", b""):
            store.write_memory("sink", DAY, note)
            assert same(opened().read_memory("sink", DAY), note)

    def test_notes_are_kept_by_sink_and_day(self, opened: Build) -> None:
        """However similar the names are."""
        store = opened()
        store.begin("run-1")
        kept = {(sink, day): f"{sink} {day}".encode() for sink in SINKS for day in some_days(2)}
        for (sink, day), note in kept.items():
            store.write_memory(sink, day, note)
        reader = opened()
        assert {key: reader.read_memory(*key) for key in kept} == kept

    def test_a_year_is_remembered(self, opened: Build) -> None:
        """366 days of one sink, in any order."""
        store = opened()
        store.begin("run-1")
        days = some_days(366)
        for day in days[::2] + days[1::2]:
            store.write_memory("sink", day, str(day).encode())
        reader = opened()
        assert [reader.read_memory("sink", day) for day in days] == [
            str(day).encode() for day in days
        ]

    def test_a_note_is_no_conflict_for_the_document(self, opened: Build) -> None:
        """Whoever remembers something would otherwise stop all other runs."""
        one, two = opened(), opened()
        one.begin("run-1")
        two.begin("run-2")
        version = one.save(b"1", one.load()[1])
        two.write_memory("sink", DAY, b"note")
        assert contains(one, b"1") == version, "a note changed the version of the document"
        one.save(b"2", version)
        assert opened().read_memory("sink", DAY) == b"note", "a save lost a note"
        contains(two, b"2")

    def test_notes_come_before_the_document(self, opened: Build) -> None:
        """The first note may be older than the first document."""
        one, two = opened(), opened()
        one.begin("run-1")
        nothing = contains(one, None)
        two.begin("run-2")
        two.write_memory("sink", DAY, b"note")
        contains(two, None)
        one.save(b"1", nothing)
        assert two.read_memory("sink", DAY) == b"note"
        contains(two, b"1")

    def test_writers_at_once_lose_no_note(self, opened: Build) -> None:
        """Two runs remember their own days, and a third one saves the document."""
        stores = [opened() for _ in range(3)]
        for number, store in enumerate(stores):
            store.begin(f"run-{number}")
        days = some_days(16)

        def remember(share: tuple[StateStore, int]) -> None:
            store, first = share
            for day in days[first::2]:
                store.write_memory("sink", day, str(day).encode())

        def save(store: StateStore) -> None:
            version = store.load()[1]
            for number in range(8):
                version = store.save(b"%d" % number, version)

        with ThreadPoolExecutor(3) as pool:
            working = [pool.submit(remember, (stores[n], n)) for n in (0, 1)]
            working.append(pool.submit(save, stores[2]))
            for one in working:
                one.result()
        reader = opened()
        lost = [day for day in days if reader.read_memory("sink", day) != str(day).encode()]
        assert lost == [], "notes of these days are lost"
        contains(reader, b"7")
