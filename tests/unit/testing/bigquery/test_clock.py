from __future__ import annotations

import datetime as dt

import pytest

from ccsync.testing.bigquery.clock import Clock

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def test_it_moves_only_when_told_to() -> None:
    clock = Clock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance(60.5)
    assert clock.now() == NOON + dt.timedelta(seconds=60.5)
    assert clock.milliseconds() == int(NOON.timestamp()) * 1000 + 60_500
    clock.set(NOON + dt.timedelta(days=1))
    assert clock.today() == dt.date(2026, 11, 23)


def test_it_does_not_run_backwards_and_knows_its_zone() -> None:
    with pytest.raises(ValueError, match="backwards"):
        Clock(NOON).advance(-1)
    with pytest.raises(ValueError, match="time zone"):
        Clock(NOON.replace(tzinfo=None))
    assert Clock().now().tzinfo is dt.UTC
