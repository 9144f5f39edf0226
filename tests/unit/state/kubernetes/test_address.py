from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.errors import SettingsError
from ccsync.state.kubernetes import open_store
from ccsync.state.kubernetes.address import MOUNT, Address, parse


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("kubernetes://configmap/ccsync", Address("ccsync")),
        ("kubernetes://configmap/my.state-1?namespace=data", Address("my.state-1", "data")),
        (
            "kubernetes://configmap/ccsync?mount=/var/run/secrets/tokens",
            Address("ccsync", mount=Path("/var/run/secrets/tokens")),
        ),
        (
            "kubernetes://configmap/ccsync?namespace=data&api=http://127.0.0.1:8001",
            Address("ccsync", "data", api="http://127.0.0.1:8001"),
        ),
        (
            "kubernetes://configmap/ccsync?api=https%3A%2F%2Fcluster.example",
            Address("ccsync", api="https://cluster.example"),
        ),
    ],
)
def test_a_url_names_a_configmap(url: str, address: Address) -> None:
    assert parse(url) == address


def test_the_mount_is_the_usual_one() -> None:
    assert parse("kubernetes://configmap/ccsync").mount == MOUNT


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("kubernetes://secret/ccsync", "only a ConfigMap can hold the state"),
        ("kubernetes:///ccsync", "only a ConfigMap"),
        ("kubernetes://configmap/ccsync#x", "only a ConfigMap"),
        ("kubernetes://configmap", "'' is no name of a ConfigMap"),
        ("kubernetes://configmap/Upper", "'Upper' is no name"),
        ("kubernetes://configmap/a/b", "'a/b' is no name"),
        ("kubernetes://configmap/a%2Fb", "'a/b' is no name"),
        (f"kubernetes://configmap/{'x' * 254}", "is no name"),
        ("kubernetes://configmap/a?ns=b", "'ns' is not understood"),
        ("kubernetes://configmap/a?namespace=B", "'B' is no name of a namespace"),
        ("kubernetes://configmap/a?namespace=", "'' is no name of a namespace"),
        ("kubernetes://configmap/a?namespace=b&namespace=c", "says namespace twice"),
        ("kubernetes://configmap/a?mount=tokens", "no absolute path: 'tokens'"),
        ("kubernetes://configmap/a?api=http://cluster.example", "plain http on this machine"),
        ("kubernetes://configmap/a?api=cluster.example", "https address"),
        ("kubernetes://configmap/a?api=https://cluster.example/x", "without path or login"),
        ("kubernetes://configmap/a?api=https://me:x@cluster.example", "without path or login"),
    ],
)
def test_a_url_that_names_none_is_a_fault(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse(url)


@pytest.mark.parametrize(
    "where", ["kubernetes://configmap/ccsync", "kubernetes://configmap/ccsync?namespace=data"]
)
def test_a_store_says_where_it_is(where: str) -> None:
    assert open_store(where).where == where
