"""Medians, names and the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.cases import FULL, QUICK
from tests.benchmarks.results import Measure, load, median, program, save
from tests.benchmarks.sample import BARE, CCSYNC, measured, report
from tests.benchmarks.start_up import imported


def test_median_of_time_and_largest_memory() -> None:
    runs = [
        Measure(cpu=cpu, wall=cpu + 1, peak_mb=peak, requests=4, api_cpu=0.1, printed=0)
        for cpu, peak in ((5.0, 50.0), (1.0, 70.0), (2.0, 60.0))
    ]
    found = median(runs)
    assert (found.cpu, found.wall, found.peak_mb) == (2.0, 3.0, 70.0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (CCSYNC, "ccsync"),
        (BARE, "bare loop"),
        ("dlt 1.31.0, merge into DuckDB", "dlt"),
        ("singer-sdk 0.54.9", "singer-sdk"),
        ("script: requests 2.34.2 + json, JSONL", "script"),
    ],
)
def test_a_program_is_known_without_its_version(name: str, expected: str) -> None:
    assert program(name) == expected


def test_a_case_counts_its_records() -> None:
    assert [one.records for one in FULL] == [94_500, 31_500, 130_000, 4_000]
    assert [one.kind for one in QUICK] == [one.kind for one in FULL]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "results" / "bench.json"
    given = report(measured(CCSYNC, cpu=1.23456), measured(BARE))
    save(given, path)
    found = load(path)
    (history,) = (one for one in found.cases if one.case.kind == "history")
    assert history.results[0].measure is not None
    assert history.results[0].measure.cpu == 1.235
    assert found.start_up == given.start_up


def test_imported_packages_are_read_from_what_python_says() -> None:
    said = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:        73 |         73 |   _io\n"
        "import time:       161 |       1014 |     google.cloud.bigquery\n"
        "a line of the program itself\n"
    )
    assert imported(said) == {"imported", "_io", "google"}
