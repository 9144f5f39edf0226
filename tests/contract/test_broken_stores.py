"""Whether the contract of stores bites: every planted fault is caught, what is correct passes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.contract.broken_stores import suite
from tests.contract.broken_stores.planted import PLANTED, Planted
from tests.support.once import once
from tests.support.outcomes import Outcomes, outcomes_in, run_suite

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run the contract over all of them, in one process."""

    def run(report: Path) -> None:
        run_suite(Path(suite.__file__), report)

    return outcomes_in(once(tmp_path_factory, "broken_stores.xml", run))


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(outcomes: Outcomes, fault: Planted) -> None:
    found: Mapping[str, set[str]] = outcomes[f"Test{fault.name}"]
    assert found.get("failed", set()) == fault.caught_by


def test_each_test_of_the_contract_bites() -> None:
    """A test that no planted fault is there for might check nothing."""
    tests = {name for name in dir(suite.TestRemoteStore) if name.startswith("test_")}
    assert tests - {test for fault in PLANTED for test in fault.caught_by} == set()


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("TestRemoteStore", set[str]()),
        ("TestLocalStore", {"test_a_run_that_was_overtaken_writes_nothing"}),
    ],
)
def test_a_correct_store_passes(outcomes: Outcomes, name: str, skipped: set[str]) -> None:
    assert outcomes[name].get("failed", set()) == set()
    assert outcomes[name].get("skipped", set()) == skipped
