"""A place to sync from, with five days of usage in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.integration.otlp.five_days import FiveDays
from tests.integration.otlp.truth import some_rows
from tests.support.command import DAY, Place


@pytest.fixture
def usage(tmp_path: Path) -> Iterator[FiveDays]:
    """Let five days have passed, by the real clock: real backends look at it."""
    organization = ScriptedOrganization()
    place = Place(tmp_path)
    today = dt.datetime.now(dt.UTC).date() - DAY
    place.clock.at(today)
    days = [today - number * DAY for number in range(5, 0, -1)]
    for day in days:
        organization.put(day, some_rows(day, organization.organization_id))
    with Simulator(organization, now=place.clock) as api:
        yield FiveDays(place, api, organization, days)
