"""Whether the contract bites: every planted fault is caught, and what is correct passes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tests.contract.broken import suite
from tests.contract.broken.planted import PLANTED, Planted
from tests.support.once import once

ROOT = Path(__file__).resolve().parents[2]

Outcomes = Mapping[str, Mapping[str, set[str]]]
"""By test class and outcome (passed, failed, skipped): the names of the tests."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run the contract over all of them, in one process."""
    report = once(tmp_path_factory, "broken.xml", run)
    found: dict[str, dict[str, set[str]]] = {}
    for case in Xml.parse(report).iter("testcase"):  # noqa: S314 - written by our own pytest
        name = case.get("classname", "").rpartition(".")[2]
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if tags else "passed"
        test = case.get("name", "").partition("[")[0]
        found.setdefault(name, {}).setdefault(outcome, set()).add(test)
    return found


def run(report: Path) -> None:
    """Let pytest write what becomes of the suite."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n0", f"--junitxml={report}", str(Path(suite.__file__).relative_to(ROOT))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        stdin=subprocess.DEVNULL,
    )
    # 1: some tests failed, as they should.
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(outcomes: Outcomes, fault: Planted) -> None:
    failed = outcomes[f"Test{fault.name}"].get("failed", set())
    missed = fault.caught_by - failed
    assert not missed, f"{sorted(missed)} did not fail; these did: {sorted(failed)}"


def test_each_test_of_the_contract_bites() -> None:
    """A test that no planted fault is there for might check nothing."""
    tests = {name for name in dir(suite.TestReplacingSink) if name.startswith("test_")}
    assert tests - {test for fault in PLANTED for test in fault.caught_by} == set()


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("TestReplacingSink", set[str]()),
        (
            "TestPointsSink",
            {
                "test_killed_anywhere_shows_no_torn_day",
                "test_preview_needs_no_open",
                "test_refused_record_is_named",
                "test_totals_are_what_is_shown",
            },
        ),
    ],
)
def test_a_correct_sink_passes(outcomes: Outcomes, name: str, skipped: set[str]) -> None:
    assert outcomes[name].get("failed", set()) == set()
    assert outcomes[name].get("skipped", set()) == skipped
