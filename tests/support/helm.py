"""Real helm 3 and helm 4 over the chart, without a cluster: rendered, linted, packed or refused."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.architecture.repository import ROOT
from tests.support.command import Done, Json
from tests.support.programs import path_of

CHART = ROOT / "helm" / "ccsync"

HELMS = ("helm3", "helm4")

RELEASE = "ccsync"
NAMESPACE = "analytics"

TIMEOUT = 60.0


def environment(home: Path) -> dict[str, str]:
    """Give what Helm and kubectl run with, so that they write below a home and nowhere else."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        # Without a home it would be the working directory.
        "KUBECACHEDIR": str(home / "kube"),
        **{f"HELM_{one}_HOME": str(home / one.lower()) for one in ("CACHE", "CONFIG", "DATA")},
    }


def values_files() -> list[Path]:
    """Give the values that the chart is tried with."""
    return sorted((CHART / "ci").glob("*-values.yaml"))


def brought(name: str) -> Path:
    """Find helm3, helm4 or kubectl; skips the test where it is absent."""
    path = path_of(name)
    if not path.exists():
        pytest.skip(f"{name} is not at {path}; `.ci/helm` brings it, or says why it cannot")
    return path


@dataclass(frozen=True)
class Helm:
    """One of the two; it sees no settings, plugins or clusters of whoever runs the tests."""

    name: str
    home: Path

    def ask(self, *arguments: str | Path) -> Done:
        """Run a command, whatever becomes of it."""
        done = subprocess.run(
            [brought(self.name), *arguments],
            # It lives for a moment: to collect garbage would be a third of its work.
            env=environment(self.home) | {"KUBECONFIG": "/dev/null", "GOGC": "off"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def tell(self, *arguments: str | Path) -> str:
        """Run a command, which has to succeed; gives what it prints."""
        done = self.ask(*arguments)
        assert done.exit == 0, f"{self.name} {arguments}: {done!r}"
        return done.stdout

    def template(
        self,
        values: Json | Path | None = None,
        *options: str | Path,
        chart: Path = CHART,
        release: str = RELEASE,
    ) -> Done:
        """Render the chart, whatever becomes of it; NOTES.txt is rendered and left out.

        Args:
            values: content or file.
            options: further ones of `helm template`.
            chart: another one, which may have it as a dependency.
            release: its name.
        """
        given: list[str | Path] = []
        if values is not None:
            given = ["--values", self._file(values)]
        return self.ask("template", release, chart, f"--namespace={NAMESPACE}", *given, *options)

    def manifests(
        self, values: Json | Path | None = None, *options: str | Path, release: str = RELEASE
    ) -> list[Json]:
        """Render the chart, which has to succeed; gives its objects."""
        done = self.template(values, *options, release=release)
        assert done.exit == 0, f"{self.name}: {done.stderr}"
        return [one for one in yaml.load_all(done.stdout, yaml.CSafeLoader) if one]

    def refusal(self, values: Json | Path, *options: str | Path) -> str:
        """Render the chart, which has to be refused; gives what is said."""
        done = self.template(values, *options)
        assert done.exit != 0, f"{self.name} takes {values}"
        return done.stderr

    def lint(self, values: Path) -> Done:
        """Check the chart with these values; warnings count."""
        return self.ask("lint", "--strict", CHART, "--values", values, f"--namespace={NAMESPACE}")

    def _file(self, values: Json | Path) -> Path:
        if isinstance(values, Path):
            return values
        file = self.home / "values.yaml"
        file.write_text(yaml.safe_dump(values), "utf-8")
        return file
