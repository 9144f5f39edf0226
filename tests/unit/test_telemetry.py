from __future__ import annotations

import datetime as dt

import pytest

from ccsync.errors import Exit, SourceRefused, Stopped
from ccsync.report import Kind, Report, Result
from ccsync.telemetry import METRICS, points

START = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
NOW = START + dt.timedelta(seconds=90)
DAY = dt.date(2026, 11, 19)


def a_report() -> Report:
    report = Report("run-1", "1.0", START)
    report.sinks = ["one", "two"]
    return report


def values(report: Report) -> dict[tuple[str, str | None], float]:
    found = [((point.metric.name, point.sink), point.value) for point in points(report, NOW)]
    assert len(dict(found)) == len(found), "no number is said twice"
    return dict(found)


def test_a_run_is_told_in_numbers() -> None:
    report = a_report()
    report.acknowledged = {"one": NOW - dt.timedelta(hours=2)}
    report.add(Result(sink="one", day=DAY, kind=Kind.DELIVERED, records=40))
    report.add(Result(sink="one", day=DAY - dt.timedelta(days=1), kind=Kind.UNCHANGED, records=7))
    report.add(Result(sink="two", day=DAY, kind=Kind.SKIPPED, exit=Exit.DATA_REFUSED))
    assert values(report) == {
        ("ccsync.run.duration", None): 90,
        ("ccsync.run.exit", None): 4,
        ("ccsync.errors", None): 0,
        ("ccsync.days.delivered", "one"): 1,
        ("ccsync.records", "one"): 40,
        ("ccsync.errors", "one"): 0,
        ("ccsync.data.freshness", "one"): 7200,
        ("ccsync.days.delivered", "two"): 0,
        ("ccsync.records", "two"): 0,
        ("ccsync.errors", "two"): 1,
    }


def test_success_has_its_time() -> None:
    assert values(a_report())["ccsync.run.last_success", None] == NOW.timestamp()


@pytest.mark.parametrize(("error", "code"), [(SourceRefused("no"), 3), (Stopped(15), 143)])
def test_what_ended_the_run_is_an_error_of_no_sink(
    error: SourceRefused | Stopped, code: int
) -> None:
    report = a_report()
    report.error = error
    found = values(report)
    assert found["ccsync.run.exit", None] == code
    assert found["ccsync.errors", None] == 1
    assert ("ccsync.run.last_success", None) not in found


def test_clocks_that_go_back_make_no_negative_age() -> None:
    report = a_report()
    report.started_at = NOW + dt.timedelta(hours=1)
    report.acknowledged = {"one": NOW + dt.timedelta(hours=1)}
    found = values(report)
    assert found["ccsync.run.duration", None] == 0
    assert found["ccsync.data.freshness", "one"] == 0


def test_units_are_none_that_prometheus_renames() -> None:
    assert all(metric.unit != "1" and metric.description.endswith(".") for metric in METRICS)
