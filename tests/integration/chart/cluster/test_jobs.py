"""How a run ends, and what Kubernetes makes of it: real exit codes, the real Job controller."""

from __future__ import annotations

import os
import signal

import pytest

from ccsync.simulator import effects
from tests.integration.chart.cluster.release import BATCH, NAME, Release
from tests.support.cluster_api import wait_for
from tests.support.cluster_kubelet import Run
from tests.support.command import Json

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize("release", ["helm4"], indirect=True),
]

SLOW = 3.0
"""Seconds that each answer of the API takes, where a run is to be met at work."""

LONG = 20.0
"""The same, where the run is to renew its lease meanwhile, which it does every half a minute."""


def exits(release: Release, job: str) -> list[int]:
    """Give the exit codes of a Job's pods, oldest first."""
    return [run.done.exit for run in release.kubelet.of(job) if run.done]


def at_work(release: Release, job: str) -> Run:
    """Wait until a Job's first pod has asked the API for something."""

    def found() -> Run | None:
        runs = [run for run in release.kubelet.runs if run.job == job]
        return runs[0] if runs and release.simulator.requests else None

    return wait_for("a run at work", found)


def fails_at_once(release: Release, code: int) -> None:
    """Demand that a Job fails with one pod, because of the code that it ended with."""
    release.start("run")
    verdict = release.over("run")
    assert exits(release, "run") == [code]
    assert (verdict["type"], verdict["reason"]) == ("Failed", "PodFailurePolicy"), verdict
    assert f"exit code {code} matching FailJob rule" in verdict["message"]
    (run,) = release.kubelet.of("run")
    status = release.api.get("Pod", run.name, release.namespace)["status"]
    ended: Json = status["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == code
    assert ended["message"].strip()


def test_wrong_settings_are_not_tried_again(release: Release) -> None:
    settings = "version: 1\nsource: {api_key: x}\nsinks: {out: {type: stdot}}\n"
    about = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    release.api.create({**about, "data": {"mine.yaml": settings}}, release.namespace).taken()
    release.install(existingConfigMap={"name": "mine", "key": "mine.yaml"}, config=None)
    fails_at_once(release, 2)


def test_a_wrong_key_is_not_tried_again(release: Release) -> None:
    release.secret("sk-ant-admin01-Wrong-Recognisable")
    release.install()
    fails_at_once(release, 3)
    (run,) = release.kubelet.of("run")
    assert run.done is not None
    assert "Recognisable" not in run.done.stdout + run.done.stderr


def test_refused_data_is_not_tried_again(release: Release) -> None:
    release.organization.put(release.days[2], [{"date": "no day"}])
    release.install()
    fails_at_once(release, 4)
    assert len(release.ledger.sinks["out"]) == len(release.days) - 1


def test_an_outage_is_tried_again_until_it_is_over(release: Release) -> None:
    release.simulator.faults.add(effects.status(503), times=None)
    release.install()
    release.start("run")
    wait_for("a first end", lambda: exits(release, "run"))
    release.simulator.faults.clear()
    assert release.over("run")["type"] == "Complete"
    assert exits(release, "run") == [5, 0]
    assert release.job("run")["status"]["failed"] == 1
    assert len(release.ledger.sinks["out"]) == len(release.days)


def test_without_retries_an_outage_fails_the_job(release: Release) -> None:
    """The zero of `job.backoffLimit` arrives."""
    release.simulator.faults.add(effects.status(503), times=None)
    release.install(job={"backoffLimit": 0})
    release.start("run")
    assert release.over("run")["reason"] == "BackoffLimitExceeded"
    assert exits(release, "run") == [5]


def test_an_evicted_run_is_replaced_and_not_counted(release: Release) -> None:
    """As when a node is drained: SIGTERM, exit 143, and the next pod takes over at once."""
    release.simulator.latency = SLOW
    release.install(job={"backoffLimit": 0})
    release.start("run")
    run = at_work(release, "run")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": run.name}}
    path = f"/api/v1/namespaces/{release.namespace}/pods/{run.name}/eviction"
    release.api.ask("POST", path, eviction).taken()
    wait_for("its end", lambda: run.done)
    release.simulator.latency = 0.0
    assert release.over("run")["type"] == "Complete"
    assert exits(release, "run") == [143, 0]
    assert release.job("run")["status"].get("failed", 0) == 0
    assert len(release.ledger.sinks["out"]) == len(release.days)


def test_a_job_of_the_same_name_is_nobodys_heir(release: Release) -> None:
    """As in two clusters with one bucket, or where a Job was made again: the first one lives on."""
    release.simulator.latency = LONG
    release.install(job={"backoffLimit": 0})
    release.start("run")
    first = at_work(release, "run")
    release.api.delete("Job", "run", release.namespace, BATCH, propagationPolicy="Orphan")
    wait_for("the name to be free", lambda: "run" not in names(release, "Job"))
    release.start("run")
    verdict = release.over("run", patience=90.0)
    assert verdict["reason"] == "BackoffLimitExceeded"
    second = next(one for one in release.kubelet.of("run") if one is not first)
    assert second.done is not None
    assert second.done.exit == 75, second.done
    assert first.done is None, "it still holds its days"
    release.simulator.latency = 0.0
    assert wait_for("the end of the first", lambda: first.done).exit == 0


def names(release: Release, kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in release.api.all(kind, release.namespace, BATCH)}


def test_a_killed_run_counts(release: Release) -> None:
    """As when a container needs more memory than it may have: SIGKILL, exit 137."""
    release.simulator.latency = SLOW
    release.install(job={"backoffLimit": 0})
    release.start("run")
    os.killpg(at_work(release, "run").process.pid, signal.SIGKILL)
    assert release.over("run")["reason"] == "BackoffLimitExceeded"
    assert exits(release, "run") == [137]


def test_a_run_that_takes_too_long_is_stopped(release: Release) -> None:
    """After `job.activeDeadlineSeconds`; a shorter time than the chart takes is written here."""
    release.simulator.latency = SLOW
    release.install()
    release.start("run")
    at_work(release, "run")
    short = {"spec": {"activeDeadlineSeconds": 1}}
    release.api.merge("Job", "run", release.namespace, short, BATCH)
    assert release.over("run")["reason"] == "DeadlineExceeded"
    (run,) = [one for one in release.kubelet.runs if one.job == "run"]
    done = wait_for("its end", lambda: run.done)
    assert done.exit == 143


def test_nothing_is_kept_of_a_run_that_was_deleted(release: Release) -> None:
    """Pods go with their Job: owner references and the garbage collector."""
    release.install()
    release.run("run")
    release.api.delete("Job", "run", release.namespace, BATCH, propagationPolicy="Background")
    wait_for("no pod", lambda: not release.api.all("Pod", release.namespace))
    assert NAME in {one["metadata"]["name"] for one in cronjobs(release)}


def cronjobs(release: Release) -> list[Json]:
    return release.api.all("CronJob", release.namespace, BATCH)
