"""Builds the distribution once, and installs the wheel into one fresh environment per Python."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, supported_pythons, tracked_files
from tests.packaging.distribution import Built, Installed, interpreter, must_succeed


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build from a copy that holds the tracked files and nothing else."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for path in tracked_files():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    # Without isolation the build backend is the pinned one, and nothing is fetched.
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation"]
    must_succeed([*command, "--outdir", out, source], cwd=out)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return Built(sdist=sdist, wheel=wheel)


@pytest.fixture(scope="session", params=supported_pythons())
def installed(
    request: pytest.FixtureRequest, built: Built, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """Install the wheel as a user would, with the pinned dependencies."""
    version = str(request.param)
    python = interpreter(version)
    home = tmp_path_factory.mktemp(f"python{version}-")
    venv = tmp_path_factory.mktemp(f"venv{version}-") / "venv"
    # Our own pip installs into it: Debian's interpreters bring none.
    must_succeed([python, "-m", "venv", "--without-pip", venv], cwd=home)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python"]
    pip += ["install", "--quiet"]
    must_succeed([*pip, "--require-hashes", "-r", ROOT / ".ci" / "constraints.txt"], cwd=home)
    must_succeed([*pip, "--no-deps", "--no-index", built.wheel], cwd=home)
    return Installed(version=version, bin=venv / "bin", home=home)
