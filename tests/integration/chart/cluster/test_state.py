"""The state outlives everything that is done to a release, and a run has nothing to do again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.chart.cluster.release import DAYS, NAME, Release
from tests.support.cluster_kubelet import Run

pytestmark = pytest.mark.integration


@contextmanager
def nothing_lost(release: Release) -> Iterator[None]:
    """Demand that what is done inside changes not one byte of the state."""
    before = release.state
    assert before, "a ledger is to be there"
    yield
    assert release.state == before


def nothing_to_do(run: Run) -> bool:
    """Tell whether a run found every day as it was."""
    assert run.done is not None
    assert run.done.exit == 0, run.done
    return set(run.done.counts("out")) <= {"unchanged"}


def first_run(release: Release) -> None:
    """Install and run it once: every day is new."""
    release.install()
    assert release.state == {}
    run = release.run("first")
    assert run.done is not None
    assert run.done.exit == 0, run.done
    assert run.done.days("delivered") == release.days
    assert len(release.ledger.sinks["out"]) == DAYS


def test_the_state_outlives_upgrade_rollback_uninstall_and_a_new_install(release: Release) -> None:
    first_run(release)
    with nothing_lost(release):
        release.upgrade(cronjob={"schedule": "29 * * * *"}, extraEnv=[{"name": "A", "value": "b"}])
    assert nothing_to_do(release.run("after-upgrade"))
    with nothing_lost(release):
        release.helm.tell("rollback", NAME, "1")
    assert nothing_to_do(release.run("after-rollback"))
    with nothing_lost(release):
        release.helm.tell("uninstall", NAME, "--wait")
        assert release.api.find("CronJob", NAME, release.namespace, "batch/v1") is None
    with nothing_lost(release):
        release.install()
    assert nothing_to_do(release.run("after-all"))
