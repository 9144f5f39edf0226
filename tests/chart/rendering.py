"""The chart as helm renders it: each rendering made once per test run, for all its processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import yaml

from tests.support.command import Done
from tests.support.helm import Helm
from tests.support.manifests import Json, entries, name_of, of_kind, read, strings_in
from tests.support.manifests_schema import versions
from tests.support.once import once

SMALL: Json = {
    "image": {"repository": "registry.example/platform/ccsync"},
    "secret": {"existingSecret": "ccsync-credentials"},
    "config": {"sinks": {"console": {"type": "stdout"}}},
}
"""The least that the chart takes."""


def merged(*layers: Json) -> Json:
    """Lay values over values, as helm does; null takes a value away only in helm itself."""
    result: Json = {}
    for layer in layers:
        for key, value in layer.items():
            old = result.get(key)
            both = isinstance(old, dict) and isinstance(value, dict)
            result[key] = merged(cast("Json", old), cast("Json", value)) if both else value
    return result


def given(values: Path) -> Json:
    """Read a file of values."""
    found: Json = yaml.load(values.read_text("utf-8"), yaml.CSafeLoader)
    return found


@dataclass(frozen=True)
class Rendering:
    """Helm 3 or Helm 4; what it was asked once it is not asked again."""

    helm: Helm
    shared: pytest.TempPathFactory

    def done(self, values: Json | Path, *options: str, release: str = "ccsync") -> Done:
        """Render, whatever becomes of it; for the newest Kubernetes unless an option says so."""
        if not any(one.startswith("--kube-version") for one in options):
            options = (*options, f"--kube-version={versions()[-1]}.0")
        text = values.read_text("utf-8") if isinstance(values, Path) else json.dumps(values)
        key = json.dumps([self.helm.name, text, options, release])

        def make(path: Path) -> None:
            # As JSON, where nothing is taken for something else: PyYAML writes 1e3 without quotes.
            file = values if isinstance(values, Path) else self.helm.home / "values.json"
            if not isinstance(values, Path):
                file.write_text(text, "utf-8")
            made = self.helm.template(file, *options, release=release)
            path.write_text(json.dumps([made.exit, made.stdout, made.stderr]), "utf-8")

        name = f"rendering-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        return Done(*json.loads(once(self.shared, name, make).read_text("utf-8")))

    def manifests(self, values: Json | Path, *options: str, release: str = "ccsync") -> list[Json]:
        """Render, which has to succeed."""
        done = self.done(values, *options, release=release)
        assert done.exit == 0, f"{self.helm.name}: {done.stderr}"
        return read(done.stdout)

    def refusal(self, values: Json, *options: str) -> str:
        """Render, which has to be refused, before anything is printed; gives what is said."""
        done = self.done(values, *options)
        assert done.exit != 0, f"{self.helm.name} takes {values}"
        assert done.stdout == "", "half of a release is worse than none"
        return done.stderr


def named_in(values: Path) -> Set[str]:
    """Give the names that stand in values: of what somebody else makes, among others."""
    return set(strings_in(given(values)))


def the(manifests: list[Json], kind: str, end: str = "") -> Json:
    """Give the one manifest of a kind whose name ends like that."""
    found = [one for one in of_kind(manifests, kind) if name_of(one).endswith(end)]
    assert len(found) == 1, f"{len(found)} of kind {kind} ending in {end!r}"
    return found[0]


def settings_of(manifests: list[Json]) -> dict[str, str]:
    """Give the settings files of a release, by their name."""
    found: dict[str, str] = {}
    for one in of_kind(manifests, "ConfigMap"):
        data: dict[str, str] = one.get("data") or {}
        found |= {key: text for key, text in data.items() if "sinks:" in text}
    return found


def variables_of(container: Json) -> dict[str, str]:
    """Give the variables of a container; what comes from elsewhere is invented."""
    found: dict[str, str] = {}
    for one in entries(container, "env"):
        found[one["name"]] = one.get("value") or "invented-1234567890"
    return found
