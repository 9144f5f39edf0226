"""What several runs over one place may count on: days side by side, leases of the living."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import DaysLeased
from ccsync.state.document import Entry
from ccsync.testing.runtime import FakeRuntime
from ccsync.testing.store_contract.given import Build
from ccsync.testing.store_contract.promises import (
    DAY,
    Promises,
    a_line,
    session,
    some_days,
    written,
)

HOUR = dt.timedelta(hours=1)

SKEWS = (-HOUR, dt.timedelta(0), HOUR)
"""How far the clock of a run may be off."""


class RunPromises(Promises):
    """The real `StateSession` over the store; only its clock is made up."""

    def test_runs_side_by_side_lose_nothing(self, opened: Build, runtime: FakeRuntime) -> None:
        """Two runs of disjoint days enter what was acknowledged, in turns."""
        days = some_days(6)
        with (
            session(opened(), runtime, "one") as one,
            session(opened(), runtime, "two") as two,
        ):
            assert one.lease(days[::2]) == set(days[::2])
            assert two.lease(days[1::2]) == set(days[1::2])
            for first, second in zip(days[::2], days[1::2], strict=True):
                runtime.advance(5)
                one.remember("sink", first, b"one")
                two.remember("sink", second, b"two")
                one.commit("sink", first, Entry(line=a_line(runtime, "one")))
                two.commit("sink", second, Entry(line=a_line(runtime, "two")))
        found = written(opened())
        lines = {day: found.entry(("sink", day)).line for day in days}
        assert {day for day, line in lines.items() if line is None} == set(), "lines were lost"
        assert found.leases == (), "a lease was not given back"
        notes = [opened().read_memory("sink", day) for day in days]
        assert notes == [b"one", b"two"] * 3

    @pytest.mark.parametrize("skew", SKEWS, ids=str)
    def test_a_living_run_keeps_its_days(
        self, opened: Build, runtime: FakeRuntime, skew: dt.timedelta
    ) -> None:
        """It renews its lease while another one watches, whatever the clocks say."""
        now = dt.datetime.now(dt.UTC)
        runtime.clock = now - skew
        with session(opened(), runtime, "living") as living:
            living.lease({DAY})
            watcher = FakeRuntime(now + skew)

            def pause(seconds: float) -> None:
                watcher.advance(seconds)
                runtime.advance(seconds)
                living.proceed()

            watcher.pause = pause
            with (
                session(opened(), watcher, "late") as late,
                pytest.raises(DaysLeased, match=r"holder-living \(run run-living\)"),
            ):
                late.lease({DAY})
            living.proceed()

    def test_a_long_run_stays_the_holder(self, opened: Build, runtime: FakeRuntime) -> None:
        """It may last for hours, and is renewed all the time."""
        store = opened()
        with session(opened(), runtime, "long") as run:
            run.lease({DAY})
            for _ in range(100):
                runtime.advance(31)
                run.proceed()
            (lease,) = written(store).leases
            assert (lease.run_id, lease.days) == ("run-long", ((DAY, DAY),))
            run.commit("sink", DAY, Entry(line=a_line(runtime)))
        assert written(store).entry(("sink", DAY)).line is not None

    def test_a_run_lives_or_nobody_knows(self, opened: Build) -> None:
        """Where the system knows the living leases have no end; elsewhere they have one."""
        one, two = opened(), opened()
        one.begin("run-1")
        two.begin("run-2")
        known = two.is_alive("run-1")
        assert known in {None, True}, "a run that has begun is called dead"
        if known is None:
            assert two.lease_lifetime is not None, "leases of the dead would never end"
            assert two.lease_lifetime >= 30
        else:
            assert two.lease_lifetime is None
            one.close()
            assert two.is_alive("run-1") is False, "a run that has ended is called alive"

    def test_days_that_nobody_holds_are_not_waited_for(
        self, opened: Build, runtime: FakeRuntime
    ) -> None:
        """A lease that was given back is over at once."""
        for name in ("one", "two"):
            with session(opened(), runtime, name) as run:
                assert run.lease({DAY}) == {DAY}
        assert runtime.pauses == []
