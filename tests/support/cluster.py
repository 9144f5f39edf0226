"""Kubernetes for tests: its real API server, with the real etcd and the real controllers.

    cluster.py            the control plane, started on the loopback
    cluster_api.py        asking the API server, as whoever has a token
    cluster_kubelet.py    a stand-in for nodes: pods become processes
    cluster_helm.py       Helm, against all that

There is no node, no network of pods and no scheduler. Admission is that of a cluster as it comes,
Pod Security included; RBAC decides who may do what; tokens of service accounts are real ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from tests.support.certificates import Pair, make_certificate
from tests.support.cluster_api import Api, trusting
from tests.support.programs import path_of, running

CONTROLLERS = (
    "cronjob-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "ttl-after-finished-controller",
)
ISSUER = "https://kubernetes.default.svc.cluster.local"
"""Of the tokens of service accounts."""

_HOST = "127.0.0.1"
_MANAGER = "system:kube-controller-manager"


@dataclass(frozen=True)
class Cluster:
    """A control plane that runs."""

    address: str
    certificate: Path
    """Of the API server; its own authority."""

    kubeconfig: Path
    """Of somebody who may do everything."""

    token: str
    """Of the same."""

    def api(self, token: str | None = None) -> Api:
        """Give a client, of somebody who may do everything or of whoever's token this is."""
        return Api(self.address, self.certificate, token or self.token)


def kubernetes() -> Path:
    """Find the program; skips the test where it is absent."""
    path = path_of("kubernetes")
    if not path.exists():
        pytest.skip(f"Kubernetes is not at {path}; `make tools CLUSTER=1` builds it, in minutes")
    return path


@contextmanager
def control_plane(folder: Path) -> Generator[Cluster]:
    """Run etcd, the API server and the controllers; what they write is below the folder."""
    program = kubernetes()
    serving = make_certificate(folder, "kube-apiserver", f"IP:{_HOST}")
    signing = make_certificate(folder, "service-accounts", f"DNS:{ISSUER.partition('//')[2]}")
    admin, manager = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{admin},admin,admin,system:masters\n{manager},{_MANAGER},{_MANAGER}\n")

    def etcd(ports: Sequence[int]) -> list[str | Path]:
        clients, peers = (f"http://{_HOST}:{port}" for port in ports)
        return [
            *(program, "etcd", "--data-dir", folder / f"etcd-{ports[0]}", "--log-level=error"),
            *(f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}"),
            *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
            *(f"--initial-cluster=default={peers}", "--unsafe-no-fsync"),
        ]

    def is_healthy(ports: Sequence[int]) -> bool:
        return _says_ok(f"http://{_HOST}:{ports[0]}/health")

    with running(etcd, ports=2, log=folder / "etcd.log", ready=is_healthy) as (store, _):

        def server(ports: Sequence[int]) -> list[str | Path]:
            return [program, "kube-apiserver", *_server(ports[0], store, serving, signing, tokens)]

        def is_ready(ports: Sequence[int]) -> bool:
            address = f"https://{_HOST}:{ports[0]}/readyz"
            return _says_ok(address, certificate=serving.certificate, token=admin)

        log = folder / "kube-apiserver.log"
        with running(server, ports=1, log=log, ready=is_ready) as (port,):
            address = f"https://{_HOST}:{port}"
            kubeconfig = _kubeconfig(folder / "admin.yaml", address, serving.certificate, admin)
            theirs = _kubeconfig(folder / "manager.yaml", address, serving.certificate, manager)

            def controllers(ports: Sequence[int]) -> list[str | Path]:
                flags = _controllers(ports[0], theirs, serving, signing, folder)
                return [program, "kube-controller-manager", *flags]

            def is_managing(ports: Sequence[int]) -> bool:
                return _says_ok(f"https://{_HOST}:{ports[0]}/healthz")

            log = folder / "kube-controller-manager.log"
            with running(controllers, ports=1, log=log, ready=is_managing):
                yield Cluster(address, serving.certificate, kubeconfig, admin)


def _server(port: int, store: int, serving: Pair, signing: Pair, tokens: Path) -> list[str]:
    return [
        f"--etcd-servers=http://{_HOST}:{store}",
        f"--bind-address={_HOST}",
        f"--advertise-address={_HOST}",
        f"--secure-port={port}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={signing.certificate}",
        f"--service-account-signing-key-file={signing.key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=Node,RBAC",
        # As clusters come: it is Pod Security that refuses such pods.
        "--allow-privileged",
        f"--token-auth-file={tokens}",
        # Without these two it would wait for, and announce, an address that is no loopback.
        "--endpoint-reconciler-type=none",
        f"--external-hostname={_HOST}",
    ]


def _controllers(
    port: int, kubeconfig: Path, serving: Pair, signing: Pair, folder: Path
) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={_HOST}",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'manager'}",
        f"--root-ca-file={serving.certificate}",
        f"--service-account-private-key-file={signing.key}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        f"--controllers={','.join(CONTROLLERS)}",
    ]


def _says_ok(url: str, certificate: Path | None = None, token: str = "") -> bool:
    # A program that has just started may make a certificate of its own: then nobody vouches for it.
    verify = trusting(certificate) if certificate else False
    with httpx.Client(verify=verify, trust_env=False, timeout=5.0) as client:
        try:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return client.get(url, headers=headers).status_code == 200
        except httpx.TransportError:
            return False


def _kubeconfig(path: Path, address: str, certificate: Path, token: str) -> Path:
    cluster = {"server": address, "certificate-authority": str(certificate)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": token}}],
    }
    path.touch(0o600)
    path.write_text(yaml.safe_dump(content))
    return path
