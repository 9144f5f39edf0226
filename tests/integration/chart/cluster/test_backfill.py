"""The backfill: a Job of its own, whose pods share the days and one ConfigMap."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.integration.chart.cluster.release import BATCH, STATE, Release
from tests.integration.otlp.truth import some_rows
from tests.support.cluster_api import wait_for
from tests.support.command import Json

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize("release", ["helm4"], indirect=True),
]

DAYS = 30
PODS = 3


def backfills(release: Release) -> list[Json]:
    """Give the Jobs that no CronJob owns."""
    jobs = release.api.all("Job", release.namespace, BATCH)
    return [one for one in jobs if "ownerReferences" not in one["metadata"]]


def conflicts(release: Release) -> int:
    """Count the times that somebody's version was not the newest any more."""
    lines = release.api.text("/metrics").splitlines()
    counted = [
        one
        for one in lines
        if one.startswith("apiserver_request_total{")
        and 'code="409"' in one
        and 'resource="configmaps"' in one
        and 'verb="PUT"' in one
    ]
    return sum(int(float(one.rpartition(" ")[2])) for one in counted)


def test_pods_side_by_side_fill_every_day_once(release: Release) -> None:
    today = dt.datetime.now(dt.UTC).date()
    days = [today - number * dt.timedelta(days=1) for number in range(DAYS, 0, -1)]
    for day in days:
        release.organization.put(day, some_rows(day, release.organization.organization_id))
    release.simulator.latency = 0.3  # so that they are at work at the same time
    before = conflicts(release)
    release.install(backfill={"enabled": True, "from": f"{DAYS}d", "parallelism": PODS})
    (job,) = backfills(release)
    name = job["metadata"]["name"]
    assert release.over(name)["type"] == "Complete"
    runs = release.kubelet.of(name)
    assert len(runs) == PODS
    delivered: list[dt.date] = []
    for run in runs:
        assert run.done is not None
        assert run.done.exit == 0, run.done
        assert run.done.days("delivered")
        delivered += run.done.days("delivered")
    assert sorted(delivered) == days
    assert sorted(release.ledger.sinks["out"]) == days
    assert conflicts(release) > before, f"{PODS} writers of {STATE} never met"
    # The CronJob finds nothing left to do.
    run = release.run("after")
    assert run.done is not None
    assert set(run.done.counts("out")) <= {"unchanged"}


def test_another_range_is_another_job(release: Release) -> None:
    """A Job cannot be changed: an upgrade that changes it makes a new one, and the old one goes."""
    release.install(backfill={"enabled": True, "from": "3d"})
    (first,) = backfills(release)
    release.over(first["metadata"]["name"])
    release.upgrade(backfill={"enabled": True, "from": "5d"})
    (second,) = wait_for("the other", lambda: [one for one in backfills(release) if one != first])
    assert second["metadata"]["name"] != first["metadata"]["name"]
    assert release.over(second["metadata"]["name"])["type"] == "Complete"
    release.upgrade()
    wait_for("none", lambda: not backfills(release))
    assert len(release.ledger.sinks["out"]) == len(release.days)
