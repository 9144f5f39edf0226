"""A commit by a run whose clock was ahead: nothing that is fetched now is newer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import RecordsRefused
from ccsync.sink import DELIVERED, Acknowledgement
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS, create_view
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.sink import BigQuerySink
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        with one.connected() as (service, jobs):
            list(Initializer(one.config, service, jobs).steps())
        yield one


@pytest.fixture
def sink(here: Stage) -> Iterator[BigQuerySink]:
    with here.connected() as (service, jobs):
        yield BigQuerySink(here.config, jobs.context, service)


def fetched(here: Stage, sessions: int, **later: float) -> Snapshot:
    moment = here.runtime.now() + dt.timedelta(**later)
    return a_snapshot([a_record(sessions=sessions)], fetched_at=moment)


def test_it_is_no_success_and_the_advice_helps(here: Stage, sink: BigQuerySink) -> None:
    wrong = fetched(here, 1, days=365)
    assert sink.deliver(wrong, None, lambda _: None) == DELIVERED
    with pytest.raises(RecordsRefused) as caught:
        sink.deliver(fetched(here, 2), None, lambda _: None)
    said = str(caught.value)
    assert f"{PROJECT}.{DATASET}: the revision of {wrong.day}" in said
    assert f"{wrong.fetched_at:%Y-%m-%d %H:%M:%SZ}, which has not come yet" in said

    here.runtime.advance(2 * 3600)
    here.double.execute(said[said.index("DELETE FROM ") :])
    truth = fetched(here, 2)
    assert sink.deliver(truth, None, lambda _: None) == DELIVERED
    for view in VIEWS[:2]:
        here.double.execute(create_view(view, BigQuery(PROJECT, DATASET)))
    shown = here.double.execute(f"SELECT snapshot_id FROM `{PROJECT}.{DATASET}.usage_daily`")  # noqa: S608
    assert shown == [{"snapshot_id": truth.snapshot_id}]


def test_clocks_may_differ_a_little(here: Stage, sink: BigQuerySink) -> None:
    sink.deliver(fetched(here, 1, minutes=9), None, lambda _: None)
    outcome = sink.deliver(fetched(here, 2), None, lambda _: None)
    assert outcome.kind is Acknowledgement.NOT_YET
