"""The state outlives everything that is done to a release, and a run has nothing to do again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.integration.chart.cluster.release import DAYS, NAME, Release
from tests.support.cluster_helm import CHART, kubectl
from tests.support.cluster_kubelet import Run

pytestmark = pytest.mark.integration


@contextmanager
def nothing_lost(release: Release) -> Generator[None]:
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


@pytest.mark.parametrize("release", ["helm3"], indirect=True)
def test_the_state_outlives_a_change_to_helm_4(release: Release) -> None:
    first_run(release)
    release.helm = replace(release.helm, name="helm4")
    with nothing_lost(release):
        release.upgrade(cronjob={"schedule": "29 * * * *"})
    assert nothing_to_do(release.run("after-upgrade"))


@pytest.mark.parametrize("release", ["helm4"], indirect=True)
def test_a_volume_outlives_the_release(release: Release) -> None:
    """The claim is kept, and found again; pods need no token for the Kubernetes API."""
    volume = {"state": {"type": "pvc"}}
    release.install(**volume)
    run = release.run("first")
    assert run.done is not None
    assert run.done.days("delivered") == release.days
    assert not [one for one in run.pod["spec"]["volumes"] if "kube-api-access" in one["name"]]
    release.helm.tell("uninstall", NAME, "--wait")
    (claim,) = release.api.all("PersistentVolumeClaim", release.namespace)
    assert "deletionTimestamp" not in claim["metadata"]
    release.install(**volume)
    assert nothing_to_do(release.run("after-all"))


@pytest.mark.parametrize("how", [("apply",), ("apply", "--server-side", "--force-conflicts")])
@pytest.mark.parametrize("release", ["helm4"], indirect=True)
def test_the_state_outlives_what_gitops_tools_do(release: Release, how: tuple[str, ...]) -> None:
    """Argo CD and Flux render, and apply what has changed."""
    first_run(release)
    with nothing_lost(release):
        text = release.helm.apply("template", NAME, release.values(extraArgs=["--sink", "out"]))
        done = kubectl(
            release.cluster.kubeconfig, release.namespace, *how, "--filename=-", stdin=text
        )
        assert done.exit == 0, done
    assert nothing_to_do(release.run("after-apply"))


FORCE = {"helm3": ["--force"], "helm4": ["--force-replace", "--server-side=false"]}


def test_force_replaces_the_state_and_the_next_run_heals_it(release: Release) -> None:
    """The documented exception: objects are replaced as a whole, by those of the chart."""
    first_run(release)
    before = release.ledger
    release.upgrade(*FORCE[release.helm.name], cronjob={"schedule": "29 * * * *"})
    assert release.state == {}
    run = release.run("after-force")
    assert run.done is not None
    assert run.done.days("delivered") == release.days
    assert set(release.ledger.sinks["out"]) == set(before.sinks["out"])


@pytest.mark.parametrize("release", ["helm4"], indirect=True)
def test_helm_4_takes_force_only_where_it_does_not_apply_on_the_server(release: Release) -> None:
    first_run(release)
    with nothing_lost(release):
        done = release.helm.ask("upgrade", NAME, CHART, "--reuse-values", "--force-replace")
        assert done.exit != 0
        assert "cannot use server-side apply and force replace together" in done.stderr
