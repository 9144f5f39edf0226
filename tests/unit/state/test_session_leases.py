"""Who may work on which days, with several runs over one store."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ccsync.errors import DaysLeased
from ccsync.state.document import Entry
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime
from tests.unit.state.sessions import (
    DAY,
    HOUR,
    LIFETIME,
    NEXT,
    BusyStore,
    a_line,
    ledger,
    renewing,
    session,
    take_over,
)


def test_a_lease_is_taken_and_given_back(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as state:
        assert state.lease({DAY, NEXT}) == {DAY, NEXT}
        (lease,) = ledger(store).leases
        assert (lease.holder, lease.run_id) == ("one", "run-one")
        assert lease.days == ((DAY, NEXT),)
        assert lease.expires_at == runtime.now() + dt.timedelta(seconds=LIFETIME)
    assert ledger(store).leases == ()


def test_where_the_system_knows_the_living_a_lease_has_no_end(runtime: FakeRuntime) -> None:
    store = BusyStore(lease_lifetime=None)
    with session(store, runtime) as state:
        state.lease({DAY})
        assert ledger(store).leases[0].expires_at is None
        runtime.advance(100_000)
        state.proceed()
        assert store.saves == 1


def test_nothing_wanted_is_nothing_leased(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as state:
        assert state.lease([]) == frozenset()
    assert store.document is None


def test_a_living_holder_is_respected(store: BusyStore, runtime: FakeRuntime) -> None:
    """It renews while the other watches, and the other learns its name."""
    with session(store, runtime) as living:
        living.lease({DAY})
        other = FakeRuntime()

        def pause(seconds: float) -> None:
            other.advance(seconds)
            runtime.advance(seconds)
            living.proceed()

        other.pause = pause
        with (
            session(store, other, "two") as late,
            pytest.raises(DaysLeased, match=r"one \(run run-one\)\. Try again when it has ended"),
        ):
            late.lease({DAY})
        assert other.elapsed - 1000 < LIFETIME
        living.proceed()


def test_a_dead_holder_is_taken_over_after_one_lifetime_of_the_watchers_clock(
    store: BusyStore, runtime: FakeRuntime, logged: list[Any]
) -> None:
    dead = session(store, runtime)
    dead.__enter__()
    dead.lease({DAY})
    watcher = FakeRuntime()
    with session(store, watcher, "two") as state:
        assert state.lease({DAY}) == {DAY}
    assert LIFETIME <= sum(watcher.pauses) < LIFETIME + 15
    assert [one["event"] for one in logged] == ["lease.watching"]
    assert logged[0]["holders"] == ["one"]


@pytest.mark.parametrize("skew", [-HOUR, HOUR, dt.timedelta(days=400)])
def test_clocks_that_disagree_harm_nobody(
    store: BusyStore, runtime: FakeRuntime, skew: dt.timedelta
) -> None:
    """Whatever the other's clock says, a living holder keeps its days and a dead one loses them."""
    dead = session(store, runtime)
    dead.__enter__()
    dead.lease({DAY})
    skewed = FakeRuntime(runtime.now() + skew)
    with session(store, skewed, "two") as state:
        state.lease({DAY})
        assert sum(skewed.pauses) >= LIFETIME
        third = FakeRuntime(runtime.now() - skew)

        def pause(seconds: float) -> None:
            third.advance(seconds)
            skewed.advance(seconds)
            state.proceed()

        third.pause = pause
        with session(store, third, "three") as late, pytest.raises(DaysLeased):
            late.lease({DAY})


def test_a_retry_of_the_same_job_is_its_heir_at_once(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    dead = StateSession(store, runtime, run_id="first try", holder="job")
    dead.__enter__()
    dead.lease({DAY})
    with StateSession(store, runtime, run_id="second try", holder="job") as state:
        assert state.lease({DAY}) == {DAY}
        assert [lease.run_id for lease in ledger(store).leases] == ["second try"]
    assert runtime.pauses == []


def test_disjoint_days_go_side_by_side(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as one, session(store, runtime, "two") as two:
        one.lease({DAY})
        assert two.lease({NEXT}) == {NEXT}
        assert runtime.pauses == [], "nobody is watched who holds none of our days"
        assert len(ledger(store).leases) == 2
        one.commit("sink", DAY, Entry(line=a_line(runtime)))
        two.commit("sink", NEXT, Entry(line=a_line(runtime)))
    assert set(ledger(store).sinks["sink"]) == {DAY, NEXT}
    assert ledger(store).leases == ()


def test_a_run_leaves_out_what_others_hold(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as one:
        one.lease({DAY})
        other = FakeRuntime()

        def pause(seconds: float) -> None:
            other.advance(seconds)
            runtime.advance(40)
            one.proceed()

        other.pause = pause
        with session(store, other, "two") as two:
            assert two.lease({DAY, NEXT}) == {NEXT}
        one.proceed()


def test_somebody_who_is_faster_while_we_lease_is_respected(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    """The other takes one of our days between our look and our save."""
    store.faster = [take_over("two", DAY)]
    with session(store, runtime) as state:
        runtime.pause = renewing(store, runtime, "two")
        assert state.lease({DAY, NEXT}) == {NEXT}


def test_a_lease_is_renewed_in_time_and_not_more_often(
    store: BusyStore, runtime: FakeRuntime
) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        before = store.saves
        for _ in range(290):
            runtime.advance(1)
            state.proceed()
        assert store.saves - before == 9
        assert ledger(store).leases[0].renewals == 9


def test_a_long_pause_renews_the_lease(store: BusyStore, runtime: FakeRuntime) -> None:
    with session(store, runtime) as state:
        state.lease({DAY})
        state.pause(1000)
        assert sum(runtime.pauses) == 1000
        assert max(runtime.pauses) <= LIFETIME / 4
        assert ledger(store).leases[0].renewals >= 1000 // (LIFETIME / 2)


def test_a_pause_without_a_lease_is_one_pause(runtime: FakeRuntime) -> None:
    with session(BusyStore(lease_lifetime=None), runtime) as state:
        state.lease({DAY})
        state.pause(1000)
        state.pause(0)
    assert runtime.pauses == [1000]
