"""What counts as met."""

from __future__ import annotations

import msgspec
import pytest

from tests.benchmarks.bars import Bar, bars
from tests.benchmarks.results import CaseResults, Report, Result
from tests.benchmarks.sample import BARE, CCSYNC, measured, report


def bar(found: Report, part: str) -> Bar:
    (one,) = [one for one in bars(found) if part in one.what]
    return one


def with_ccsync(found: Report, kind: str, **figures: float) -> Report:
    """Give the report with other figures of ccsync in one case."""

    def changed(result: Result) -> Result:
        if result.measure is None or result.contestant != CCSYNC:
            return result
        measure = msgspec.structs.replace(result.measure, **figures)
        return msgspec.structs.replace(result, measure=measure)

    cases = [
        CaseResults(case=one.case, results=[changed(result) for result in one.results])
        if one.case.kind == kind
        else one
        for one in found.cases
    ]
    return msgspec.structs.replace(found, cases=cases)


def full(*others: Result) -> Report:
    return report(measured(CCSYNC), measured(BARE, cpu=2.0), *others)


def test_every_bar_of_the_core_is_listed() -> None:
    assert len(bars(full())) == len(bars(report())) == 7


@pytest.mark.parametrize(("wall", "met"), [(24.0, True), (23.9, False)])
def test_times_faster_counts_wall_time(wall: float, met: bool) -> None:
    found = bar(full(measured("dlt 1.31.0, merge", wall=wall, cpu=1.0)), "faster than dlt")
    assert found.met is met


def test_the_fastest_of_a_program_counts_even_with_wrong_rows() -> None:
    slow = measured("dlt 1.31.0, merge", wall=60.0)
    quick = measured("dlt 1.31.0, append", wall=12.0, differs="1 record row missing")
    assert bar(full(slow, quick), "faster than dlt").figure == "4.0"


def test_an_absent_program_is_not_measured_and_says_why() -> None:
    found = bar(full(Result(contestant="dlt 1.31.0, merge", why="absent")), "faster than dlt")
    assert (found.met, found.figure, found.mark) == (None, "dlt: absent", "not measured")


def test_a_program_that_took_no_part_is_said() -> None:
    assert bar(full(), "singer-sdk").figure == "singer-sdk: took no part"


@pytest.mark.parametrize(("cpu", "met"), [(3.2, True), (3.21, False)])
def test_cpu_beside_the_bare_loop(cpu: float, met: bool) -> None:
    assert bar(with_ccsync(full(), "history", cpu=cpu), "bare loop").met is met


@pytest.mark.parametrize(
    ("kind", "part", "most"),
    [("history", "90 days x 1,000 users: peak", 80.0), ("large day", "130,000", 150.0)],
)
def test_peak_memory(kind: str, part: str, most: float) -> None:
    assert bar(with_ccsync(full(), kind, peak_mb=most), part).met
    assert bar(with_ccsync(full(), kind, peak_mb=most + 0.1), part).met is False


def test_help_may_neither_be_slow_nor_import_client_libraries() -> None:
    assert bar(report(), "--help").met
    assert bar(report(help_cpu=0.26), "--help").met is False
    assert bar(report(heavy=("grpc",)), "--help").met is False


@pytest.mark.parametrize("figures", [{"cpu": 1.1}, {"requests": 5}, {"printed": 1}])
def test_nothing_new_is_cheap_in_every_way(figures: dict[str, float]) -> None:
    cheap = with_ccsync(full(), "nothing new", cpu=0.5)
    assert bar(cheap, "nothing new").met
    assert bar(with_ccsync(cheap, "nothing new", **figures), "nothing new").met is False
