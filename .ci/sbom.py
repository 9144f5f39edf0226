#!/usr/bin/env python3
"""Lists what is installed in an environment as CycloneDX JSON, for `make sbom`.

    .venv/bin/python .ci/sbom.py ENVIRONMENT > ccsync.cdx.json

What is written is what the environment's own metadata says, and nothing is looked up elsewhere:
name, version, license and dependencies of each distribution, and the Python that it was made for.
Packages of the operating system below it are not in the list. The same environment gives the same
document.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "ccsync"

Json = dict[str, Any]


def name_of(distribution: Distribution) -> str:
    """Give the name as package indexes compare it."""
    return canonicalize_name(distribution.metadata["Name"])


def reference(distribution: Distribution) -> str:
    """Give the package URL, which names it everywhere."""
    return f"pkg:pypi/{name_of(distribution)}@{distribution.version}"


def python_of(environment: Path) -> str:
    """Give the version of the Python that an environment was made for, as `3.13.5`."""
    settings = (environment / "pyvenv.cfg").read_text("utf-8")
    found = re.search(r"^version\s*=\s*(\d+\.\d+\.\d+)", settings, re.MULTILINE)
    if found is None:
        sys.exit(f"{environment / 'pyvenv.cfg'} does not say which Python it was made for")
    return found[1]


class Inventory:
    """The distributions of an environment, and who needs whom."""

    def __init__(self, environment: Path) -> None:
        """Read the metadata."""
        places = [str(one) for one in environment.glob("lib/python3*/site-packages")]
        self.python = python_of(environment)
        self.installed = {name_of(one): one for one in distributions(path=places)}
        if ROOT not in self.installed:
            sys.exit(f"{environment} holds no {ROOT}")
        self.needs: dict[str, set[str]] = {name: set() for name in self.installed}
        self._done: set[tuple[str, str]] = set()
        for extra in ("", *self._chosen_extras()):
            self._follow(ROOT, extra)

    def _requirements(self, name: str, extra: str) -> list[Requirement]:
        """Give what a distribution needs on this Python, with one of its extras."""
        major_minor = ".".join(self.python.split(".")[:2])
        versions = {"python_version": major_minor, "python_full_version": self.python}
        here = {**default_environment(), **versions, "extra": extra}
        texts = self.installed[name].requires or []
        return [
            one for one in map(Requirement, texts) if not one.marker or one.marker.evaluate(here)
        ]

    def _chosen_extras(self) -> list[str]:
        """Give the extras of ccsync that are complete; metadata does not say which were wanted."""
        offered = self.installed[ROOT].metadata.get_all("Provides-Extra") or []
        needed = {extra: self._requirements(ROOT, extra) for extra in offered}
        return [
            extra
            for extra, requirements in needed.items()
            if all(canonicalize_name(one.name) in self.installed for one in requirements)
        ]

    def _follow(self, name: str, extra: str) -> None:
        if (name, extra) in self._done:
            return
        self._done.add((name, extra))
        for one in self._requirements(name, extra):
            needed = canonicalize_name(one.name)
            if needed not in self.installed or needed == name:
                continue
            self.needs[name].add(needed)
            for asked in ("", *one.extras):
                self._follow(needed, asked)


def licenses(distribution: Distribution) -> list[Json]:
    """Give the license: an SPDX expression, else the classifiers, else the first line of words."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return [{"expression": expression}]
    prefix = "License :: "
    classifiers = metadata.get_all("Classifier") or []
    names = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith(prefix)]
    if not names and metadata.get("License"):
        names = [metadata["License"].strip().splitlines()[0]]
    return [{"license": {"name": name}} for name in names]


def component(distribution: Distribution) -> Json:
    """Describe one distribution."""
    described: Json = {
        "type": "application" if name_of(distribution) == ROOT else "library",
        "bom-ref": reference(distribution),
        "name": name_of(distribution),
        "version": distribution.version,
        "purl": reference(distribution),
    }
    if summary := distribution.metadata.get("Summary"):
        described["description"] = summary
    if found := licenses(distribution):
        described["licenses"] = found
    return described


def document(inventory: Inventory) -> Json:
    """Describe the environment."""
    parts = [component(one) for _, one in sorted(inventory.installed.items())]
    python = {
        "type": "platform",
        "bom-ref": f"python@{inventory.python}",
        "name": "python",
        "version": inventory.python,
    }
    references = {name: reference(one) for name, one in inventory.installed.items()}
    needs = [
        {"ref": references[name], "dependsOn": sorted(references[one] for one in needed)}
        for name, needed in sorted(inventory.needs.items())
    ]
    inside = sorted(references.values())
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(inside))}",
        "version": 1,
        "metadata": {"component": next(one for one in parts if one["name"] == ROOT)},
        "components": [*(one for one in parts if one["name"] != ROOT), python],
        "dependencies": needs,
    }


def main() -> None:
    """Write the document for the environment that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("usage: sbom.py ENVIRONMENT")
    json.dump(document(Inventory(Path(sys.argv[1]))), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
