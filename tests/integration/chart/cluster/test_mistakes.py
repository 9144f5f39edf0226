"""The dry run is real: mistakes that schemas overlook are refused by the API server."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.integration.chart.cluster.release import NAME, Release
from tests.support.cluster_helm import documents
from tests.support.command import Json

pytestmark = pytest.mark.integration

Plant = Callable[[Json], object]


def job(cronjob: Json) -> Json:
    found: Json = cronjob["spec"]["jobTemplate"]["spec"]
    return found


def pod(cronjob: Json) -> Json:
    found: Json = job(cronjob)["template"]["spec"]
    return found


def container(cronjob: Json) -> Json:
    found: Json = pod(cronjob)["containers"][0]
    return found


class Mistake(NamedTuple):
    """One mistake in the CronJob that the chart renders, and what the API server says of it."""

    plant: Plant
    status: int
    words: str


def put(path: str, value: object, part: Callable[[Json], Json]) -> Plant:
    """Put a value into one of the parts above."""

    def plant(cronjob: Json) -> None:
        *way, last = path.split(".")
        into = part(cronjob)
        for step in way:
            into = into[step]
        into[last] = value

    return plant


def spec(cronjob: Json) -> Json:
    found: Json = cronjob["spec"]
    return found


def metadata(cronjob: Json) -> Json:
    found: Json = cronjob["metadata"]
    return found


def mount_twice(cronjob: Json) -> None:
    mounts = container(cronjob)["volumeMounts"]
    mounts.append(mounts[0])


MISTAKES = {
    "misspelt field": Mistake(put("concurencyPolicy", "Forbid", spec), 400, "unknown field"),
    "wrong type": Mistake(put("backoffLimit", "two", job), 400, "backoffLimit"),
    "concurrency policy": Mistake(put("concurrencyPolicy", "Forbidd", spec), 422, "Forbidd"),
    "restart always": Mistake(put("restartPolicy", "Always", pod), 422, "restartPolicy"),
    "restart on failure": Mistake(put("restartPolicy", "OnFailure", pod), 422, "restartPolicy"),
    "no schedule": Mistake(put("schedule", "every hour", spec), 422, "spec.schedule"),
    "zone in the schedule": Mistake(put("schedule", "CRON_TZ=UTC 1 * * * *", spec), 422, "TZ"),
    "zone on Mars": Mistake(put("timeZone", "Mars/Phobos", spec), 422, "timeZone"),
    "local zone": Mistake(put("timeZone", "Local", spec), 422, "timeZone"),
    "no quantity": Mistake(put("resources.limits.memory", "128QQ", container), 400, "quantities"),
    "request above limit": Mistake(
        put("resources.requests.memory", "1Gi", container), 422, "memory limit"
    ),
    "negative retries": Mistake(put("backoffLimit", -2, job), 422, "backoffLimit"),
    "negative history": Mistake(put("failedJobsHistoryLimit", -1, spec), 422, "HistoryLimit"),
    "bad name": Mistake(put("name", "Not_A_Name", metadata), 422, "metadata.name"),
    "long name": Mistake(put("name", "x" * 53, metadata), 422, "no more than 52"),
    "long label": Mistake(put("labels", {"a": "x" * 64}, metadata), 422, "metadata.labels"),
    "failure policy names nobody": Mistake(
        put("podFailurePolicy.rules", [{
            "action": "FailJob",
            "onExitCodes": {"containerName": "other", "operator": "In", "values": [2]},
        }], job), 422, "containerName",
    ),
    "failure policy on success": Mistake(
        put("podFailurePolicy.rules", [{
            "action": "FailJob", "onExitCodes": {"operator": "In", "values": [0]},
        }], job), 422, "must not be 0",
    ),
    "mount of nothing": Mistake(
        put("volumeMounts", [{"name": "nowhere", "mountPath": "/x"}], container), 422, "nowhere"
    ),
    "path mounted twice": Mistake(
mount_twice, 422, "must be unique",
    ),
    "no duration": Mistake(put("activeDeadlineSeconds", -1, job), 422, "activeDeadlineSeconds"),
    "bad variable": Mistake(put("env", [{"name": "A=B", "value": ""}], container), 422, "env"),
    "bad image policy": Mistake(put("imagePullPolicy", "Sometimes", container), 422, "Sometimes"),
}  # fmt: skip


@pytest.fixture
def cronjob(release: Release) -> Json:
    """Give the CronJob as the chart renders it."""
    rendered = documents(release.helm.apply("template", NAME, release.values()))
    (found,) = (one for one in rendered if one["kind"] == "CronJob")
    return found


def test_mistakes_are_refused(release: Release, cronjob: Json) -> None:
    right = release.api.dry_run(cronjob, release.namespace)
    assert (right.status, right.warnings) == (201, []), right.said
    wrong: list[str] = []
    for name, mistake in MISTAKES.items():
        planted = copy.deepcopy(cronjob)
        mistake.plant(planted)
        answer = release.api.dry_run(planted, release.namespace)
        if answer.status != mistake.status or mistake.words not in answer.said:
            wrong.append(f"{name}: {answer.status} {answer.said}")
    assert wrong == []


UNSAFE: dict[str, Plant] = {
    "escalation": put("securityContext.allowPrivilegeEscalation", True, container),
    "capabilities": put("securityContext.capabilities", {}, container),
    "root": put("securityContext.runAsUser", 0, pod),
    "maybe root": put("securityContext", {"seccompProfile": {"type": "RuntimeDefault"}}, pod),
    "no seccomp": put("securityContext.seccompProfile", {"type": "Unconfined"}, pod),
    "network of the host": put("hostNetwork", True, pod),
    "path of the host": put("volumes", [{"name": "config", "hostPath": {"path": "/"}}], pod),
    "privileged": put("securityContext", {"privileged": True}, container),
}


@pytest.mark.parametrize("release", ["helm4"], indirect=True)
def test_what_is_not_restricted_is_refused(release: Release, cronjob: Json) -> None:
    """A pod is refused; of a CronJob that would make one, a warning says so."""
    about = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME}}
    release.api.create(about, release.namespace).taken()
    as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}}
    right = release.api.dry_run({**as_pod, "spec": pod(cronjob)}, release.namespace)
    assert (right.status, right.warnings) == (201, []), right.said
    for name, plant in UNSAFE.items():
        planted = copy.deepcopy(cronjob)
        plant(planted)
        # What would be missing otherwise.
        if name == "path of the host":
            container(planted)["volumeMounts"] = [{"name": "config", "mountPath": "/x"}]
        answer = release.api.dry_run(planted, release.namespace)
        assert any("would violate PodSecurity" in one for one in answer.warnings), (name, answer)
        answer = release.api.dry_run({**as_pod, "spec": pod(planted)}, release.namespace)
        assert answer.status == 403, (name, answer)
        assert "violates PodSecurity" in answer.said
