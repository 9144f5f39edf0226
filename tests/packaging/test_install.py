"""The wheel on each supported Python, with the source nowhere near."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, entry_points, supported_pythons, tracked_files
from tests.packaging.distribution import Installed

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

TIERS = {supported_pythons()[0]: ("tests/unit", "tests/contract")}
"""The contracts take minutes and speak to the outside: once is enough, on the oldest Python."""


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
    for path in tracked_files():
        if path.parts[0] == "tests" or path == Path("pyproject.toml"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    tiers = TIERS.get(installed.version, ("tests/unit",))
    assert all((tmp_path / tier).is_dir() for tier in tiers)
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
    done = installed.run("python", *arguments, *tiers, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    assert re.search(r"\b[1-9]\d* passed", done.stdout), done.stdout[-2000:]
