"""A control plane for all tests of this directory, and a namespace for each."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.integration.chart.cluster.definitions import define
from tests.integration.chart.cluster.release import Release
from tests.integration.otlp.truth import some_rows
from tests.support.cluster import Cluster, control_plane
from tests.support.cluster_api import Api, wait_for
from tests.support.cluster_helm import HELMS, Helm
from tests.support.cluster_kubelet import Kubelet

LEVELS = ("enforce", "warn", "audit")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with control_plane(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def api(cluster: Cluster) -> Iterator[Api]:
    """Ask as somebody who may do everything."""
    with cluster.api() as api:
        yield api


@pytest.fixture(scope="session")
def foreign_kinds(api: Api) -> list[str]:
    """Let the cluster know the kinds that others bring; gives them."""
    return define(api)


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """Give the name of a namespace that takes only what Pod Security calls restricted."""
    with a_namespace(api) as name:
        yield name


@contextmanager
def a_namespace(api: Api) -> Generator[str]:
    """Make a namespace, with what its controllers put into it."""
    name = f"analytics-{secrets.token_hex(4)}"
    labels = {f"pod-security.kubernetes.io/{level}": "restricted" for level in LEVELS}
    api.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}, ""
    ).taken()
    wait_for("the cluster's CA", lambda: api.find("ConfigMap", "kube-root-ca.crt", name))
    wait_for("service account", lambda: api.find("ServiceAccount", "default", name))
    yield name
    api.delete("Namespace", name, "")


@pytest.fixture(params=HELMS)
def release(
    request: pytest.FixtureRequest, cluster: Cluster, api: Api, namespace: str, tmp_path: Path
) -> Iterator[Release]:
    """Let two people have worked on each day; nothing is installed yet."""
    helm = Helm(request.param, cluster.kubeconfig, tmp_path / "helm", namespace)
    organization = ScriptedOrganization()
    with (
        Simulator(organization) as simulator,
        Kubelet(cluster, namespace, tmp_path / "node") as kubelet,
    ):
        release = Release(cluster, api, namespace, helm, kubelet, simulator, organization)
        for day in release.days:
            organization.put(day, some_rows(day, organization.organization_id))
        release.secret()
        yield release
