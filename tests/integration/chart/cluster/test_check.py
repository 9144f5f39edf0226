"""`helm test`: the pod that tries everything, and what Helm says of its end."""

from __future__ import annotations

import pytest

from tests.integration.chart.cluster.release import NAME, Release

pytestmark = pytest.mark.integration


def test_all_is_well(release: Release) -> None:
    release.install()
    said = release.helm.tell("test", NAME, "--timeout", "40s")
    assert "Succeeded" in said
    (run,) = release.kubelet.runs
    assert run.done is not None
    assert run.done.exit == 0, run.done
    # It has looked at the state, and written no usage into it.
    assert release.ledger.sinks == {}
    assert run.done.stdout.strip() or run.done.stderr.strip()


def test_a_wrong_key_fails_the_test(release: Release) -> None:
    release.secret("sk-ant-admin01-Wrong-Recognisable")
    release.install()
    done = release.helm.ask("test", NAME, "--timeout", "40s")
    assert done.exit != 0
    (run,) = release.kubelet.runs
    assert run.done is not None
    assert run.done.exit == 3, run.done
    status = release.api.get("Pod", run.name, release.namespace)["status"]
    words = status["containerStatuses"][0]["state"]["terminated"]["message"]
    assert "key" in words
    assert "Recognisable" not in words + run.done.stdout + run.done.stderr
