"""Without any key: the token that the cluster gives the pod is exchanged for one of the API."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ccsync.simulator.assertions import FederationRule
from ccsync.simulator.federation import TokenExchange
from tests.integration.chart.cluster.release import NAME, SECRET, Release
from tests.support.cluster import ISSUER

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize("release", ["helm4"], indirect=True),
]


@pytest.fixture
def exchange(release: Release) -> TokenExchange:
    """Let the API trust this cluster, and one of its service accounts."""
    rule = FederationRule(
        organization_id=release.organization.organization_id,
        issuer=ISSUER,
        subject=f"system:serviceaccount:{release.namespace}:{NAME}",
    )
    # As an admin pastes them: kubectl get --raw /openid/v1/jwks
    keys = json.loads(release.api.text("/openid/v1/jwks"))["keys"]
    exchange = TokenExchange(rule, keys)
    release.simulator.federation = exchange
    return exchange


def install(release: Release, exchange: TokenExchange) -> None:
    rule = exchange.rule
    ids = {
        "rule_id": rule.rule_id,
        "organization_id": rule.organization_id,
        "service_account_id": rule.service_account_id,
    }
    release.install(
        federation={"enabled": True},
        secret={"existingSecret": ""},
        config={"source": {"federation": ids}},
    )


def test_the_pods_identity_is_enough(release: Release, exchange: TokenExchange) -> None:
    install(release, exchange)
    run = release.run("first")
    assert run.done is not None
    assert run.done.exit == 0, run.done
    assert run.done.days("delivered") == release.days
    assert [one.reason for one in exchange.history if not one.granted] == []
    assert exchange.granted >= 1
    # There is no Secret in all of it but Helm's own.
    secrets = release.api.all("Secret", release.namespace)
    mine = [one for one in secrets if not one["type"].startswith("helm.sh/")]
    assert [one["metadata"]["name"] for one in mine] == [SECRET]


def test_another_service_account_is_refused(release: Release, exchange: TokenExchange) -> None:
    exchange.rule = replace(exchange.rule, subject="system:serviceaccount:default:somebody")
    install(release, exchange)
    run = release.run("first")
    assert run.done is not None
    assert run.done.exit == 3, run.done
    assert "sub is" in exchange.history[-1].reason
