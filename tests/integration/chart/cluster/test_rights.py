"""What the token of the chart's pods may do: get and update one ConfigMap, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.chart.cluster.release import NAME, SECRET, STATE, Release
from tests.support.cluster_api import Api
from tests.support.command import Json

pytestmark = pytest.mark.integration

REVIEW = "authorization.k8s.io/v1"


@pytest.fixture
def pods(release: Release) -> Iterator[Api]:
    """Ask as the chart's pods do."""
    release.install()
    with release.cluster.api(release.api.token_of(NAME, release.namespace)) as own:
        yield own


def rules_of(api: Api, namespace: str) -> list[str]:
    """Give every rule that lets somebody do something with resources in a namespace."""
    review = {
        "apiVersion": REVIEW,
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    status = api.create(review, namespace).taken()["status"]
    assert not status["incomplete"]
    return sorted(repr(rule) for rule in status["resourceRules"])


def test_nothing_but_its_configmap(release: Release, pods: Api) -> None:
    state = pods.get("ConfigMap", STATE, release.namespace)
    base = pods.path(state, release.namespace)
    assert pods.ask("PUT", f"{base}/{STATE}", state).status == 200
    other: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}
    release.api.create(other, release.namespace).taken()
    secrets = base.replace("configmaps", "secrets")
    for method, path, body in (
        ("GET", base, None),
        ("GET", f"{base}/other", None),
        ("GET", f"{base}/{NAME}", None),
        ("PUT", f"{base}/other", other),
        ("POST", base, other),
        ("DELETE", f"{base}/{STATE}", None),
        ("GET", secrets, None),
        ("GET", f"{secrets}/{SECRET}", None),
        ("GET", base.replace("configmaps", "pods"), None),
        ("GET", "/api/v1/namespaces", None),
        ("GET", f"/api/v1/namespaces/default/configmaps/{STATE}", None),
    ):
        answer = pods.ask(method, path, body)
        assert (answer.status, "forbidden" in answer.said) == (403, True), (method, path, answer)


def test_no_other_rule(release: Release, pods: Api) -> None:
    """Beside what every service account may do there is one rule."""
    token = release.api.token_of("default", release.namespace)
    with release.cluster.api(token) as anybody:
        usual = rules_of(anybody, release.namespace)
    own = [rule for rule in rules_of(pods, release.namespace) if rule not in usual]
    rule = {"verbs": ["get", "update"], "apiGroups": [""], "resources": ["configmaps"]}
    assert own == [repr({**rule, "resourceNames": [STATE]})]


def test_a_stale_writer_is_told_so(release: Release, pods: Api) -> None:
    read = pods.get("ConfigMap", STATE, release.namespace)
    path = f"{pods.path(read, release.namespace)}/{STATE}"
    pods.ask("PUT", path, {**read, "data": {"a": "newer"}}).taken()
    answer = pods.ask("PUT", path, {**read, "data": {"a": "stale"}})
    assert answer.status == 409
    assert release.state == {"a": "newer"}
