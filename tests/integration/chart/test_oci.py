"""`make push` against a real registry: pushed once, pulled by both helms, never replaced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from tests.architecture.repository import ROOT
from tests.support.command import Done, Json
from tests.support.helm import HELMS, Helm, environment
from tests.support.programs import listens, program, running

pytestmark = pytest.mark.integration

SETTINGS = """\
version: 0.1
log: {{level: warn}}
storage: {{inmemory: {{}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""

VALUES: Json = {
    "image": {"repository": "registry.example/platform/ccsync"},
    "secret": {"existingSecret": "ccsync"},
    "config": {"sinks": {"console": {"type": "stdout"}}},
}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty registry, as `make push` wants it."""

    def command(ports: Sequence[int]) -> list[str | Path]:
        settings = tmp_path / "registry.yaml"
        settings.write_text(SETTINGS.format(port=ports[0]), "utf-8")
        return [program("registry"), "serve", settings]

    with running(
        command, ports=1, log=tmp_path / "registry.log", ready=lambda ports: listens(ports[0])
    ) as (port,):
        yield f"oci://127.0.0.1:{port}/charts"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout with the chart alone, which may be changed."""
    for part in (".ci/chart", "helm/ccsync"):
        shutil.copytree(ROOT / part, tmp_path / "checkout" / part)
    return tmp_path / "checkout"


def push(checkout: Path, repository: str) -> Done:
    """Do what `make push REPO=...` does."""
    done = subprocess.run(
        [sys.executable, checkout / ".ci" / "chart", "push", repository],
        env={**os.environ, **environment(checkout.parent)}
        | {"XDG_CACHE_HOME": str(program("helm4").parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def version() -> str:
    found: Json = yaml.safe_load((ROOT / "helm/ccsync/Chart.yaml").read_text("utf-8"))
    return str(found["version"])


def digest_of(repository: str, tag: str) -> str:
    """Ask the registry itself."""
    address = repository.replace("oci://", "http://").replace("/charts", "/v2/charts")
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{address}/ccsync/manifests/{tag}",
        headers={"accept": "application/vnd.oci.image.manifest.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.headers["docker-content-digest"])


def test_it_is_pushed_once(registry: str, checkout: Path) -> None:
    first = push(checkout, registry)
    assert first.exit == 0, first
    digest = digest_of(registry, version())
    assert first.stdout.strip() == f"pushed {registry}/ccsync:{version()}@{digest}"
    second = push(checkout, registry)
    assert second.exit == 0, second
    assert "is there already, the same; nothing was pushed" in second.stdout
    assert digest_of(registry, version()) == digest


def test_a_version_that_is_there_is_not_replaced(registry: str, checkout: Path) -> None:
    assert push(checkout, registry).exit == 0
    digest = digest_of(registry, version())
    notes = checkout / "helm/ccsync/templates/NOTES.txt"
    notes.write_text(notes.read_text("utf-8") + "\nChanged.\n", "utf-8")
    again = push(checkout, registry)
    assert again.exit == 1
    assert "is there with other content; raise `version` in Chart.yaml" in again.stderr
    assert digest_of(registry, version()) == digest
    chart = checkout / "helm/ccsync/Chart.yaml"
    raised = re.sub(r"(?m)^version: .*", "version: 99.0.1", chart.read_text("utf-8"))
    chart.write_text(raised, "utf-8")
    assert push(checkout, registry).exit == 0
    assert digest_of(registry, "99.0.1") != digest == digest_of(registry, version())


@pytest.mark.parametrize("name", HELMS)
def test_both_helms_pull_what_was_pushed(
    name: str, registry: str, checkout: Path, tmp_path: Path
) -> None:
    assert push(checkout, registry).exit == 0
    helm = Helm(name, tmp_path)
    helm.tell(
        *("pull", f"{registry}/ccsync", "--version", version(), "--plain-http"),
        *("--untar", "--destination", tmp_path / "pulled"),
    )
    pulled = tmp_path / "pulled" / "ccsync"
    for file in ("values.yaml", "values.schema.json", "README.md"):
        assert (pulled / file).read_bytes() == (ROOT / "helm" / "ccsync" / file).read_bytes()
    assert not (pulled / "ci").exists()
    from_registry = helm.template(VALUES, chart=pulled)
    assert from_registry.exit == 0, from_registry
    assert from_registry.stdout == helm.template(VALUES).stdout


def test_a_registry_that_is_away_is_named(checkout: Path) -> None:
    done = push(checkout, "oci://127.0.0.1:9/charts")
    assert done.exit == 1
    assert "refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_registry_of_these_tests_starts_empty(registry: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        digest_of(registry, version())
    assert caught.value.code == 404
    caught.value.close()
