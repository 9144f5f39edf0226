"""The promises of a state store, kept by a ConfigMap."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccsync.errors import StateUnavailable
from ccsync.state.kubernetes import KubernetesStore
from ccsync.state.kubernetes.address import parse
from ccsync.testing import FakeRuntime, StoreContract
from ccsync.testing.kubernetes import KubernetesDouble
from ccsync.testing.store_contract.given import Action, Build, Kill, Trouble

SMALL = 50_000


class TestKubernetesStore(StoreContract):
    @pytest.fixture
    def cluster(self, tmp_path: Path) -> Iterator[KubernetesDouble]:
        with KubernetesDouble(tmp_path) as cluster:
            cluster.create()
            yield cluster

    @pytest.fixture
    def build(self, cluster: KubernetesDouble) -> Build:
        return lambda: KubernetesStore(parse(cluster.url()), runtime=FakeRuntime())

    @pytest.fixture
    def small(self, cluster: KubernetesDouble) -> Build:
        cluster.objects.limit = SMALL
        return lambda: KubernetesStore(parse(cluster.url()), runtime=FakeRuntime(), limit=SMALL)

    @pytest.fixture
    def outage(self, cluster: KubernetesDouble) -> Trouble:
        @contextmanager
        def down() -> Generator[None]:
            cluster.is_down = True
            yield
            cluster.is_down = False

        return down

    @pytest.fixture
    def refusal(self, cluster: KubernetesDouble) -> Trouble:
        @contextmanager
        def without_update() -> Generator[None]:
            cluster.verbs.remove("update")
            yield
            cluster.verbs.add("update")

        return without_update

    @pytest.fixture
    def garbage(self, cluster: KubernetesDouble) -> Callable[[bytes], None]:
        return lambda nonsense: cluster.put_binary("ledger", nonsense)

    @pytest.fixture
    def kill(self, cluster: KubernetesDouble) -> Kill:
        def killed(action: Action, step: int) -> bool:
            store = KubernetesStore(parse(cluster.url()), runtime=FakeRuntime(), patience=0.0)
            cluster.dies(step)
            try:
                action(store)
            except StateUnavailable:
                return True
            finally:
                cluster.dies(None)
                store.close()
            return False

        return killed

    @pytest.fixture
    def secrets(self, cluster: KubernetesDouble) -> Collection[str]:
        return [cluster.token]
