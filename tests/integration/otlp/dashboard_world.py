"""Forty days of a simulated organization at a real backend, after corrections of many kinds.

Synced three times by the installed command: a day and some hours ago, when yesterday was still
open; now, after most days were corrected; and once more. What runs say of themselves goes to the
same backend.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ccsync.simulator import (
    Organization,
    Row,
    ScriptedOrganization,
    Simulator,
    api_actor,
    model_usage,
    usage_row,
    user_actor,
)
from tests.integration.otlp.dashboard_truth import DAY
from tests.integration.otlp.grafana_like import Backend
from tests.integration.otlp.truth import midnight_after
from tests.support.command import Clock, Done, Place

DAYS = 40
_SOMEWHERE_ELSE = "0b6e1b8e-52c4-4a8a-a1ea-6d7f31f0a0de"
_PEOPLE = 32
"""More than any table shows."""


class World(NamedTuple):
    """What was synced."""

    preset: str
    backend: Backend
    now: dt.datetime
    rows: list[Row]
    """What the API says at last of all days that were asked for."""

    runs: list[Done]
    ended: dt.datetime
    """When the last run ended, by the real clock."""


@contextmanager
def world(directory: Path, backend: Backend, preset: str) -> Generator[World]:
    """Let all this have happened."""
    now = dt.datetime.now(dt.UTC)
    today = now.date()
    first = today - DAYS * DAY
    every = [first + number * DAY for number in range(DAYS + 1)]
    people = Organization(seed=11, users=_PEOPLE)
    organization = ScriptedOrganization()
    rng = random.Random(5)  # noqa: S311 - reproducible on purpose
    for day in every:
        organization.put(day, _rows(people, day, organization.organization_id, rng))
    place = Place(directory, Clock(now - dt.timedelta(hours=26)))
    with Simulator(organization, now=place.clock) as api:
        sink = {"type": "otlp", "preset": preset, "endpoint": backend.endpoint}
        place.configure(
            api.base_url,
            {"metrics": sink},
            sync={"start": f"{DAYS}d", "lookback_days": DAYS + 1, "include_today": True},
            telemetry={"endpoint": backend.endpoint},
        )
        runs = [place.sync(timeout=120)]
        for number, day in enumerate(every):
            _correct(api, organization, day, number)
        place.clock.advance(hours=26)
        runs.append(place.sync(timeout=120))
        api.restate(today - DAY, "values", share=0.5)
        api.restate(today - 15 * DAY, "redimension", share=0.5)
        runs.append(place.sync(timeout=120))
        assert [one.exit for one in runs] == [0, 0, 0], runs
        asked = {day for one in runs for day in one.days("delivered")}
        rows = [
            row
            for day in sorted(asked)
            for row in organization.rows(day, midnight_after(day), organization.revision(day))
        ]
        yield World(preset, backend, now, rows, runs, dt.datetime.now(dt.UTC))


def _rows(
    people: Organization, day: dt.date, organization_id: str, rng: random.Random
) -> list[Row]:
    """Give a day of people, and of some that the simulated ones do not know."""
    rows = list(people.rows(day, midnight_after(day), 0))
    for row in rows:
        row["organization_id"] = organization_id
    if rows and rng.random() < 0.8:
        euros = model_usage(
            "claude-opus-5",
            tokens=(rng.randrange(10**6), 5, 0, 7),
            cents=Decimal(rng.randrange(10**6)) / 100,
            currency="EUR",
        )
        dollars = model_usage("claude-opus-5", tokens=(11, 0, 13, 0), cents=Decimal("0.07"))
        # A tool that is only ever rejected, another currency, and another organization.
        rows.append(
            usage_row(
                day,
                user_actor('zoë "z" o\'neill+{x}\\@northwind.example'),
                organization_id,
                models=[euros, dollars],
                tools={"notebook_edit_tool": (0, rng.randrange(1, 9))},
                pull_requests=rng.randrange(3),
                customer_type="subscription",
                subscription_type="team",
                is_remote=True,
            )
        )
        rows.append(usage_row(day, api_actor("nightly build"), organization_id, models=[euros]))
        rows.append(
            usage_row(
                day,
                user_actor("ann@northwind.example"),
                _SOMEWHERE_ELSE,
                lines=(rng.randrange(9), 2),
            )
        )
    return rows


def _correct(api: Simulator, organization: ScriptedOrganization, day: dt.date, number: int) -> None:
    if number % 9 == 4:
        organization.put(day, [])
    elif number % 2:
        api.restate(day, ("values", "vanish", "redimension", "zero")[number // 2 % 4], share=0.3)
