"""The wheel on each supported Python, with the source nowhere near."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, entry_points, supported_pythons, tracked_files
from tests.packaging.distribution import Installed, linked

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def tiers(version: str) -> tuple[str, ...]:
    """Say what is repeated against the wheel on a Python, of those that are here.

    One wheel is for all, and `make test` has run everything on the Python it runs on: that one
    comes last, and repeats nothing while there are others. Contracts take minutes and depend on a
    Python least: once is enough.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    here = sorted((one for one in supported_pythons() if linked(one).exists()), key=own.__eq__)
    if version == here[0]:
        return ("tests/unit", "tests/contract")
    return () if version == own else ("tests/unit",)


def test_the_environment_is_what_it_says(installed: Installed) -> None:
    program = "import ccsync, sys; print('%d.%d' % sys.version_info[:2], ccsync.__file__)"
    done = installed.run("python", "-c", program)
    version, place = done.stdout.split()
    assert version == installed.version
    assert Path(place).is_relative_to(installed.bin.parent)


def test_the_command_helps(installed: Installed) -> None:
    done = installed.run("ccsync", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sync" in done.stdout


def test_the_command_finds_the_sinks(installed: Installed) -> None:
    done = installed.run("ccsync", "sinks")
    assert done.returncode == 0, done.stderr
    assert [name for name in entry_points("ccsync.sinks") if name not in done.stdout] == []


def test_unit_and_contract_tests_pass_against_the_wheel(
    installed: Installed, tmp_path: Path
) -> None:
    repeated = tiers(installed.version)
    if not repeated:
        pytest.skip("the tests ran on this Python from the source, and against the wheel on others")
    for path in tracked_files():
        if path.parts[0] == "tests" or path == Path("pyproject.toml"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    assert all((tmp_path / tier).is_dir() for tier in repeated)
    arguments = (
        "-m",
        "pytest",
        "-q",
        "-n",
        "auto",
        "--maxprocesses",
        "8",
        "-p",
        "no:cacheprovider",
    )
    done = installed.run("python", *arguments, *repeated, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout[-2000:]
