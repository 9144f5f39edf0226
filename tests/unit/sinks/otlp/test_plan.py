"""Which revision counts, when clocks are not to be trusted."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.sink import Acknowledgement, Outcome
from ccsync.testing import a_record
from ccsync.testing.builders import a_snapshot
from ccsync_otlp.catalogue import DIMENSIONS
from ccsync_otlp.memory import encode
from ccsync_otlp.plan import Delivery, plan
from ccsync_otlp.presets import PRESETS

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def planned(
    fetched_at: dt.datetime, memory: bytes | None = None, *, now: dt.datetime | None = None
) -> Delivery | Outcome:
    return plan(
        a_snapshot([a_record()], fetched_at=fetched_at),
        memory,
        place="here",
        preset=PRESETS["otlp"],
        dimensions=frozenset(DIMENSIONS),
        now=now or fetched_at,
    )


def delivery(*arguments: dt.datetime | bytes, now: dt.datetime | None = None) -> Delivery:
    found = planned(*arguments, now=now)  # type: ignore[arg-type]
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
