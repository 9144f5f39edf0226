"""A lease that is lost, or cannot be had: nothing more is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccsync.errors import DaysLeased, LeaseLost, StateUnavailable
from ccsync.state.document import Entry, Ledger, decode, encode, with_changes
from ccsync.testing import FakeRuntime
from tests.unit.state.sessions import (
    DAY,
    LIFETIME,
    NEXT,
    BusyStore,
    a_line,
    foreign,
    ledger,
    renewing,
    session,
    take_over,
)


def test_who_lost_its_lease_is_stopped_and_writes_nothing_more(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    slow = session(store, runtime)
    slow.__enter__()
    slow.lease({DAY})
    with session(store, FakeRuntime(), "two") as heir:
        heir.lease({DAY})
        heir.commit("sink", DAY, Entry(line=a_line(runtime, "the heir's")))
    slow.commit("sink", DAY, Entry(line=a_line(runtime, "the loser's")))
    runtime.advance(60)
    with pytest.raises(LeaseLost, match="another run took over our days") as caught:
        slow.proceed()
    slow.__exit__(LeaseLost, caught.value, None)
    line = ledger(store).entry(("sink", DAY)).line
    assert line is not None
    assert line.snapshot_id == "the heir's"


@pytest.mark.parametrize("step", ["pause", "remember", "attempt", "end"])
def test_a_lost_lease_is_noticed_at_each_step(
    store: BusyStore, runtime: FakeRuntime, step: str
) -> None:
    slow = session(store, runtime)
    slow.__enter__()
    slow.lease({DAY})
    slow.commit("sink", DAY, Entry(line=a_line(runtime)))
    content, version = store.load()
    store.save(encode(take_over("two", DAY)(decode(content, "memory"))), version)
    runtime.advance(LIFETIME / 2)
    steps: dict[str, Callable[[], object]] = {
        "pause": lambda: slow.pause(100),
        "remember": lambda: slow.remember("sink", DAY, b"note"),
        "attempt": lambda: slow.attempt(["sink"], DAY, runtime.now()),
        "end": lambda: slow.__exit__(None, None, None),
    }
    with pytest.raises(LeaseLost):
        steps[step]()
    assert store.memory == {}
    assert [lease.holder for lease in ledger(store).leases] == ["two"]


def test_a_commit_that_finds_the_lease_lost_says_so(store: BusyStore, runtime: FakeRuntime) -> None:
    slow = session(store, runtime)
    slow.__enter__()
    slow.lease({DAY})
    store.faster = [take_over("two", DAY)]
    runtime.advance(5)
    with pytest.raises(LeaseLost):
        slow.commit("sink", DAY, Entry(line=a_line(runtime)))


def test_a_store_that_stays_away_costs_the_lease(store: BusyStore, runtime: FakeRuntime) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})
    store.down = True
    runtime.advance(LIFETIME * 0.89)
    state.proceed()
    runtime.advance(LIFETIME * 0.01)
    with pytest.raises(LeaseLost, match=r"could not be renewed at memory for 108 s .*is down"):
        state.proceed()


def test_the_time_that_a_vain_renewal_takes_counts(store: BusyStore, runtime: FakeRuntime) -> None:
    state = session(store, runtime)
    state.__enter__()
    state.lease({DAY})

    def hang(_found: Ledger) -> Ledger:
        runtime.advance(LIFETIME / 4)
        store.down = True
        raise StateUnavailable("no answer in time")

    store.faster = [hang]
    runtime.advance(LIFETIME * 0.8)
    with pytest.raises(LeaseLost, match="could not be renewed at memory for 126 s"):
        state.proceed()


class SlowToSay(BusyStore):
    """Saves at once, and says so after another try: the first answer was lost."""

    def __init__(self, runtime: FakeRuntime) -> None:
        super().__init__()
        self._runtime = runtime
        self.takes = 0.0

    def save(self, document: bytes, expected: str) -> str:
        version = super().save(document, expected)
        self._runtime.advance(self.takes)
        return version


@pytest.mark.parametrize("renewed", [False, True])
def test_a_lease_is_as_old_as_the_try_that_may_have_done_it(
    runtime: FakeRuntime, renewed: bool
) -> None:
    store = SlowToSay(runtime)
    state = session(store, runtime)
    state.__enter__()
    if renewed:
        state.lease({DAY})
        runtime.advance(LIFETIME / 4)
        store.takes = LIFETIME * 0.5
        state.proceed()
    else:
        store.takes = LIFETIME * 0.5
        state.lease({DAY})
    store.down = True
    runtime.advance(LIFETIME * 0.4)
    with pytest.raises(LeaseLost, match="could not be renewed at memory for 108 s"):
        state.proceed()


def test_leasing_from_a_store_that_is_never_still_ends_too(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    store.faster = [foreign(DAY, runtime)] * 1000
    with (
        pytest.raises(StateUnavailable, match="changed 50 times"),
        session(store, runtime) as state,
    ):
        state.lease({DAY})


def test_somebody_who_takes_all_our_days_while_we_lease_is_named(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    store.faster = [take_over("two", DAY, NEXT)]
    runtime.pause = renewing(store, runtime, "two")
    with (
        pytest.raises(DaysLeased, match=r"another run: two \(run run-two\)") as caught,
        session(store, runtime) as state,
    ):
        state.lease({DAY, NEXT})
    assert not isinstance(caught.value, LeaseLost)


def test_a_lease_that_could_not_be_saved_is_no_lost_lease(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    line = a_line(runtime)
    store.save(encode(with_changes(Ledger(), {("sink", DAY): Entry(line=line)})), "0")
    runtime.advance(60)
    with session(store, runtime) as state:
        store.down = True
        with pytest.raises(StateUnavailable, match="is down"):
            state.lease({DAY})
        store.down = False
    assert ledger(store).entry(("sink", DAY)).trusted_line == line
    assert ledger(store).leases == ()
