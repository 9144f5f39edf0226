"""What a killed writer leaves behind: the old or the new, whole, and a place that works."""

from __future__ import annotations

from ccsync.state.store import StateStore
from ccsync.testing.store_contract.given import Build, Kill
from ccsync.testing.store_contract.promises import DAY, Promises, a_ledger, same, some_days

MOST_STEPS = 1000
"""A write that has more steps than this is called endless."""


class KillPromises(Promises):
    """Killed at its first step, at its second, and so on until it is over before it is killed."""

    def test_a_killed_save_is_all_or_nothing(self, opened: Build, kill: Kill) -> None:
        """A reader finds the old document or the new one, and the next writer can save."""
        writer = opened()
        writer.begin("run-1")
        version = writer.save(b"0", writer.load()[1])
        writer.write_memory("sink", DAY, b"note")
        for step in range(1, MOST_STEPS):
            before = writer.load()[0]
            after = a_ledger(("sink",), some_days(step))

            def save(store: StateStore, document: bytes = after) -> None:
                store.begin("run-killed")
                store.save(document, store.load()[1])

            killed = kill(save, step)
            found, version = opened().load()
            assert found in {before, after}, f"killed at step {step}: a torn document"
            assert killed or same(found, after), "a save was over and is not there"
            assert opened().read_memory("sink", DAY) == b"note"
            version = writer.save(b"%d" % step, version)
            if not killed:
                return
        raise AssertionError("the save never ends")

    def test_a_killed_note_is_all_or_nothing(self, opened: Build, kill: Kill) -> None:
        """Nobody but the sink could tell half a note from a whole one."""
        writer = opened()
        writer.begin("run-1")
        version = writer.save(b"0", writer.load()[1])
        for step in range(1, MOST_STEPS):
            before = writer.read_memory("sink", DAY)
            after = b"%d " % step * 500

            def remember(store: StateStore, note: bytes = after) -> None:
                store.begin("run-killed")
                store.write_memory("sink", DAY, note)

            killed = kill(remember, step)
            found = opened().read_memory("sink", DAY)
            assert found in {before, after}, f"killed at step {step}: a torn note"
            assert killed or same(found, after), "a note was written and is not there"
            version = writer.save(b"%d" % step, version)
            writer.write_memory("sink", DAY, b"whole")
            if not killed:
                return
        raise AssertionError("the write never ends")
