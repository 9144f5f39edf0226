"""The state store in memory has the troubles of a remote one."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import StateConflict, StateUnavailable
from ccsync.testing import MemoryStore

DAY = dt.date(2026, 11, 19)


def test_who_saves_on_an_old_version_is_told() -> None:
    store = MemoryStore()
    nothing, version = store.load()
    assert nothing is None
    newer = store.save(b"one", version)
    with pytest.raises(StateConflict):
        store.save(b"two", version)
    assert store.load() == (b"one", newer)
    assert (store.saves, store.conflicts) == (1, 1)


def test_notes_are_kept_by_sink_and_day() -> None:
    store = MemoryStore()
    store.write_memory("a", DAY, b"note")
    assert store.read_memory("a", DAY) == b"note"
    assert store.read_memory("b", DAY) is None


def test_down_means_down_for_everything() -> None:
    store = MemoryStore()
    store.down = True
    for call in (
        lambda: store.begin("run"),
        store.load,
        lambda: store.save(b"", "0"),
        lambda: store.read_memory("a", DAY),
        lambda: store.write_memory("a", DAY, b""),
    ):
        with pytest.raises(StateUnavailable):
            call()
    store.close()


def test_nobody_knows_who_lives() -> None:
    assert MemoryStore().is_alive("run") is None
    assert MemoryStore(lease_lifetime=None).lease_lifetime is None
