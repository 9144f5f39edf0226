"""How a pod is said in podman's words; what is not understood is refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.support.containers import Image, Tool
from tests.support.manifests import Json
from tests.support.pods import Node, NotUnderstoodError, Translated, pod_metadata, translate
from tests.support.pods_volumes import Objects

IMAGE = "registry.example/ccsync:1"
NAMESPACE = "metadata.namespace"
JOB_LABEL = "metadata.labels['batch.kubernetes.io/job-name']"

SPEC: Json = {
    "restartPolicy": "Never",
    "serviceAccountName": "ccsync",
    "automountServiceAccountToken": False,
    "terminationGracePeriodSeconds": 60,
    "activeDeadlineSeconds": 600,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [
        {
            "name": "ccsync",
            "image": IMAGE,
            "args": ["sync", "--shard", "$(SHARD)"],
            "env": [
                {"name": "SHARD", "value": "0/2"},
                {
                    "name": "NAMESPACE",
                    "valueFrom": {"fieldRef": {"fieldPath": NAMESPACE}},
                },
                {"name": "JOB", "valueFrom": {"fieldRef": {"fieldPath": JOB_LABEL}}},
                {"name": "HOLDER", "value": "$(NAMESPACE)/$(JOB)"},
            ],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "512Mi"}},
            "volumeMounts": [{"name": "tmp", "mountPath": "/scratch"}],
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
}


def say(tmp_path: Path, spec: Json) -> Translated:
    image = Image(Tool("podman"), "localhost/ccsync:test", "base", tmp_path)
    node = Node(image, Objects([], tmp_path / "claims"), tmp_path, image_name=IMAGE)
    metadata = pod_metadata({"labels": {}}, "ccsync-1-x", "analytics", job="ccsync-1")
    return translate(node, metadata, spec, tmp_path / "pod", {"JOB_COMPLETION_INDEX": "0"})


def test_a_pod_is_started_as_it_says(tmp_path: Path) -> None:
    said = say(tmp_path, SPEC)
    assert said.options == [
        "--user=65532:65532",
        "--group-add=65532",
        "--network=host",
        "--hostname=ccsync-1-x",
        "--stop-timeout=60",
        "--timeout=600",
        "--read-only",
        "--security-opt=no-new-privileges",
        "--cap-drop=ALL",
        "--memory=536870912b",
        "--memory-swap=536870912b",
        "--ulimit=nofile=1024:1024",
        "--ulimit=nproc=256:256",
        "--tmpfs=/scratch:rw,nosuid,nodev,mode=0777,size=67108864",
    ]
    assert said.arguments == ["sync", "--shard", "0/2"]
    assert said.entrypoint is None
    assert said.environment == {
        "JOB_COMPLETION_INDEX": "0",
        "SHARD": "0/2",
        "NAMESPACE": "analytics",
        "JOB": "ccsync-1",
        "HOLDER": "analytics/ccsync-1",
    }
    assert [one.target for one in said.mounts] == ["/dev/termination-log"]
    assert not said.falls_back


BOX = "containers.0"


ODD: list[tuple[str, Any, str | None]] = [
    ("hostNetwork", True, "pod: not understood: hostNetwork"),
    ("initContainers", [{"name": "x"}], "pod: not understood: initContainers"),
    ("restartPolicy", "OnFailure", "restarts"),
    ("securityContext.seccompProfile", None, "seccompProfile"),
    ("securityContext.supplementalGroups", [1], "supplementalGroups"),
    ("securityContext.runAsUser", 0, "no kubelet starts it"),
    ("automountServiceAccountToken", True, "wants a token"),
    (f"{BOX}.livenessProbe", {}, "container: not understood: livenessProbe"),
    (f"{BOX}.image", "registry.example/other:1", "another image"),
    (f"{BOX}.resources.claims", [1], "resources: not understood: claims"),
    (f"{BOX}.resources.limits.gpu", 1, "limits: not understood: gpu"),
    (f"{BOX}.securityContext.runAsUser", 5, "runAsUser"),
    (f"{BOX}.securityContext.capabilities.add", ["CHOWN"], "capabilities"),
    (f"{BOX}.env.1.valueFrom", {"resourceFieldRef": {}}, "env: not understood"),
    (f"{BOX}.env.1.valueFrom.fieldRef.fieldPath", "status.podIP", "no field 'status.podIP'"),
    (f"{BOX}.env.1.valueFrom", {"secretKeyRef": {"name": "x", "key": "y"}}, "no Secret 'x'"),
    (f"{BOX}.volumeMounts.0.subPath", "x", "volumeMounts: not understood"),
    (f"{BOX}.volumeMounts.0.name", "x", "volumeMounts: not understood"),
    ("volumes.0", {"name": "tmp", "hostPath": {"path": "/"}}, "volumes: not understood"),
    ("volumes.0.emptyDir.medium", "Memory", None),
    ("volumes.0", {"name": "tmp", "configMap": {"name": "x"}}, "no ConfigMap 'x'"),
    ("volumes.0", {"name": "tmp", "projected": {"sources": [{"x": {}}]}}, "projected"),
]
"""What is changed in the pod, and what is then said; None: nothing."""


@pytest.mark.parametrize(("path", "value", "words"), ODD)
def test_what_is_not_understood_is_refused(
    tmp_path: Path, path: str, value: Any, words: str | None
) -> None:
    spec: Any = copy.deepcopy(SPEC)
    *way, last = path.split(".")
    into = spec
    for step in way:
        into = into[int(step)] if step.isdecimal() else into[step]
    into[int(last) if last.isdecimal() else last] = value
    if words is None:
        assert say(tmp_path, spec)
        return
    with pytest.raises(NotUnderstoodError) as caught:
        say(tmp_path, spec)
    assert words in str(caught.value)
