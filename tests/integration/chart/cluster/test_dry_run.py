"""Every manifest that the chart renders is taken by the API server as it is, without a warning.

A dry run goes through all of it: unknown fields are refused, defaults filled in, names, quantities
and schedules checked, Pod Security enforced. What a pod names has to be there: service accounts,
priority and runtime classes are made. PrometheusRule and ExternalSecret are the real definitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chart.cluster.conftest import a_namespace
from tests.integration.chart.cluster.definitions import FOREIGN
from tests.integration.chart.cluster.release import NAME
from tests.support.cluster import Cluster
from tests.support.cluster_api import Api
from tests.support.cluster_helm import CHART, HELMS, Helm
from tests.support.command import Json

pytestmark = pytest.mark.integration

VALUES = sorted((CHART / "ci").glob("*-values.yaml"))


@pytest.fixture(scope="module")
def place(api: Api) -> Iterator[str]:
    """Give a namespace for all of it: nothing is left by a dry run."""
    with a_namespace(api) as name:
        monitoring = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}
        api.create(monitoring, "").taken()
        yield name


def pods_in(manifest: Json) -> Iterator[tuple[Json, Json]]:
    """Give metadata and spec of the pods that a manifest makes."""
    match manifest:
        case {"kind": "Pod"}:
            yield manifest["metadata"], manifest["spec"]
        case {"kind": "Job"}:
            yield manifest["spec"]["template"]["metadata"], manifest["spec"]["template"]["spec"]
        case {"kind": "CronJob"}:
            yield from pods_in({"kind": "Job", "spec": manifest["spec"]["jobTemplate"]["spec"]})
        case _:
            pass


def provide(api: Api, namespace: str, pod: Json) -> None:
    """Make what admission demands of a pod's surroundings."""
    wanted: list[Json] = [{"apiVersion": "v1", "kind": "ServiceAccount"}]
    names: list[Any] = [pod.get("serviceAccountName", "default")]
    if "priorityClassName" in pod:
        about = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1}
        wanted.append(about)
        names.append(pod["priorityClassName"])
    if "runtimeClassName" in pod:
        about = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "runsc"}
        wanted.append(about)
        names.append(pod["runtimeClassName"])
    for one, name in zip(wanted, names, strict=True):
        answer = api.create({**one, "metadata": {"name": name}}, namespace)
        assert answer.status in (201, 409), answer


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("values", VALUES, ids=[one.name for one in VALUES])
def test_the_api_server_takes_every_manifest(
    cluster: Cluster,
    api: Api,
    place: str,
    foreign_kinds: list[str],
    tmp_path: Path,
    values: Path,
    helm: str,
) -> None:
    release = "x" * 53 if values.name.startswith("long") else NAME
    manifests = Helm(helm, cluster.kubeconfig, tmp_path / "helm", place).manifests(
        release, "--values", values, "--kube-version", "1.36.3"
    )
    assert "CronJob" in {one["kind"] for one in manifests}
    unknown: list[str] = []
    wrong: list[str] = []
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        if manifest["kind"] in FOREIGN and manifest["kind"] not in foreign_kinds:
            unknown.append(name)
            continue
        for metadata, pod in pods_in(manifest):
            provide(api, place, pod)
            made = {
                "name": "one",
                **{key: metadata.get(key, {}) for key in ("labels", "annotations")},
            }
            as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": pod}
            answer = api.dry_run(as_pod, place)
            if answer.status != 201 or answer.warnings:
                wrong.append(f"pod of {name}: {answer.status} {answer.said} {answer.warnings}")
        answer = api.dry_run(manifest, place)
        is_there = manifest["kind"] == "ServiceAccount" and answer.status == 409
        if (answer.status != 201 and not is_there) or answer.warnings:
            wrong.append(f"{name}: {answer.status} {answer.said} {answer.warnings}")
    assert wrong == []
    if unknown:
        pytest.skip(f"{', '.join(unknown)}: not defined; `make tools CLUSTER=1` brings that")


def test_mistakes_in_foreign_kinds_are_refused(
    api: Api, place: str, foreign_kinds: list[str]
) -> None:
    if not foreign_kinds:
        pytest.skip("no definitions of them; `make tools CLUSTER=1` brings them")
    rule = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule"}
    secret = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret"}
    mistakes: list[tuple[Json, Json, str]] = [
        (rule, {"groups": [{"name": "a", "rules": [{"alert": "B"}]}]}, "expr"),
        (rule, {"groups": [{"rules": []}]}, "name"),
        (rule, {"groups": [{"name": "a", "intervall": "1m"}]}, "unknown field"),
        (secret, {"secretStoreRef": {"name": "a", "kind": "Store"}}, "kind"),
        (secret, {"refreshIntervall": "1h"}, "unknown field"),
    ]
    for kind, spec, words in mistakes:
        answer = api.dry_run({**kind, "metadata": {"name": "one"}, "spec": spec}, place)
        assert answer.status in (400, 422), answer
        assert words in answer.said
