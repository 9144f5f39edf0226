"""What a pod finds, or does not."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from ccsync.errors import StateRefused
from ccsync.state.kubernetes import KubernetesStore
from ccsync.state.kubernetes.access import Access
from ccsync.state.kubernetes.address import Address
from ccsync.testing.kubernetes import KubernetesDouble
from tests.support.certificates import make_certificate, make_old_authority
from tests.unit.state.kubernetes.conftest import Open

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}


@pytest.mark.parametrize(
    ("environ", "server"),
    [
        (POD, "https://10.0.0.1:6443"),
        ({"KUBERNETES_SERVICE_HOST": "fd00::1"}, "https://[fd00::1]:443"),
    ],
)
def test_the_environment_names_the_server(environ: dict[str, str], server: str) -> None:
    assert Access(Address("ccsync"), environ).server == server


def test_outside_of_a_cluster_says_what_else_to_do(tmp_path: Path) -> None:
    store = KubernetesStore(Address("ccsync", mount=tmp_path), environ={})
    (tmp_path / "token").write_text("t")
    (tmp_path / "namespace").write_text("data")
    with pytest.raises(StateRefused, match=r"can be reached from a pod only: .*kubectl proxy"):
        store.begin("run-1")
    store.close()


@pytest.mark.parametrize("name", ["token", "namespace", "ca.crt"])
@pytest.mark.parametrize("content", [None, b" \n", b"\xff\xfe"])
def test_what_is_not_mounted_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    for one in ("token", "namespace", "ca.crt"):
        (tmp_path / one).write_text("x")
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    access = Access(Address("ccsync", mount=tmp_path), POD)
    with pytest.raises(StateRefused, match=rf"needs {tmp_path}/{name}"):
        _ = (access.token, access.namespace, access.tls())


def test_a_ca_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("not a certificate")
    with pytest.raises(StateRefused, match=r"ca\.crt holds no certificate"):
        Access(Address("ccsync", mount=tmp_path), POD).tls()


def test_authorities_are_read_where_certificates_are_checked(tmp_path: Path) -> None:
    proxied = Access(Address("ccsync", mount=tmp_path, api="http://127.0.0.1:8001")).tls()
    assert isinstance(proxied, ssl.SSLContext)
    assert (proxied.verify_mode, proxied.cert_store_stats()["x509"]) == (ssl.CERT_REQUIRED, 0)
    assert Access(Address("ccsync", mount=tmp_path, api="HTTPS://api.example")).tls() is True


def test_the_address_may_name_another_namespace(
    cluster: KubernetesDouble, open_store: Open
) -> None:
    store = open_store(f"{cluster.url()}&namespace=elsewhere")
    with pytest.raises(StateRefused, match='in the namespace "elsewhere"'):
        store.load()


def test_a_token_that_is_replaced_is_read_again(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    version = store.save(b"1", "")
    before = cluster.token
    after = cluster.rotate_token()
    assert store.save(b"2", version)
    assert [one.token for one in cluster.heard if one.status == 200][-1] == after != before
    assert {one.status for one in cluster.heard} == {200}


def test_kubectl_proxy_needs_no_token(cluster: KubernetesDouble, tmp_path: Path) -> None:
    """It logs in by itself; nothing is mounted outside of a cluster."""
    address = Address("ccsync", "data", tmp_path / "nothing", cluster.address)
    assert Access(address, {}).token is None
    store = KubernetesStore(address, environ={}, patience=0.0)
    with pytest.raises(StateRefused, match="does not accept the token"):
        store.load()
    store.close()
    assert [one.token for one in cluster.heard] == [""]


def test_over_tls_with_the_clusters_own_ca(tmp_path: Path) -> None:
    pair = make_certificate(tmp_path, "cluster", "IP:127.0.0.1")
    with KubernetesDouble(tmp_path, certificate=pair.certificate, key=pair.key) as cluster:
        cluster.create()
        address = Address("ccsync", mount=cluster.mount)
        store = KubernetesStore(address, environ=cluster.environ)
        store.begin("run-1")
        version = store.save(b"1", "")
        assert store.load() == (b"1", version)
        store.close()


def test_over_tls_with_the_ca_of_an_old_cluster(tmp_path: Path) -> None:
    """Made without key identifiers; from 3.13 on, Python takes none of these if not told to."""
    authority, pair = make_old_authority(tmp_path, "IP:127.0.0.1")
    with KubernetesDouble(tmp_path, certificate=pair.certificate, key=pair.key) as cluster:
        cluster.create()
        (cluster.mount / "ca.crt").write_bytes(authority.read_bytes())
        store = KubernetesStore(Address("ccsync", mount=cluster.mount), environ=cluster.environ)
        store.begin("run-1")
        store.close()


@pytest.mark.parametrize("names", ["IP:127.0.0.1", "DNS:elsewhere.example"])
def test_another_ca_or_name_is_not_trusted(tmp_path: Path, names: str) -> None:
    pair = make_certificate(tmp_path, "cluster", names)
    other = make_certificate(tmp_path, "other", "IP:127.0.0.1")
    with KubernetesDouble(tmp_path, certificate=pair.certificate, key=pair.key) as cluster:
        cluster.create()
        if names.startswith("IP"):
            (cluster.mount / "ca.crt").write_bytes(other.certificate.read_bytes())
        store = KubernetesStore(Address("ccsync", mount=cluster.mount), environ=cluster.environ)
        with pytest.raises(StateRefused, match=r"is not trusted .*CA of this very cluster"):
            store.load()
        store.close()
        assert cluster.heard == [], "the token was sent to somebody who is not trusted"
