"""Five weeks of a simulated organization, sent by the real sink to our receiver, and corrected."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ccsync.records import Record
from ccsync.simulator import Row
from ccsync.source.pages import read_page
from ccsync.testing import a_snapshot
from ccsync.testing.contract.context import Deliverer
from ccsync.testing.otlp import OtlpReceiver, Point
from ccsync_otlp import OtlpConfig
from ccsync_otlp.build import build
from ccsync_otlp.settings import PresetName
from tests.integration.otlp.dashboard_truth import DAY
from tests.integration.otlp.truth import some_rows

TODAY = dt.date(2026, 11, 20)
DAYS = 36
ORGANIZATION = "0c5a31d7-66f0-4c3e-8d6f-2b7a90e4f111"
OTHER = "5f0e8b7a-1d2c-4b3a-9c8d-7e6f5a4b3c2d"
"""A second organization, whose usage the same credential may see."""


class World(NamedTuple):
    """What was sent, and what it was of."""

    points: list[Point]
    """All that the receiver got, in order."""

    rows: list[Row]
    """What the API says at last."""

    days: list[dt.date]


def make_world(preset: PresetName) -> World:
    """Send each day, then send it corrected; what is gone leaves a zero."""
    days = [TODAY - number * DAY for number in range(DAYS, 0, -1)]
    rows: list[Row] = []
    with OtlpReceiver() as receiver:
        settings = {"type": "otlp", "preset": preset, "endpoint": receiver.endpoint}
        config = msgspec.convert(settings, OtlpConfig)
        deliver = Deliverer(lambda context: build(config, context, {}))
        for day in days:
            last = list(_rows(day))
            rows += last
            for records, hours in ((_before(_records(last, day)), 20), (_records(last, day), 40)):
                fetched_at = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=hours)
                deliver(a_snapshot(records, day=day, fetched_at=fetched_at))
        return World(receiver.stored, rows, days)


def _rows(day: dt.date) -> Iterator[Row]:
    """Fewer came in the last week but one; one organization began late."""
    rows = some_rows(day, ORGANIZATION)
    yield from rows[: 5 if 7 < (TODAY - day).days <= 14 else None]
    if (TODAY - day).days < 25:
        for row in rows[2:6]:
            yield {**row, "organization_id": OTHER}


def _before(records: list[Record]) -> list[Record]:
    """Give what the API said of a day at first: more of this, less of that, and others."""
    changed = [
        msgspec.structs.replace(
            one,
            sessions=2 * one.sessions,
            terminal_type="a terminal of before" if number % 3 == 0 else one.terminal_type,
            model_usage=one.model_usage[:1],
        )
        for number, one in enumerate(records[1:])
    ]
    gone = msgspec.structs.replace(records[0], actor_id="gone@northwind.example", commits=7)
    return [*changed, gone]


def _records(rows: list[Row], day: dt.date) -> list[Record]:
    body = json.dumps({"data": rows, "has_more": False, "next_page": None}, default=_number)
    page = read_page(body.encode(), day=day, number=1, on_bad_row="refuse")
    return list(a_snapshot(page.records, day=day).records())


def _number(value: Any) -> str:
    assert isinstance(value, Decimal)
    return str(value)
