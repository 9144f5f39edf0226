"""What becomes of the days of a run that died, or that was taken for dead."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import LeaseLost
from ccsync.state.document import Entry
from ccsync.state.session import StateSession
from ccsync.state.store import StateStore
from ccsync.testing.runtime import FakeRuntime
from ccsync.testing.store_contract.given import Build
from ccsync.testing.store_contract.promises import DAY, Promises, a_line, session, written
from ccsync.testing.store_contract.runs import SKEWS


class TakeoverPromises(Promises):
    """A dead run's days are taken over; one that is only slow finds out and writes nothing."""

    @pytest.mark.parametrize("skew", SKEWS, ids=str)
    def test_a_dead_run_is_taken_over(
        self, opened: Build, runtime: FakeRuntime, skew: dt.timedelta
    ) -> None:
        """At once where the system knows; else after one lifetime of the watcher's own clock."""
        now = dt.datetime.now(dt.UTC)
        runtime.clock = now - skew
        _leased_and_killed(opened(), runtime, "dead")
        watcher = FakeRuntime(now + skew)
        store = opened()
        with session(store, watcher, "heir") as heir:
            assert heir.lease({DAY}) == {DAY}
            heir.commit("sink", DAY, Entry(line=a_line(watcher, "of the heir")))
        lifetime = store.lease_lifetime or 0.0
        assert lifetime <= sum(watcher.pauses) <= lifetime + 15
        line = written(opened()).entry(("sink", DAY)).line
        assert line is not None
        assert line.snapshot_id == "of the heir"

    def test_a_retry_of_the_same_job_waits_for_nobody(
        self, opened: Build, runtime: FakeRuntime
    ) -> None:
        """It has the holder's name, and the holder has ended."""
        _leased_and_killed(opened(), runtime, "first try", job="job")
        with session(opened(), runtime, "second try", job="job") as retry:
            assert retry.lease({DAY}) == {DAY}
        assert runtime.pauses == []

    def test_a_run_that_was_overtaken_writes_nothing(
        self, opened: Build, runtime: FakeRuntime
    ) -> None:
        """It slept for longer than its lease; what the other run wrote stays."""
        slow_store = opened()
        if slow_store.lease_lifetime is None:
            pytest.skip("the system knows which runs live: a slow one is not overtaken")
        slow = session(slow_store, runtime, "slow")
        slow.__enter__()
        slow.lease({DAY})
        slow.commit("sink", DAY, Entry(line=a_line(runtime, "of the slow one")))
        with session(opened(), FakeRuntime(runtime.now()), "heir") as heir:
            heir.lease({DAY})
            heir.remember("sink", DAY, b"of the heir")
            runtime.advance(slow_store.lease_lifetime)
            with pytest.raises(LeaseLost):
                slow.remember("sink", DAY, b"of the slow one")
            with pytest.raises(LeaseLost):
                slow.__exit__(None, None, None)
            heir.proceed()
        store = opened()
        assert store.read_memory("sink", DAY) == b"of the heir"
        assert written(store).entry(("sink", DAY)).line is None


def _leased_and_killed(
    store: StateStore, runtime: FakeRuntime, name: str, *, job: str = ""
) -> StateSession:
    """Lease a day and die: nothing is saved or given back any more."""
    run = session(store, runtime, name, job=job)
    run.__enter__()
    run.lease({DAY})
    store.close()
    return run
