"""kubeconform over rendered manifests, strictly and without a network."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from tests.support.command import Done, Json
from tests.support.manifests import read
from tests.support.programs import program

TIMEOUT = 60.0

OF_OPERATORS = ("ExternalSecret", "PrometheusRule")
"""Kinds that Kubernetes has no schema of."""

_SCHEMAS = Path(str(resources.files("kubernetes_validate") / "kubernetes-json-schema"))
_ELSEWHERE = "/api/_definitions.json"


def kubernetes_versions() -> list[str]:
    """Give the versions of Kubernetes whose schemas are here, oldest first, as `1.27.0`."""
    names = {one.name.removeprefix("v").partition("-")[0] for one in _SCHEMAS.glob("v*-local")}
    return sorted(names, key=lambda one: [int(number) for number in one.split(".")])


def check(manifests: Path, version: str, work: Path) -> Done:
    """Check a directory of manifests against the schemas of a version of Kubernetes.

    Args:
        manifests: holds YAML files.
        version: one of `kubernetes_versions`.
        work: where schemas are put that can be read without a network.
    """
    objects = [one for file in manifests.glob("*.yaml") for one in read(file.read_text("utf-8"))]
    for manifest in objects:
        if manifest["kind"] not in OF_OPERATORS:
            _write_schema(manifest, version, work)
    done = subprocess.run(
        [
            *(program("kubeconform"), "-strict", "-summary", "-output=text"),
            *(f"-skip={','.join(OF_OPERATORS)}", f"-kubernetes-version={version}"),
            f"-schema-location={work}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
            manifests,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _write_schema(manifest: Json, version: str, work: Path) -> None:
    """Write the schema of a manifest's kind with all that it refers to, which else is fetched."""
    group, _, group_version = manifest["apiVersion"].rpartition("/")
    short = f"{group.partition('.')[0]}-" if group else ""
    file = work / f"{manifest['kind'].lower()}-{short}{group_version}.json"
    if file.exists():
        return
    source = _SCHEMAS / f"v{version}-local-strict"
    schema: Json = json.loads((source / file.name).read_text("utf-8"))
    definitions: Json = json.loads((source / "_definitions.json").read_text("utf-8"))["$defs"]
    wanted, used = list(_references(schema)), dict[str, Any]()
    while wanted:
        name = wanted.pop()
        if name not in used:
            used[name] = definitions[name]
            wanted += _references(definitions[name])
    text = json.dumps({**schema, "$id": file.as_uri(), "$defs": used})
    file.write_text(text.replace(f'"{_ELSEWHERE}#', '"#'), "utf-8")


def _references(schema: Json | list[Any]) -> Iterator[str]:
    """Give the names of the definitions that a schema refers to."""
    if isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
        yield reference.rpartition("/")[2]
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _references(part)  # pyright: ignore[reportUnknownArgumentType]
