"""The promises of a state store, kept by a ConfigMap of a real API server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccsync.state.kubernetes import KubernetesStore
from ccsync.state.kubernetes.address import Address
from ccsync.testing import FakeRuntime, StoreContract
from ccsync.testing.store_contract.given import Build, Trouble
from tests.support.cluster import Cluster
from tests.support.cluster_api import Api, wait_for
from tests.support.command import Json
from tests.support.programs import free_port

pytestmark = pytest.mark.integration

NAME = "ccsync"
SMALL = 50_000
RBAC = "rbac.authorization.k8s.io/v1"


def role(*verbs: str) -> Json:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [NAME]}
    metadata = {"name": NAME}
    rules = [{**rule, "verbs": list(verbs)}]
    return {"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": rules}


def binding() -> Json:
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": RBAC.partition("/")[0], "kind": "Role", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": "default"}],
    }


class TestKubernetesStore(StoreContract):
    @pytest.fixture
    def environ(self, cluster: Cluster) -> dict[str, str]:
        """What the kubelet puts into a pod's environment."""
        host, _, port = cluster.address.partition("//")[2].partition(":")
        return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}

    @pytest.fixture
    def address(self, cluster: Cluster, api: Api, namespace: str, tmp_path: Path) -> Address:
        """An empty ConfigMap, and what a pod has mounted that may read and replace it."""
        configmap = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}}
        for one in (configmap, role("get", "update"), binding()):
            api.create(one, namespace).taken()
        mount = tmp_path / "serviceaccount"
        mount.mkdir()
        (mount / "token").write_text(api.token_of("default", namespace))
        (mount / "namespace").write_text(namespace)
        (mount / "ca.crt").write_bytes(cluster.certificate.read_bytes())
        self.await_right(cluster, mount, namespace, can=True)
        return Address(NAME, mount=mount)

    @pytest.fixture
    def build(self, address: Address, environ: dict[str, str]) -> Build:
        return lambda: KubernetesStore(address, environ=environ, runtime=FakeRuntime())

    @pytest.fixture
    def small(self, address: Address, environ: dict[str, str]) -> Build:
        return lambda: KubernetesStore(address, environ=environ, runtime=FakeRuntime(), limit=SMALL)

    @pytest.fixture
    def outage(self, environ: dict[str, str]) -> Trouble:
        @contextmanager
        def away() -> Generator[None]:
            port = environ["KUBERNETES_SERVICE_PORT"]
            environ["KUBERNETES_SERVICE_PORT"] = str(free_port())
            yield
            environ["KUBERNETES_SERVICE_PORT"] = port

        return away

    @pytest.fixture
    def refusal(self, cluster: Cluster, api: Api, namespace: str, address: Address) -> Trouble:
        @contextmanager
        def without_update() -> Generator[None]:
            self.grant(cluster, api, namespace, address, "get")
            yield
            self.grant(cluster, api, namespace, address, "get", "update")

        return without_update

    @pytest.fixture
    def garbage(self, api: Api, namespace: str, address: Address) -> Callable[[bytes], None]:
        def put(nonsense: bytes) -> None:
            content = {"binaryData": {"ledger": base64.b64encode(nonsense).decode()}}
            api.merge("ConfigMap", NAME, namespace, content)

        return put

    @pytest.fixture
    def secrets(self, address: Address) -> Collection[str]:
        return [(address.mount / "token").read_text()]

    def grant(
        self, cluster: Cluster, api: Api, namespace: str, address: Address, *verbs: str
    ) -> None:
        api.merge("Role", NAME, namespace, {"rules": role(*verbs)["rules"]}, version=RBAC)
        self.await_right(cluster, address.mount, namespace, can="update" in verbs)

    def await_right(self, cluster: Cluster, mount: Path, namespace: str, *, can: bool) -> None:
        """The API server hears of changed roles a moment later."""
        about = {"namespace": namespace, "verb": "update", "resource": "configmaps", "name": NAME}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": about},
        }
        with cluster.api((mount / "token").read_text()) as own:
            wait_for(
                f"update allowed: {can}",
                lambda: own.create(review, namespace).taken()["status"]["allowed"] is can,
            )
