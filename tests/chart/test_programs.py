"""`.ci/helm` brings helm and kubectl, or says why not; it never makes tests fail by itself."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT
from tests.support.command import Done
from tests.support.helm import HELMS, brought
from tests.support.programs import path_of


def run(cache: Path, path: str = "/usr/bin:/bin") -> Done:
    """Run it where no package can be had."""
    given = {"PATH": path, "HOME": str(cache), "XDG_CACHE_HOME": str(cache), "PIP_NO_INDEX": "1"}
    done = subprocess.run(
        [ROOT / ".ci" / "helm"],
        env={**given, "PIP_CONFIG_FILE": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def fake(path: Path, says: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", "utf-8")
    path.chmod(0o755)


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.exit == 0
    for name in HELMS:
        assert re.search(rf"ABSENT +{name} .*its tests will be skipped", done.stdout), done
    left = sorted(one.name for one in (tmp_path / "ccsync" / "bin").iterdir())
    assert set(left) <= {"kubectl"}, "downloads are removed"


def test_one_of_the_same_series_on_path_is_taken_instead(tmp_path: Path) -> None:
    fake(tmp_path / "a b" / "helm", "v3.99.1+gabcdef")
    fake(tmp_path / "c" / "helm", "v4.98.0+gabcdef")
    done = run(tmp_path, path=f"{tmp_path}/a b:{tmp_path}/c:/usr/bin:/bin")
    assert done.exit == 0
    links = tmp_path / "ccsync" / "bin"
    assert (links / "helm3").readlink() == tmp_path / "a b" / "helm"
    assert (links / "helm4").readlink() == tmp_path / "c" / "helm"


def test_another_series_is_not_taken(tmp_path: Path) -> None:
    fake(tmp_path / "a" / "helm", "v2.17.0")
    done = run(tmp_path, path=f"{tmp_path}/a:/usr/bin:/bin")
    assert "ABSENT   helm3" in done.stdout
    assert "ABSENT   helm4" in done.stdout


@pytest.mark.parametrize(("name", "series"), [("helm3", "v3."), ("helm4", "v4.")])
def test_what_was_brought_is_what_its_name_says(name: str, series: str) -> None:
    done = subprocess.run(
        [brought(name), "version", "--short"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith(series)


def test_it_is_quick_when_nothing_changed(tmp_path: Path) -> None:
    """Nothing is asked of pip again: what is there does not even have to run."""
    for name in (*HELMS, "kubectl"):
        brought(name)
    stamp = path_of(".helm.pin")
    if not stamp.exists():
        pytest.skip("helm is from PATH here, not from pinned packages")
    for name in (*HELMS, "kubectl"):
        fake(tmp_path / "ccsync" / "bin" / name, "nothing")
    (tmp_path / "ccsync" / "bin" / ".helm.pin").write_bytes(stamp.read_bytes())
    done = run(tmp_path)
    assert done.exit == 0
    assert re.match(r"tools: found +helm 3\.\S+ helm 4\.\S+ kubectl 1\.\S+", done.stdout), done
