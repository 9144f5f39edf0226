"""The store over a double of the API server; the contract has what all stores promise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ccsync.errors import StateConflict, StateRefused, StateUnavailable
from ccsync.state.kubernetes import KubernetesStore
from ccsync.state.kubernetes.address import parse
from ccsync.testing import FakeRuntime
from ccsync.testing.kubernetes import Fault, KubernetesDouble
from tests.unit.state.kubernetes.conftest import Open

DAY = dt.date(2026, 11, 19)

ROLE = """rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [ccsync]
  verbs: [get, update]"""


def test_only_get_and_update_are_asked_for(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    store.begin("run-1")
    version = store.save(b"1", store.load()[1])
    store.write_memory("sink", DAY, b"note")
    store.save(b"2", version)
    store.read_memory("sink", DAY)
    assert {one.verb for one in cluster.heard} == {"get", "update"}
    assert {one.path for one in cluster.heard} == {"/api/v1/namespaces/analytics/configmaps/ccsync"}


def test_beginning_changes_nothing(cluster: KubernetesDouble, store: KubernetesStore) -> None:
    before = cluster.read()
    store.begin("run-1")
    assert cluster.read() == before
    assert [one.verb for one in cluster.heard] == ["get", "update"]


def test_a_writer_who_is_alone_reads_once(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    """A write goes out on top of what it knows; only who came too late reads again."""
    version = store.save(b"1", "")
    for number in range(3):
        store.write_memory("sink", DAY, b"%d" % number)
        version = store.save(b"%d" % number, version)
    assert [one.verb for one in cluster.heard].count("get") == 1
    assert cluster.objects.writes == 7


def test_the_content_is_where_it_is_said_to_be(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    store.save(b"{}", "")
    store.write_memory("my.sink", DAY, b"note")
    found = cluster.binary()
    assert set(found) == {"ledger", "memory.my_2esink.2026-11-19"}
    assert found["memory.my_2esink.2026-11-19"] == b"note"


def test_labels_and_keys_of_others_stay(cluster: KubernetesDouble, store: KubernetesStore) -> None:
    store.save(b"1", "")

    def label(configmap: dict[str, Any]) -> None:
        configmap["metadata"]["labels"] = {"team": "data"}
        configmap["data"] = {"theirs": "hands off"}

    cluster.edit(label)
    store.write_memory("sink", DAY, b"note")
    found = cluster.read()
    assert found["metadata"]["labels"] == {"team": "data"}
    assert found["data"] == {"theirs": "hands off"}


def test_a_configmap_that_was_made_anew_is_empty(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    """Nothing that this process remembers brings the old content back."""
    version = store.save(b"1", "")
    store.write_memory("sink", DAY, b"note")
    cluster.delete()
    cluster.create()
    with pytest.raises(StateConflict):
        store.save(b"2", version)
    store.write_memory("sink", DAY, b"other")
    assert set(cluster.binary()) == {"memory.sink.2026-11-19"}


@pytest.mark.parametrize("kind", ["not_arrived", "no_answer", "throttled", "unavailable"])
def test_a_short_trouble_is_not_noticed(
    cluster: KubernetesDouble, store: KubernetesStore, kind: Any
) -> None:
    version = store.save(b"1", "")
    cluster.faults += [Fault(kind, "PUT"), Fault(kind, "PUT")]
    version = store.save(b"2", version)
    cluster.faults += [Fault(kind, "PUT"), Fault(kind, "GET")]
    store.write_memory("sink", DAY, b"note")
    cluster.faults += [Fault(kind, "GET")]
    assert store.load() == (b"2", version)
    cluster.faults += [Fault(kind, "GET")]
    assert store.read_memory("sink", DAY) == b"note"
    assert cluster.objects.writes == 3, "something was written twice"
    assert cluster.faults == []


def test_a_lost_answer_is_no_excuse_for_undoing_what_came_after(
    cluster: KubernetesDouble, store: KubernetesStore, open_store: Open
) -> None:
    """Ours arrived, somebody else's came on top, and then we ask again."""
    version = store.save(b"1", "")
    other = open_store()
    other.load()

    class Hurried(FakeRuntime):
        def _pause(self, seconds: float) -> None:
            super()._pause(seconds)
            other.save(b"3", other.load()[1])

    slow = _with_runtime(cluster, Hurried())
    slow.load()
    cluster.faults.append(Fault("no_answer", "PUT"))
    with pytest.raises(StateConflict):
        slow.save(b"2", version)
    slow.close()
    assert other.load()[0] == b"3"


def test_the_pause_that_is_asked_for_is_made(
    cluster: KubernetesDouble, store: KubernetesStore, runtime: FakeRuntime
) -> None:
    cluster.faults.append(Fault("throttled"))
    store.load()
    assert runtime.pauses == [1.0]


def test_patience_ends(
    cluster: KubernetesDouble, store: KubernetesStore, runtime: FakeRuntime
) -> None:
    cluster.is_down = True
    with pytest.raises(StateUnavailable, match=r"cannot be reached at http://127\.0\.0\.1:\d+: "):
        store.load()
    assert 19 <= sum(runtime.pauses) <= 20
    cluster.is_down = False
    assert store.load() == (None, "")


