"""A pod's specification, as podman or docker starts its container: what a kubelet would do with it.

Whatever this does not understand it refuses, so that nothing that a chart says is passed over. The
files of volumes are made by tests.support.pods_volumes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster_pod import expand
from tests.support.containers import Container, Image, Mount
from tests.support.manifests import Json, section
from tests.support.manifests_forms import quantity
from tests.support.pods_volumes import ACCOUNT, NotUnderstoodError, Objects, Volumes

TERMINATION_LOG = "/dev/termination-log"
_MOST_MESSAGE, _MOST_LOG = 4096, 2048
"""Bytes of a termination message, and of a log that stands in for one."""

_ELSEWHERE = {
    "affinity",
    "enableServiceLinks",
    "nodeSelector",
    "priorityClassName",
    "serviceAccountName",
    "tolerations",
    "topologySpreadConstraints",
}
"""Of a pod; decided before it comes to a node, or of no weight there."""


@dataclass
class Node:
    """Where pods are run, and what a cluster gives them there."""

    image: Image
    objects: Objects
    folder: Path
    account: Path | None = None
    """Token, CA and namespace of the service account, as they are mounted."""

    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """What every pod finds in its environment."""

    image_name: str = ""
    """What the pods call the image under test."""

    def start(self, metadata: Json, spec: Json, **added: str) -> PodRun:
        """Start the container of a pod; `added` are variables that its controller adds.

        Raises:
            NotUnderstoodError: it has a field that this does not know.
        """
        if os.geteuid() != 0:
            pytest.skip("only root can give files to the group of a pod, as a kubelet does")
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder / f"pod-{len(list(self.folder.iterdir())) + 1}"
        translated = translate(self, metadata, spec, folder, added)
        container = self.image.start(
            *translated.arguments,
            mounts=translated.mounts,
            environment=translated.environment,
            entrypoint=translated.entrypoint,
            options=translated.options,
        )
        return PodRun(container, translated)

    def run(self, metadata: Json, spec: Json, **added: str) -> PodRun:
        """Start it, and wait for its end."""
        run = self.start(metadata, spec, **added)
        run.wait()
        return run


@dataclass
class Translated:
    """What podman is told."""

    options: list[str]
    mounts: list[Mount]
    environment: dict[str, str]
    arguments: list[str]
    entrypoint: str | None
    termination_log: Path
    falls_back: bool
    """Whether the end of the log stands in for a message that was not written."""


@dataclass
class PodRun:
    """A pod that was started."""

    container: Container
    translated: Translated
    exit: int = -1
    stdout: str = ""
    stderr: str = ""

    def wait(self) -> None:
        """Wait for its end, and clean up."""
        with self.container:
            done = self.container.wait()
        self.exit, self.stdout, self.stderr = done.exit, done.stdout, done.stderr

    @property
    def message(self) -> str:
        """What `kubectl describe pod` shows: its last words, or the end of its log."""
        said = self.translated.termination_log.read_bytes()[:_MOST_MESSAGE].decode()
        if said or not self.translated.falls_back or self.exit == 0:
            return said
        return (self.stdout + self.stderr)[-_MOST_LOG:]


def translate(
    node: Node, metadata: Json, spec: Json, folder: Path, added: Mapping[str, str]
) -> Translated:
    """Say it in podman's words, and make the files.

    Raises:
        NotUnderstoodError: it has a field that this does not know.
    """
    of_pod = _Reader("pod", spec)
    of_pod.skip(*_ELSEWHERE)
    if of_pod.take("restartPolicy") != "Never":
        raise NotUnderstoodError("pod: restarts are not done here")
    containers = of_pod.take("containers")
    if len(containers) != 1:
        raise NotUnderstoodError(f"pod: {len(containers)} containers; only one is run here")
    context, options = _pod_context(of_pod.take("securityContext", {}))
    options += ["--network=host", f"--hostname={metadata['name'][:63]}"]
    options.append(f"--stop-timeout={of_pod.take('terminationGracePeriodSeconds', 30)}")
    if (deadline := of_pod.take("activeDeadlineSeconds")) is not None:
        options.append(f"--timeout={deadline}")
    has_token = of_pod.take("automountServiceAccountToken", True)
    volumes = Volumes(of_pod.take("volumes", []), node.objects, folder, context)
    of_pod.finish()

    container = _Reader("container", containers[0])
    container.skip("name", "imagePullPolicy")
    if (image := container.take("image")) != (node.image_name or image):
        raise NotUnderstoodError(f"container: another image: {image}")
    options += _container_context(container.take("securityContext", {}), context)
    options += _resources(container.take("resources", {}))
    environment = {
        **node.variables,
        **added,
        **_environment(node, metadata, spec, container),
    }
    command = container.take("command", [])
    arguments = [expand(one, environment) for one in container.take("args", [])]
    for one in container.take("volumeMounts", []):
        options += volumes.mount(one)
    mounts = list(volumes.mounts)
    if has_token:
        if node.account is None:
            raise NotUnderstoodError("pod: it wants a token, and the node has none")
        mounts.append(Mount(node.account, ACCOUNT))
    log = _termination_log(folder)
    mounts.append(Mount(log, container.take("terminationMessagePath", TERMINATION_LOG), True))
    falls_back = container.take("terminationMessagePolicy", "File") == "FallbackToLogsOnError"
    container.finish()
    return Translated(
        options,
        mounts,
        environment,
        [*command[1:], *arguments],
        command[0] if command else None,
        log,
        falls_back,
    )


class _Reader:
    """Takes fields out of a mapping, and refuses those that are left."""

    def __init__(self, title: str, content: Json) -> None:
        self._title = title
        self._left = dict(content)

    def take(self, key: str, default: Any = None) -> Any:
        found = self._left.pop(key, default)
        return default if found is None else found

    def skip(self, *keys: str) -> None:
        for key in keys:
            self._left.pop(key, None)

    def finish(self) -> None:
        if self._left:
            raise NotUnderstoodError(f"{self._title}: not understood: {', '.join(self._left)}")


def _pod_context(found: Json) -> tuple[Json, list[str]]:
    context = _Reader("pod: securityContext", found)
    kept = {
        key: context.take(key) for key in ("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup")
    }
    context.skip("fsGroupChangePolicy")
    # podman's own profile is what RuntimeDefault means; without one it would be told so.
    if context.take("seccompProfile") != {"type": "RuntimeDefault"}:
        raise NotUnderstoodError("pod: only the seccompProfile RuntimeDefault is known here")
    context.finish()
    if kept["runAsNonRoot"] and kept["runAsUser"] == 0:
        raise NotUnderstoodError("pod: runAsNonRoot, and the user is 0: no kubelet starts it")
    options: list[str] = []
    if kept["runAsUser"] is not None:
        options.append(f"--user={kept['runAsUser']}:{kept['runAsGroup'] or 0}")
    if kept["fsGroup"] is not None:
        options.append(f"--group-add={kept['fsGroup']}")
    return kept, options


def _container_context(found: Json, pod: Json) -> list[str]:
    context = _Reader("container: securityContext", found)
    options: list[str] = []
    if context.take("readOnlyRootFilesystem", False):
        options.append("--read-only")
    if not context.take("allowPrivilegeEscalation", True):
        options.append("--security-opt=no-new-privileges")
    capabilities = _Reader("capabilities", context.take("capabilities", {}))
    options += [f"--cap-drop={one}" for one in capabilities.take("drop", [])]
    capabilities.finish()
    if context.take("runAsNonRoot", pod["runAsNonRoot"]) is not True:
        raise NotUnderstoodError("container: it might run as root")
    context.finish()
    return options


def _resources(found: Json) -> list[str]:
    resources = _Reader("resources", found)
    resources.skip("requests")  # for whoever chooses the node
    limits = _Reader("limits", resources.take("limits", {}))
    resources.finish()
    options: list[str] = []
    if (memory := limits.take("memory")) is not None:
        # A kubelet gives no swap beside it.
        count = math.floor(quantity(memory))
        options += [f"--memory={count}b", f"--memory-swap={count}b"]
    if (cpu := limits.take("cpu")) is not None:
        options.append(f"--cpus={quantity(cpu)}")
    limits.finish()
    # Where the tests run without rights over limits, the default ones could not be set.
    return [*options, "--ulimit=nofile=1024:1024", "--ulimit=nproc=256:256"]


def _environment(node: Node, metadata: Json, spec: Json, container: _Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in container.take("envFrom", []):
        for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            if key in source:
                content = node.objects.content(kind, source[key])
                found |= {name: value.decode() for name, value in content.items()}
    for one in container.take("env", []):
        if "valueFrom" in one:
            found[one["name"]] = _value(node, metadata, spec, one["valueFrom"])
        else:
            found[one["name"]] = expand(one.get("value") or "", found)
    return found


def _value(node: Node, metadata: Json, spec: Json, source: Json) -> str:
    match source:
        case {"fieldRef": {"fieldPath": str(path)}}:
            return _field(metadata, spec, path)
        case {"secretKeyRef": {"key": str(key)}}:
            return node.objects.content("Secret", source["secretKeyRef"])[key].decode()
        case {"configMapKeyRef": {"key": str(key)}}:
            return node.objects.content("ConfigMap", source["configMapKeyRef"])[key].decode()
        case _:
            raise NotUnderstoodError(f"env: not understood: {source}")


def _field(metadata: Json, spec: Json, path: str) -> str:
    known: dict[str, Callable[[str], Any]] = {
        "metadata.labels": lambda key: section(metadata, "labels")[key],
        "metadata.annotations": lambda key: section(metadata, "annotations")[key],
        "metadata.name": lambda _: metadata["name"],
        "metadata.namespace": lambda _: metadata["namespace"],
        "metadata.uid": lambda _: metadata["uid"],
        "spec.serviceAccountName": lambda _: spec["serviceAccountName"],
    }
    whole, _, key = path.partition("['")
    if whole not in known:
        raise NotUnderstoodError(f"env: no field {path!r} is known here")
    return str(known[whole](key.removesuffix("']")))


def _termination_log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "termination-log"
    log.touch()
    log.chmod(0o666)
    return log


def pod_metadata(template: Json, name: str, namespace: str, job: str = "") -> Json:
    """Give the metadata of a pod that the controller of a Job makes from a template."""
    labels = dict(section(template, "labels"))
    if job:
        labels |= {"batch.kubernetes.io/job-name": job, "job-name": job}
        labels["batch.kubernetes.io/controller-uid"] = f"uid-of-{job}"
    return {**template, "name": name, "namespace": namespace, "uid": name, "labels": labels}


__all__ = ["Node", "NotUnderstoodError", "PodRun", "Translated", "pod_metadata", "translate"]
