from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from ccsync.state.document import Lease
from ccsync.state.leases import Standing, Watch, covered, holders, ranges
from ccsync.testing import FakeRuntime

DAY = dt.date(2026, 11, 19)
ONE = dt.timedelta(days=1)


def a_lease(*, holder: str = "other", run_id: str = "run-1", renewals: int = 0) -> Lease:
    return Lease(holder=holder, run_id=run_id, days=((DAY, DAY),), renewals=renewals)


def watch(runtime: FakeRuntime, alive: bool | None = None) -> Watch:
    return Watch(
        holder="us", lifetime=120.0, monotonic=runtime.monotonic, is_alive=lambda _run_id: alive
    )


def test_the_system_is_believed_where_it_knows() -> None:
    runtime = FakeRuntime()
    assert watch(runtime, alive=True).standing(a_lease()) is Standing.ALIVE
    assert watch(runtime, alive=False).standing(a_lease()) is Standing.GONE


def test_a_living_run_of_our_own_name_is_not_our_past() -> None:
    assert watch(FakeRuntime(), alive=True).standing(a_lease(holder="us")) is Standing.ALIVE


def test_an_earlier_try_of_the_same_job_is_gone_at_once() -> None:
    assert watch(FakeRuntime()).standing(a_lease(holder="us")) is Standing.GONE


def test_a_lease_that_stands_still_for_a_lifetime_is_over() -> None:
    runtime = FakeRuntime()
    one = watch(runtime)
    assert one.standing(a_lease()) is Standing.UNKNOWN
    runtime.advance(119.9)
    assert one.standing(a_lease()) is Standing.UNKNOWN
    runtime.advance(0.1)
    assert one.standing(a_lease()) is Standing.GONE


def test_a_lease_that_moves_is_alive() -> None:
    runtime = FakeRuntime()
    one = watch(runtime)
    one.standing(a_lease(renewals=4))
    runtime.advance(500)
    assert one.standing(a_lease(renewals=5)) is Standing.ALIVE


def test_each_run_is_watched_for_itself() -> None:
    runtime = FakeRuntime()
    one = watch(runtime)
    one.standing(a_lease(run_id="run-1"))
    runtime.advance(120)
    assert one.standing(a_lease(run_id="run-2")) is Standing.UNKNOWN
    assert one.standing(a_lease(run_id="run-1")) is Standing.GONE


def test_what_a_lease_says_of_its_end_decides_nothing() -> None:
    runtime = FakeRuntime()
    long_over = Lease(
        holder="other",
        run_id="run-1",
        days=((DAY, DAY),),
        expires_at=runtime.now() - dt.timedelta(hours=1),
    )
    assert watch(runtime).standing(long_over) is Standing.UNKNOWN


def test_ranges_join_neighbours() -> None:
    assert ranges([]) == ()
    assert ranges([DAY]) == ((DAY, DAY),)
    assert ranges([DAY + ONE, DAY, DAY + 3 * ONE, DAY]) == (
        (DAY, DAY + ONE),
        (DAY + 3 * ONE, DAY + 3 * ONE),
    )


days = st.frozensets(st.dates(DAY, DAY + 20 * ONE))


@given(days, days)
def test_a_lease_covers_exactly_its_days(
    held: frozenset[dt.date], asked: frozenset[dt.date]
) -> None:
    lease = Lease(holder="other", run_id="run", days=ranges(held))
    assert set(covered(lease, asked)) == held & asked


def test_holders_are_those_of_the_days_in_question() -> None:
    other = Lease(holder="elsewhere", run_id="run-2", days=((DAY + ONE, DAY + ONE),))
    assert holders([a_lease(), other], [DAY]) == "other (run run-1)"
    assert holders([a_lease(), other], [DAY, DAY + ONE]) == (
        "other (run run-1), elsewhere (run run-2)"
    )
