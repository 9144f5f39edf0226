"""Fields and types of manifests, by Kubernetes version: a field that is misspelt is a fault.

The schemas of core kinds are those that the package kubernetes-validate carries for each version;
those of kinds that others define are in tests/chart/schemas, as far as the chart uses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
from referencing import Registry, Resource

from tests.architecture.repository import ROOT
from tests.support.manifests import Fault, Json

OWN = ROOT / "tests" / "chart" / "schemas"
VERSIONS = ("1.27", "1.29", "1.31", "1.34")
"""Those that the chart is tried on, besides the newest."""


def _folders() -> Any:
    return resources.files("kubernetes_validate") / "kubernetes-json-schema"


@cache
def versions() -> tuple[str, ...]:
    """Give the versions to try: `VERSIONS`, and the newest that there is a schema for."""
    found = (re.fullmatch(r"v1\.(\d+)\.0-local-strict", one.name) for one in _folders().iterdir())
    newest = max(int(one[1]) for one in found if one)
    return (*VERSIONS, f"1.{newest}")


@cache
def _registry(version: str) -> Any:
    """Give the definitions that all schemas of a version share; read once, they are large."""
    text = (_folders() / f"v{version}.0-local-strict" / "_definitions.json").read_text("utf-8")
    empty: Registry[Any] = Registry()
    return Resource.from_contents(json.loads(text)) @ empty


@cache
def _validator(version: str, kind: str, api_version: str) -> Any:
    group, slash, number = api_version.rpartition("/")
    short = f"{group.partition('.')[0]}-{number}" if slash else number
    name = f"{kind.lower()}-{short}.json"
    own = OWN / name
    if own.is_file():
        return jsonschema.Draft202012Validator(json.loads(own.read_text("utf-8")))
    core = _folders() / f"v{version}.0-local-strict" / name
    if not core.is_file():
        return None
    schema = json.loads(core.read_text("utf-8"))
    registry = Resource.from_contents(schema) @ _registry(version)
    return jsonschema.Draft202012Validator(schema, registry=registry)


_known: dict[tuple[str, str], list[Fault]] = {}


def faults(manifest: Json, version: str) -> Iterator[Fault]:
    """Give what a version of Kubernetes does not know, or knows as another type."""
    # Many values files render the same manifest, and looking at one takes some milliseconds.
    key = (version, json.dumps(manifest, sort_keys=True))
    if key not in _known:
        _known[key] = list(_faults(manifest, version))
    yield from _known[key]


def _faults(manifest: Json, version: str) -> Iterator[Fault]:
    kind, api_version = str(manifest.get("kind")), str(manifest.get("apiVersion"))
    validator = _validator(version, kind, api_version)
    if validator is None:
        yield Fault("kind", f"Kubernetes {version} has no {kind} in {api_version}")
        return
    for error in validator.iter_errors(manifest):
        yield Fault(_path(error.absolute_path), error.message)


def _path(steps: Any) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps)[1:]
