"""Running a suite most of which is to fail, and what became of its tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as Xml

ROOT = Path(__file__).resolve().parents[2]

Outcomes: TypeAlias = Mapping[str, Mapping[str, set[str]]]
"""By test class and outcome (passed, failed, skipped): the names of the tests."""


def run_suite(suite: Path, report: Path) -> None:
    """Let pytest write what becomes of a suite."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n0", f"--junitxml={report}", str(suite.relative_to(ROOT))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        stdin=subprocess.DEVNULL,
    )
    # 1: some tests failed, as they should.
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"


def outcomes_in(report: Path) -> Outcomes:
    """Read it."""
    found: dict[str, dict[str, set[str]]] = {}
    for case in Xml.parse(report).iter("testcase"):  # noqa: S314 - written by our own pytest
        name = case.get("classname", "").rpartition(".")[2]
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if tags else "passed"
        test = case.get("name", "").partition("[")[0]
        found.setdefault(name, {}).setdefault(outcome, set()).add(test)
    return found
