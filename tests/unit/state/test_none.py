from __future__ import annotations

import datetime as dt

from ccsync.state.none import open_store

DAY = dt.date(2026, 11, 19)


def test_nothing_outlives_the_run() -> None:
    store = open_store("none")
    store.begin("run-1")
    store.save(b"document", "")
    store.write_memory("one", DAY, b"note")
    store.close()
    assert store.load() == (None, "")
    assert open_store("none").read_memory("one", DAY) is None
    assert not store.keeps
    assert store.lease_lifetime is None


def test_within_a_run_a_note_is_kept() -> None:
    store = open_store("none")
    assert store.read_memory("one", DAY) is None
    store.write_memory("one", DAY, b"note")
    assert store.read_memory("one", DAY) == b"note"


def test_nobody_else_is_known() -> None:
    assert open_store("none").is_alive("run-1") is False