def test_a_missing_configmap_comes_with_the_line_that_makes_it(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    cluster.delete()
    line = "kubectl create configmap ccsync --namespace analytics"
    with pytest.raises(StateRefused, match=line):
        store.begin("run-1")


@pytest.mark.parametrize("verb", ["get", "update"])
def test_a_missing_right_comes_with_the_role(
    cluster: KubernetesDouble, store: KubernetesStore, verb: str
) -> None:
    cluster.verbs.remove(verb)
    with pytest.raises(StateRefused) as caught:
        store.begin("run-1")
    said = str(caught.value)
    assert ROLE in said
    assert "RoleBinding in namespace analytics" in said
    assert f'User "system:serviceaccount:analytics:ccsync" cannot {verb} resource' in said


def test_a_token_that_nobody_knows_yet_is_tried_again(
    cluster: KubernetesDouble, open_store: Open
) -> None:
    """A replica of the API server may hear of a new pod some seconds later."""
    token = cluster.token
    cluster.token = "of somebody else"  # noqa: S105

    class Waiting(FakeRuntime):
        def _pause(self, seconds: float) -> None:
            super()._pause(seconds)
            cluster.token = token

    store = _with_runtime(cluster, Waiting())
    assert store.load() == (None, "")
    store.close()


def test_a_token_that_nobody_knows_is_refused_in_the_end(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    cluster.token = "of somebody else"  # noqa: S105
    with pytest.raises(StateRefused, match=r"does not accept the token in .*deleted"):
        store.load()


def test_an_immutable_configmap_is_refused_before_anything_is_done(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    version = store.save(b"1", "")
    cluster.edit(lambda configmap: configmap.update(immutable=True))
    with pytest.raises(StateRefused, match=r"the ConfigMap is immutable\. Delete it and make it"):
        store.begin("run-1")
    assert store.load() == (b"1", version)
    with pytest.raises(StateRefused, match="field is immutable when `immutable` is set"):
        store.save(b"2", version)


def test_another_server_in_its_place_is_named(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    cluster.faults.append(Fault("not_an_api"))
    with pytest.raises(StateRefused, match="does not answer as an API server does"):
        store.load()


def test_an_object_without_a_version_is_never_replaced(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    """The API server would replace it whatever somebody else wrote meanwhile."""
    cluster.edit(lambda configmap: configmap["metadata"].pop("resourceVersion"))
    cluster.objects.get = lambda *_: {"kind": "ConfigMap", "metadata": {}}  # type: ignore[method-assign]
    with pytest.raises(StateRefused, match="does not answer as an API server does"):
        store.begin("run-1")


def test_a_limit_of_the_server_that_is_lower_than_ours_is_told(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    cluster.objects.limit = 100
    with pytest.raises(StateRefused, match=r"was not taken: .*may not be more than 100 bytes"):
        store.write_memory("sink", DAY, b"x" * 101)


def test_a_ledger_alone_that_is_too_large_says_where_to_go(
    cluster: KubernetesDouble, open_store: Open
) -> None:
    cluster.edit(lambda configmap: configmap.update(data={"theirs": "x" * 40}))
    store = open_store(limit=50)
    with pytest.raises(StateRefused) as caught:
        store.save(b"{}", "")
    said = str(caught.value)
    assert "22 bytes and 40 of keys that are not ours, and 50 is all" in said
    assert "gs://" in said
    assert "s3://" in said


def test_a_place_that_is_never_still_is_given_up(
    cluster: KubernetesDouble, store: KubernetesStore
) -> None:
    version = store.save(b"1", "")
    get = cluster.objects.get

    def busy(namespace: str, name: str) -> dict[str, Any]:
        cluster.objects.edit(namespace, name, lambda _: None)
        return get(namespace, name)

    cluster.objects.get = busy  # type: ignore[method-assign]
    with pytest.raises(StateUnavailable, match="changed 100 times while it was written"):
        store.save(b"2", version)


def test_full_is_told_once_with_what_it_means(
    cluster: KubernetesDouble, open_store: Open, logged: list[Any]
) -> None:
    store = open_store(limit=100)
    for number in range(4):
        store.write_memory("sink", DAY + dt.timedelta(days=number), b"x" * 40)
    first, second = (one for one in logged if one["event"] == "state.memory_dropped")
    assert (first["log_level"], second["log_level"]) == ("warning", "info")
    assert (first["days"], first["days_left"], first["sinks"]) == (1, 2, ["sink"])
    assert (first["newest"], second["newest"]) == ("2026-11-19", "2026-11-20")
    assert "tombstones unknown" in first["reason"]
    assert "reason" not in second


def _with_runtime(cluster: KubernetesDouble, runtime: FakeRuntime) -> KubernetesStore:
    return KubernetesStore(parse(cluster.url()), runtime=runtime)
