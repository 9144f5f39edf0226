"""Days that BigQuery does not keep: what is written of them is gone at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.sink import DELIVERED, Acknowledgement, Outcome
from ccsync.testing import a_record, a_snapshot
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.names import DAY_MS
from ccsync_bigquery.sink import BigQuerySink
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage

KEPT = 60


@pytest.fixture(params=["stream", "load"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        one.settings = {"mode": request.param, "partition_expiration_days": KEPT}
        with one.connected() as (service, jobs):
            list(Initializer(one.config, service, jobs).steps())
        yield one


def delivered(here: Stage, day: dt.date) -> Outcome:
    with here.connected() as (service, jobs):
        sink = BigQuerySink(here.config, jobs.context, service)
        sink.open()
        return sink.deliver(a_snapshot([a_record(date=day)], day=day), None, lambda _: None)


def newest_expired(here: Stage) -> dt.date:
    """A day is kept for so long after its end."""
    return here.runtime.now().date() - dt.timedelta(days=KEPT + 1)


def test_the_oldest_day_that_is_kept_is_delivered(here: Stage) -> None:
    day = newest_expired(here) + dt.timedelta(days=1)
    assert delivered(here, day) == DELIVERED
    assert len(here.double.rows(f"{DATASET}.usage_raw")) == 1
    here.runtime.advance(dt.timedelta(days=1).total_seconds())
    assert here.double.rows(f"{DATASET}.usage_raw") == []


@pytest.mark.parametrize("may_query", [True, False])
def test_a_day_that_is_not_kept_is_not_called_delivered(here: Stage, may_query: bool) -> None:
    """Without permission to query nobody would see that its rows are gone."""
    if not may_query:
        here.double.deny("bigquery.tables.getData")
    here.double.reset_log()
    outcome = delivered(here, newest_expired(here))
    assert outcome.kind is Acknowledgement.TOO_OLD
    assert f"{PROJECT}.{DATASET}" in outcome.reason
    assert f"all up to {newest_expired(here)}" in outcome.reason
    assert "`sync.start`" in outcome.reason
    assert "`partition_expiration_days`" in outcome.reason
    assert set(here.operations()) == {"tables.get"}, "nothing is written that would be gone"


def test_the_table_that_keeps_fewer_days_counts(here: Stage) -> None:
    key = (PROJECT, DATASET, "sync_days")
    days = {"type": "DAY", "field": "date", "expirationMs": str(5 * DAY_MS)}
    here.double.catalog.patch(key, {"timePartitioning": days})
    day = here.runtime.now().date() - dt.timedelta(days=6)
    assert delivered(here, day).kind is Acknowledgement.TOO_OLD
    assert delivered(here, day + dt.timedelta(days=1)) == DELIVERED


@pytest.mark.parametrize("days", [1_000_000, 90_000_000_000])
def test_so_long_an_expiration_is_none(here: Stage, days: int) -> None:
    for name in ("usage_raw", "sync_days"):
        kept = {"type": "DAY", "field": "date", "expirationMs": str(days * DAY_MS)}
        here.double.catalog.patch((PROJECT, DATASET, name), {"timePartitioning": kept})
    assert delivered(here, dt.date(2025, 1, 1)) == DELIVERED
