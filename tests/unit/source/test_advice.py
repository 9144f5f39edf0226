from __future__ import annotations

import pytest

from ccsync.source.advice import prospects
from ccsync.source.kind import KeyKind


@pytest.mark.parametrize(
    ("kind", "bearer", "good", "said"),
    [
        (KeyKind.ADMIN, False, True, "made for"),
        (KeyKind.ADMIN, True, False, "source.api_key"),
        (KeyKind.FEDERATED, True, True, "renewed before it expires"),
        (KeyKind.PERSON, False, True, "admin rights"),
        (KeyKind.WORKSPACE, False, False, "bound to a workspace"),
        (KeyKind.ENTERPRISE, False, False, "Enterprise Analytics API"),
        (KeyKind.OAUTH, True, True, "org:admin"),
        (KeyKind.OAUTH, False, False, "source.bearer_token"),
        (KeyKind.UNKNOWN, True, True, "sk-ant-oat..."),
        (KeyKind.UNKNOWN, False, False, "copied whole"),
    ],
)
def test_what_can_work(kind: KeyKind, bearer: bool, good: bool, said: str) -> None:
    assert prospects(kind, bearer=bearer)[0] is good
    assert said in prospects(kind, bearer=bearer)[1]


def test_every_kind_that_has_a_prefix_shows_no_more_than_it() -> None:
    prefixes = {kind: kind.prefix for kind in KeyKind}
    assert prefixes.pop(KeyKind.UNKNOWN) == ""
    assert prefixes.pop(KeyKind.FEDERATED) == "", "its token looks like any other of OAuth"
    for kind, prefix in prefixes.items():
        assert KeyKind.of(prefix.removesuffix("...") + "-hidden") is kind
