"""The command with its state in a ConfigMap, over a double of the API server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.state.kubernetes import configmap
from ccsync.testing.kubernetes import KubernetesDouble
from ccsync.testing.otlp import OtlpReceiver
from tests.end_to_end.otlp import KEY, VARIABLE, Otlp, sink
from tests.end_to_end.scene import NEWEST, OLDER, WEEK, Scene
from tests.end_to_end.truth import a_row


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KubernetesDouble]:
    with KubernetesDouble(tmp_path / "pod") as cluster:
        cluster.create()
        yield cluster


@pytest.fixture
def otlp(scene: Scene, cluster: KubernetesDouble) -> Iterator[Otlp]:
    """Metrics of a week, and the state in the cluster."""
    with OtlpReceiver() as receiver:
        scene.configure({"metrics": sink(receiver)}, state=cluster.url())
        scene.place.environment[VARIABLE] = KEY
        yield Otlp(scene, receiver)


def test_a_run_keeps_its_state_there(otlp: Otlp, cluster: KubernetesDouble) -> None:
    first = otlp.sync(day=None)
    assert (first.exit, first.counts("metrics")) == (0, {"delivered": 5})
    assert set(cluster.binary()) == {"ledger", *(f"memory.metrics.{day}" for day in WEEK)}
    assert not otlp.scene.place.state.exists()
    again = otlp.sync(day=None)
    assert (again.exit, again.counts("metrics")) == (0, {"unchanged": 3})
    assert {one.verb for one in cluster.heard} == {"get", "update"}
    for command in (("status",), ("check",)):
        done = otlp.scene.place.run(*command)
        assert done.exit == 0, done
    text = first.stderr + again.stderr
    assert cluster.token not in text
    assert "mira@" not in text


def test_a_token_that_expires_between_runs_harms_nobody(
    otlp: Otlp, cluster: KubernetesDouble
) -> None:
    otlp.sync(day=None)
    cluster.rotate_token()
    assert otlp.sync(day=None).exit == 0


def test_a_configmap_that_nobody_made_stops_the_run(otlp: Otlp, cluster: KubernetesDouble) -> None:
    cluster.delete()
    done = otlp.sync(day=None)
    assert done.exit == 3, done
    assert "kubectl create configmap ccsync --namespace analytics" in done.problems
    assert otlp.scene.api.requests == (), "nothing was fetched"
    assert otlp.receiver.requests == [], "and nothing delivered"


def test_a_full_configmap_forgets_the_oldest_days_and_says_what_that_means(
    otlp: Otlp, cluster: KubernetesDouble
) -> None:
    """Somebody's value leaves room for the ledger and less than three of five notes."""
    otlp.sync(day=None)
    sizes = {key: len(value) for key, value in cluster.binary().items()}
    ledger, note = sizes.pop("ledger"), max(sizes.values())
    taken = "x" * (configmap.LIMIT - 2 * ledger - 2 * note)
    cluster.delete()
    cluster.create(data={"theirs": taken})
    full = otlp.sync(day=None)
    assert (full.exit, full.counts("metrics")) == (0, {"delivered": 5})
    assert "state.memory_dropped" in full.stderr
    assert "tombstones unknown" in full.stderr
    kept = sorted(key for key in cluster.binary() if key != "ledger")
    assert kept == [f"memory.metrics.{day}" for day in WEEK[-len(kept) :]]
    assert 0 < len(kept) < len(WEEK)
    assert cluster.read()["data"] == {"theirs": taken}

    for day in (OLDER, NEWEST):
        otlp.scene.put(day, a_row(day, "mira", 3))
    known = otlp.sync(day=NEWEST)
    assert known.exit == 0, known
    otlp.assert_true(NEWEST)
    unknown = otlp.sync(day=OLDER)
    assert unknown.exit == 4, unknown
    assert "tombstones unknown" in unknown.problems
    # Her last values are still there: that is what is unknown.
    assert any("juno@" in str(key) for key in otlp.shown(OLDER))


def test_a_ledger_that_does_not_fit_ends_the_run_before_anything_is_sent(
    otlp: Otlp, cluster: KubernetesDouble
) -> None:
    cluster.edit(lambda found: found.update(data={"theirs": "x" * configmap.LIMIT}))
    done = otlp.sync(day=None)
    assert done.exit == 3, done
    assert "1,000,000 is all that a ConfigMap holds" in done.problems
    assert "gs://" in done.problems
    assert otlp.receiver.requests == []
