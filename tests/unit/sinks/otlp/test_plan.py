"""Which revision counts, when clocks are not to be trusted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from ccsync.sink import Acknowledgement, Outcome
from ccsync.testing import a_record
from ccsync.testing.builders import DAY, a_snapshot
from ccsync_otlp.catalogue import DIMENSIONS
from ccsync_otlp.memory import Shown, encode, shown_by
from ccsync_otlp.plan import Delivery, Service, plan
from ccsync_otlp.presets import PRESETS, Preset
from ccsync_otlp.times import nanoseconds, start_of

CCSYNC, USAGE = Service("ccsync", None), Service("usage", "teams")
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HOUR_NS = 3_600 * 10**9
OBSERVED = msgspec.structs.replace(PRESETS["otlp"], point_time="observed")


def planned(
    fetched_at: dt.datetime,
    memory: bytes | None = None,
    *,
    now: dt.datetime | None = None,
    service: Service = CCSYNC,
    preset: Preset = PRESETS["otlp"],
    settled: bool = True,
) -> Delivery | Outcome:
    return plan(
        a_snapshot([a_record()], fetched_at=fetched_at, settled=settled),
        memory,
        place="here",
        service=service,
        preset=preset,
        dimensions=frozenset(DIMENSIONS),
        now=now or fetched_at,
    )


def delivery(fetched_at: dt.datetime, memory: bytes | None = None, **more: Any) -> Delivery:
    found = planned(fetched_at, memory, **more)
    assert isinstance(found, Delivery)
    return found


def test_an_older_revision_waits_when_a_newer_one_was_sent() -> None:
    note = encode(delivery(NOON).before)
    late = planned(NOON - HOUR, note, now=NOON + HOUR)
    assert isinstance(late, Outcome)
    assert late.kind is Acknowledgement.NOT_YET
    assert "newer revision" in late.reason


@pytest.mark.parametrize("ahead", [HOUR, 24 * HOUR, 24 * 365 * HOUR])
def test_a_clock_that_was_ahead_blocks_nothing_once_it_is_right(ahead: dt.timedelta) -> None:
    """Else a first attempt that died would leave the day alone until the clock has caught up."""
    first = delivery(NOON + ahead)
    again = delivery(NOON, encode(first.before))
    assert again.stamp.time_ns > first.stamp.time_ns, "it wins nevertheless"
    third = delivery(NOON + HOUR, encode(again.before))
    assert third.stamp.time_ns > again.stamp.time_ns


def test_clocks_of_two_machines_may_differ_a_little() -> None:
    note = encode(delivery(NOON + dt.timedelta(minutes=5)).before)
    assert isinstance(planned(NOON, note), Outcome)


def test_another_service_name_moves_the_series() -> None:
    """The resource is a part of every series: under the former name they become zero."""
    first = delivery(NOON)
    moved = delivery(NOON + HOUR, encode(first.before), service=USAGE)
    assert zeroed(moved) == {CCSYNC: shown_by(first.values)}
    assert moved.tombstones == {}
    assert moved.leftovers[0].stamp.time_ns > first.stamp.time_ns
    assert moved.after is not None
    assert len(moved.after.places) == 1, "acknowledged, it is forgotten"
    again = delivery(NOON + 2 * HOUR, encode(moved.before), service=USAGE)
    assert zeroed(again) == zeroed(moved), "not acknowledged"
    back = delivery(NOON + 3 * HOUR, encode(moved.before))
    assert zeroed(back) == {USAGE: shown_by(moved.values)}
    assert back.tombstones == {}


def test_an_older_revision_waits_under_another_service_name_too() -> None:
    note = encode(delivery(NOON).before)
    assert isinstance(planned(NOON - HOUR, note, now=NOON, service=USAGE), Outcome)


def test_an_open_day_is_set_to_zero_again_and_again() -> None:
    first = delivery(NOON, settled=False)
    moved = delivery(NOON + HOUR, encode(first.before), service=USAGE, settled=False)
    assert moved.leftovers
    assert moved.after is None, "it is sent daily, to mend lost points"


def test_points_stamped_when_observed_and_then_in_the_day() -> None:
    """Each form keeps its own time: those that are observed lie long after the day."""
    seen = delivery(NOON, preset=OBSERVED)
    assert seen.stamp.time_ns == nanoseconds(NOON)
    in_day = delivery(NOON + HOUR, encode(seen.before))
    assert in_day.stamp.time_ns < start_of(DAY) + 24 * HOUR_NS, "there is time left in the day"
    (leftover,) = in_day.leftovers
    assert leftover.shown == shown_by(seen.values)
    assert leftover.stamp.time_ns == nanoseconds(NOON + HOUR), "later than what it has to hide"
    back = delivery(NOON + 2 * HOUR, encode(in_day.before), preset=OBSERVED)
    (leftover,) = back.leftovers
    assert leftover.shown == shown_by(in_day.values)
    assert in_day.stamp.time_ns < leftover.stamp.time_ns < start_of(DAY) + 24 * HOUR_NS


def zeroed(made: Delivery) -> dict[Service, Shown]:
    return {one.service: one.shown for one in made.leftovers}
