"""Helm 3 and Helm 4 against a cluster, each with a home of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.command import Done, Json
from tests.support.helm import CHART, HELMS, TIMEOUT, environment
from tests.support.programs import program

__all__ = ["CHART", "HELMS", "Helm", "documents", "kubectl"]


@dataclass(frozen=True)
class Helm:
    """One of the two, as one user of a cluster."""

    name: str
    kubeconfig: Path
    home: Path
    namespace: str

    def ask(self, *arguments: str | Path) -> Done:
        """Run a command, whatever becomes of it."""
        done = subprocess.run(
            [program(self.name), *arguments, f"--namespace={self.namespace}"],
            env=environment(self.home) | {"KUBECONFIG": str(self.kubeconfig)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def tell(self, *arguments: str | Path) -> str:
        """Run a command, which has to succeed without a warning; gives what it prints."""
        done = self.ask(*arguments)
        assert done.exit == 0, f"{self.name} {arguments}: {done!r}"
        assert "Warning:" not in done.stderr, done.stderr
        assert "warnings.go" not in done.stderr, done.stderr
        return done.stdout

    def apply(self, command: str, release: str, values: Json, *options: str | Path) -> str:
        """Run `install`, `upgrade` or `template` of the chart with these values."""
        file = self.home / "values.yaml"
        self.home.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(values), "utf-8")
        return self.tell(command, release, CHART, "--values", file, *options)

    def manifests(self, release: str, *options: str | Path) -> list[Json]:
        """Render the chart with values files that are given as options."""
        return documents(self.tell("template", release, CHART, *options))


def documents(text: str) -> list[Json]:
    """Read the manifests of a text."""
    return [one for one in yaml.safe_load_all(text) if one]


def kubectl(kubeconfig: Path, namespace: str, *arguments: str | Path, stdin: str = "") -> Done:
    """Run kubectl, whatever becomes of it."""
    command: Sequence[str | Path] = [
        *(program("kubectl"), f"--kubeconfig={kubeconfig}", f"--namespace={namespace}"),
        *arguments,
    ]
    done = subprocess.run(
        command,
        env=environment(kubeconfig.parent / "kubectl"),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
