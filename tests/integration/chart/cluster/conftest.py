"""A control plane for all tests of this directory, and a namespace for each."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from tests.support.cluster import Cluster, control_plane
from tests.support.cluster_api import Api, wait_for

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
