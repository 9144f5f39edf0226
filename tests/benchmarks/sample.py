"""Reports for tests: figures that nobody measured."""

from __future__ import annotations

import datetime as dt

from tests.benchmarks.cases import FULL
from tests.benchmarks.results import CaseResults, Measure, Report, Result, StartUp

CCSYNC, BARE = "ccsync 0.1.0, JSONL", "bare loop, httpx 0.28.1 + msgspec 0.22.0"


def measured(name: str, cpu: float = 3.0, wall: float = 3.0, *, differs: str = "") -> Result:
    """Make a contestant's part."""
    measure = Measure(cpu=cpu, wall=wall, peak_mb=60.0, requests=4, api_cpu=0.3, printed=0)
    return Result(contestant=name, rounds=5, measure=measure, differs=differs)


def report(*history: Result, help_cpu: float = 0.07, heavy: tuple[str, ...] = ()) -> Report:
    """Make a report; ccsync and the bare loop take part in the other cases."""
    pair = [measured(CCSYNC), measured(BARE, cpu=2.0)]
    cases = [
        CaseResults(case=one, results=list(history) if one.kind == "history" else pair)
        for one in FULL
    ]
    start_up = StartUp(
        command="ccsync --help",
        rounds=5,
        cpu=help_cpu,
        wall=help_cpu,
        peak_mb=14.0,
        heavy_imports=list(heavy),
    )
    return Report(
        date=dt.date(2026, 11, 22),
        quick=False,
        rounds=5,
        python="3.12.1",
        cores=2,
        cases=cases,
        start_up=[start_up],
    )
