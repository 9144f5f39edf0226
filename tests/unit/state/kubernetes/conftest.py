from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ccsync.state.kubernetes import KubernetesStore
from ccsync.state.kubernetes.address import parse
from ccsync.testing import FakeRuntime
from ccsync.testing.kubernetes import KubernetesDouble

Open: TypeAlias = Callable[..., KubernetesStore]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KubernetesDouble]:
    with KubernetesDouble(tmp_path) as cluster:
        cluster.create()
        yield cluster


@pytest.fixture
def open_store(cluster: KubernetesDouble, runtime: FakeRuntime) -> Iterator[Open]:
    """Make stores over the ConfigMap `ccsync`; they are closed at the end."""
    stores: list[KubernetesStore] = []

    def made(url: str = "", **more: Any) -> KubernetesStore:
        address = parse(url or cluster.url())
        stores.append(KubernetesStore(address, runtime=runtime, **more))
        return stores[-1]

    yield made
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Open) -> KubernetesStore:
    return open_store()
