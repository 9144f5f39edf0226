"""The rules by which `make test` judges manifests are those of the API server, one by one.

Each mistake that those rules find is planted here before the real one. It refuses what is said to
be refused by it, warns where Pod Security is said to object, and takes the rest.
"""

from __future__ import annotations

import pytest

from tests.chart.mutants import BY_RULE, BY_SCHEMA, Mutant
from tests.chart.test_rules import release as good_release
from tests.integration.chart.cluster.definitions import FOREIGN
from tests.support.cluster_api import Answer, Api
from tests.support.command import Json

pytestmark = pytest.mark.integration


def asked(api: Api, namespace: str, manifest: Json) -> Answer:
    """Have a manifest checked; one of an unknown kind is refused, too."""
    try:
        return api.dry_run(manifest, namespace)
    except AssertionError as error:
        return Answer(404, {"message": str(error)}, [])


def verdict(answer: Answer) -> str:
    """Say who objects to a manifest: the API server, Pod Security, or neither."""
    if answer.status >= 400:
        return "admission" if "violates PodSecurity" in answer.said else "api"
    objects = any("would violate PodSecurity" in one for one in answer.warnings)
    return "admission" if objects else "us"


def spoilt(mutant: Mutant) -> Json:
    """Give the one manifest that a mistake is in."""
    good = good_release()
    planted = mutant.planted(good)
    (found,) = (one for one, before in zip(planted, good, strict=True) if one != before)
    return found


@pytest.fixture(autouse=True)
def account(api: Api, namespace: str) -> None:
    """Make the service account of the release's pods, without which none is taken."""
    about: Json = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "good"}}
    api.create(about, namespace).taken()


def test_nothing_is_wrong_with_the_release(
    api: Api, namespace: str, foreign_kinds: list[str]
) -> None:
    for one in good_release():
        if one["kind"] in ("ServiceAccount", *(set(FOREIGN) - set(foreign_kinds))):
            continue
        answer = api.dry_run(one, namespace)
        assert (answer.status, verdict(answer)) == (201, "us"), (one, answer.said)


def test_the_rules_agree_with_the_api_server(
    api: Api, namespace: str, foreign_kinds: list[str]
) -> None:
    wrong: list[str] = []
    for mutant in [*BY_RULE, *BY_SCHEMA]:
        manifest = spoilt(mutant)
        if manifest["kind"] in FOREIGN and manifest["kind"] not in foreign_kinds:
            continue
        answer = asked(api, namespace, manifest)
        if verdict(answer) != mutant.by:
            said = answer.said[:200] or answer.warnings
            wrong.append(f"{mutant}: said to be by {mutant.by}: {answer.status} {said}")
    assert wrong == []
