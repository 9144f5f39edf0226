"""What a session saves, when, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccsync.errors import SourceRefused, StateConflict, StateUnavailable, Stopped
from ccsync.settings.model import Start
from ccsync.state.document import Entry
from ccsync.testing import FakeRuntime, MemoryStore
from tests.unit.state.sessions import (
    DAY,
    HOUR,
    LIFETIME,
    NEXT,
    BusyStore,
    a_line,
    foreign,
    ledger,
    session,
)


def test_lines_are_saved_every_few_seconds_and_at_the_end(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY, NEXT})
        before = store.saves
        state.commit("sink", DAY, Entry(line=a_line(runtime)))
        assert store.saves == before
        assert state.entry("sink", DAY).line is not None
        runtime.advance(2)
        state.commit("sink", NEXT, Entry(line=a_line(runtime)))
        assert store.saves == before + 1
        assert len(ledger(store).sinks["sink"]) == 2
        state.commit("other", NEXT, Entry(line=a_line(runtime)))
    assert store.saves == before + 2
    assert "other" in ledger(store).sinks


def test_what_others_save_meanwhile_is_merged(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as state:
        store.faster = [foreign(DAY, runtime)] * 3
        assert state.lease({DAY}) == {DAY}
        state.commit("sink", DAY, Entry(line=a_line(runtime)))
        runtime.advance(40)
        store.faster = [foreign(DAY, runtime), foreign(NEXT, runtime)]
        state.proceed()
        store.faster = [foreign(NEXT, runtime, "theirs too")] * 7
    assert set(ledger(store).sinks) == {"sink", "theirs", "theirs too"}
    assert set(ledger(store).sinks["theirs"]) == {DAY, NEXT}
    assert store.conflicts == 12
    assert ledger(store).leases == ()


def test_a_store_that_is_never_still_is_called_unusable(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})
    state.commit("sink", DAY, Entry(line=a_line(runtime)))
    store.faster = [foreign(DAY, runtime)] * 1000
    with pytest.raises(StateUnavailable, match="changed 50 times while it was saved"):
        state.__exit__(None, None, None)


def test_a_store_that_is_away_for_a_while_is_no_harm(
    store: BusyStore, runtime: FakeRuntime, logged: list[Any]
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        store.down = True
        runtime.advance(LIFETIME / 2)
        state.proceed()
        state.commit("sink", DAY, Entry(line=a_line(runtime)))
        store.down = False
        runtime.advance(LIFETIME / 4)
        state.proceed()
        assert ledger(store).entry(("sink", DAY)).line is not None
        store.down = True
        runtime.advance(LIFETIME / 2)
        state.proceed()
        store.down = False
    assert {one["event"] for one in logged} == {"lease.renewal_failed", "ledger.not_saved"}
    assert ledger(store).leases == ()


def test_memory_is_durable_at_once_and_survives(store: BusyStore, runtime: FakeRuntime) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})
    state.remember("sink", DAY, b"one")
    state.remember("sink", DAY, b"two")
    assert store.memory == {("sink", DAY): b"two"}
    assert state.memory("sink", DAY) == b"two"
    with session(store, FakeRuntime(), "two") as heir:
        assert heir.memory("sink", DAY) == b"two"


def test_the_ledger_tells_that_something_was_remembered(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        state.remember("sink", DAY, b"one")
    assert ledger(store).entry(("sink", DAY)).remembered
    with session(store, runtime) as state:
        state.lease({DAY})
        before = store.saves
        state.remember("sink", DAY, b"two")
        assert store.saves == before


def test_a_note_that_could_not_be_kept_is_an_error(store: BusyStore, runtime: FakeRuntime) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})
    store.down = True
    with pytest.raises(StateUnavailable):
        state.remember("sink", DAY, b"note")


def test_an_attempt_is_durable_before_anything_is_sent(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        state.commit("sink", DAY, Entry(line=a_line(runtime)))
        later = runtime.now() + HOUR
        before = store.saves
        state.attempt(["sink"], DAY, later)
        assert store.saves == before + 1
        assert ledger(store).entry(("sink", DAY)).attempted_at == later
        assert state.entry("sink", DAY).trusted_line is None
        state.attempt(["sink"], DAY, later + HOUR)
        assert store.saves == before + 2, "the later revision is noted too"
        assert ledger(store).entry(("sink", DAY)).attempted_at == later + HOUR


def test_the_first_attempt_is_noted_where_a_run_can_be_overtaken(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        state.attempt(["sink"], DAY, runtime.now())
        assert ledger(store).entry(("sink", DAY)).attempted_at == runtime.now()
        before = store.saves
        state.attempt([], DAY, runtime.now())
        assert store.saves == before


def test_the_first_attempt_needs_no_note_where_the_system_knows_who_lives(
    runtime: FakeRuntime,
) -> None:
    store = BusyStore(lease_lifetime=None)
    with session(store, runtime) as state:
        state.lease({DAY})
        before = store.saves
        state.attempt(["sink", "other"], DAY, runtime.now())
        assert store.saves == before


def test_an_attempt_that_could_not_be_noted_is_an_error(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})
    state.commit("sink", DAY, Entry(line=a_line(runtime)))
    store.down = True
    with pytest.raises(StateUnavailable):
        state.attempt(["sink"], DAY, runtime.now() + HOUR)


@pytest.mark.parametrize("step", ["proceed", "pause", "remember", "attempt"])
def test_a_wish_to_stop_is_honoured(store: BusyStore, runtime: FakeRuntime, step: str) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY, NEXT})
    state.commit("sink", NEXT, Entry(line=a_line(runtime)))
    runtime.stop.request(15)
    steps: dict[str, Callable[[], object]] = {
        "proceed": state.proceed,
        "pause": lambda: state.pause(100),
        "remember": lambda: state.remember("sink", NEXT, b"note"),
        "attempt": lambda: state.attempt(["sink"], NEXT, runtime.now() + HOUR),
    }
    with pytest.raises(Stopped) as caught:
        steps[step]()
    state.__exit__(Stopped, caught.value, None)
    entry = ledger(store).entry(("sink", NEXT))
    assert entry.trusted_line is not None, "what was acknowledged is kept"
    assert ledger(store).leases == ()
    assert store.memory == {}


def test_who_is_stopped_while_it_watches_another_leaves_nothing(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    dead = session(store, runtime, "dead")
    dead.__enter__()
    dead.lease({DAY})

    def pause(_seconds: float) -> None:
        runtime.stop.request(2)
        runtime.stop.check()

    runtime.pause = pause
    with session(store, runtime) as state, pytest.raises(Stopped):
        state.lease({DAY})
    assert [lease.holder for lease in ledger(store).leases] == ["dead"]


def test_a_reader_changes_nothing_at_all(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        state.commit("sink", DAY, Entry(line=a_line(runtime)))
    before = store.saves
    held = session(store, runtime, "two")
    held.__enter__()
    held.lease({DAY})
    with session(store, runtime, read_only=True) as state:
        assert state.keeps
        assert state.lease({DAY, NEXT}) == {DAY, NEXT}
        assert state.start_day(Start(days=3), runtime.now().date()) == DAY
        assert set(state.entries("sink")) == {DAY}
        state.attempt(["sink"], DAY, runtime.now() + HOUR)
        state.commit("sink", NEXT, Entry(line=a_line(runtime)))
        state.remember("sink", DAY, b"note")
        runtime.advance(1000)
        state.proceed()
    assert store.saves == before + 1
    assert store.memory == {}


def test_a_resolved_start_is_kept_even_when_there_was_nothing_to_do(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.start_day(Start(days=3), runtime.now().date())
    assert ledger(store).start is not None


def test_a_start_counted_by_a_clock_that_may_be_wrong_is_not_kept(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    def refused() -> None:
        with session(store, runtime) as state:
            state.start_day(Start(days=3), runtime.now().date())
            state.lease({DAY})
            raise SourceRefused("the clock is wrong")

    with pytest.raises(SourceRefused):
        refused()
    assert ledger(store).start is None


def test_a_store_that_fails_at_the_beginning_is_let_go(runtime: FakeRuntime) -> None:
    class Broken(MemoryStore):
        closed = 0

        def load(self) -> tuple[bytes | None, str]:
            raise StateUnavailable("away")

        def close(self) -> None:
            self.closed += 1

    store = Broken()
    with pytest.raises(StateUnavailable):
        session(store, runtime).__enter__()
    assert store.closed == 1


def test_the_fake_store_keeps_its_own_promise() -> None:
    store = MemoryStore()
    version = store.save(b"one", "0")
    with pytest.raises(StateConflict):
        store.save(b"two", "0")
    assert store.load() == (b"one", version)
