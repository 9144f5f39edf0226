"""The kinds that others bring into a cluster."""

from __future__ import annotations

import yaml

from tests.support.cluster_api import Api, wait_for
from tests.support.programs import path_of

FOREIGN = ("PrometheusRule", "ExternalSecret")


def define(api: Api) -> list[str]:
    """Let the cluster know them, by their real definitions; gives those that it knows then."""
    path = path_of("definitions")
    if not path.exists():
        return []
    found = [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]
    for one in found:
        answer = api.create(one, "")
        assert answer.status in (201, 409), answer
    specs = [one["spec"] for one in found]
    paths = [
        f"/apis/{one['group']}/{one['versions'][0]['name']}/{one['names']['plural']}"
        for one in specs
    ]
    wait_for(
        "the definitions to be known",
        lambda: all(api.ask("GET", path).status == 200 for path in paths),
    )
    return [one["names"]["kind"] for one in specs]
