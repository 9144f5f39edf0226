"""Whether the contract bites: every planted fault is caught, and what is correct passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.broken import suite
from tests.contract.broken.planted import PLANTED, Planted
from tests.support.once import once
from tests.support.outcomes import Outcomes, outcomes_in, run_suite

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run the contract over all of them, in one process."""

    def run(report: Path) -> None:
        run_suite(Path(suite.__file__), report)

    return outcomes_in(once(tmp_path_factory, "broken.xml", run))


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
                "test_read_gives_back_what_is_shown",
                "test_refused_record_is_named",
                "test_totals_are_what_is_shown",
            },
        ),
    ],
)
def test_a_correct_sink_passes(outcomes: Outcomes, name: str, skipped: set[str]) -> None:
    assert outcomes[name].get("failed", set()) == set()
    assert outcomes[name].get("skipped", set()) == skipped
