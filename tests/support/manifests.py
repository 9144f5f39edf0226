"""Kubernetes manifests as data: read as an API server reads them, and walked.

    manifests_forms.py      names, labels, quantities, schedules: what one value may look like
    manifests_pods.py       the rules of a pod
    manifests_volumes.py    its volumes and mounts
    manifests_placing.py    the nodes that it may run on
    manifests_security.py   the Pod Security Standard "restricted"
    manifests_jobs.py       Jobs and CronJobs
    manifests_objects.py    ConfigMaps, Secrets, claims, RBAC, NetworkPolicies
    manifests_references.py what a pod needs to be there
    manifests_together.py   what one manifest says of another
    manifests_schema.py     fields and types, by Kubernetes version
    manifests_faults.py     all of that at once

They mirror what the API server refuses (and some of what it takes and nobody wants), where JSON
Schemas are silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import yaml

Json = dict[str, Any]

KINDS_OF_PODS = ("Pod", "Job", "CronJob")


class Fault(NamedTuple):
    """What is wrong, and where in a manifest."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class DuplicateKeyError(yaml.YAMLError):
    """A mapping says a key twice; the last one would win silently."""


class _Loader(yaml.CSafeLoader):
    """Like the one of Kubernetes: dates stay text, and a key stands once."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    keys: list[yaml.Node] = [key for key, _ in node.value]
    for key in keys:
        name: Any = cast("Any", loader).construct_object(key)
        if name in seen:
            raise DuplicateKeyError(f"line {key.start_mark.line + 1}: {name!r} stands twice")
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


def _text(_loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
for _tag in ("timestamp", "value"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _text)


def read(text: str) -> list[Json]:
    """Read what `helm template` prints; documents without content are left out.

    Raises:
        yaml.YAMLError: it cannot be read, or says a key twice.
    """
    found = [one for one in yaml.load_all(text, Loader=_Loader) if one]
    for one in found:
        if not isinstance(one, dict):
            raise yaml.YAMLError(f"no manifest: {one!r}")
    return found


def name_of(manifest: Json) -> str:
    """Give the name of its metadata; empty if there is none."""
    return str(manifest.get("metadata", {}).get("name", ""))


def title(manifest: Json) -> str:
    """Name it for people: `CronJob/ccsync`."""
    return f"{manifest.get('kind', '?')}/{name_of(manifest)}"


def of_kind(manifests: list[Json], *kinds: str) -> list[Json]:
    """Give those of some kinds."""
    return [one for one in manifests if one.get("kind") in kinds]


def section(of: Json, key: str) -> Json:
    """Give a mapping of a mapping; empty if it is absent or null."""
    found: Json = of.get(key) or {}
    return found


def entries(of: Json, key: str) -> list[Json]:
    """Give a list of mappings; empty if it is absent or null."""
    found: list[Json] = of.get(key) or []
    return found


def texts(of: Json, key: str) -> list[str]:
    """Give a list of texts; empty if it is absent or null."""
    found: list[str] = of.get(key) or []
    return found


class Pod(NamedTuple):
    """A pod, or the template of one, within a manifest."""

    path: str
    metadata: Json
    spec: Json

    def containers(self) -> Iterator[tuple[str, Json]]:
        """Give every container with its path, in the order in which they start."""
        for kind in ("initContainers", "containers"):
            for number, one in enumerate(entries(self.spec, kind)):
                yield f"{self.path}.{kind}[{number}]", one


def job_of(manifest: Json) -> tuple[str, Json] | None:
    """Give the specification of a Job, or of those that a CronJob makes, with its path."""
    spec = section(manifest, "spec")
    if manifest.get("kind") == "Job":
        return "spec", spec
    if manifest.get("kind") == "CronJob":
        return "spec.jobTemplate.spec", section(section(spec, "jobTemplate"), "spec")
    return None


def pod_of(manifest: Json) -> Pod | None:
    """Give the pod of a manifest, if it is of a kind that has one."""
    if manifest.get("kind") == "Pod":
        return Pod("spec", section(manifest, "metadata"), section(manifest, "spec"))
    if (found := job_of(manifest)) is None:
        return None
    path, job = found
    template = section(job, "template")
    return Pod(f"{path}.template.spec", section(template, "metadata"), section(template, "spec"))


def strings_in(value: Any) -> Iterator[str]:
    """Give every text in a value, keys too."""
    match value:
        case str(text):
            yield text
        case {**mapping}:
            for key, one in mapping.items():
                yield from strings_in(key)
                yield from strings_in(one)
        case [*items]:
            for one in items:
                yield from strings_in(one)
        case _:
            pass
