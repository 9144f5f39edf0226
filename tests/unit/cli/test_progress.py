"""What a run tells of its days: one line for days that have a problem in common."""

from __future__ import annotations

import datetime as dt

from structlog.testing import capture_logs

from ccsync import logs
from ccsync.cli.progress import LogWatcher, problem_lines, remark_lines
from ccsync.errors import Exit
from ccsync.report import Kind, Report, Result

DAY = dt.date(2026, 11, 10)


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days)


def refused(day: dt.date, reason: str = "refuses 1 row") -> Result:
    return Result(
        sink="usage",
        day=day,
        kind=Kind.REFUSED,
        reason=reason,
        exit=Exit.DATA_REFUSED,
        needs_force=True,
    )


def lines(*results: Result) -> list[str]:
    report = Report("run-1", "0.1.0", dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    for result in results:
        report.add(result)
    return problem_lines(report)


def test_days_refused_alike_say_each_and_end_with_the_remedy() -> None:
    assert lines(*(refused(after(n)) for n in range(5)), refused(after(7), "refuses 2 rows")) == [
        "usage: 2026-11-10 ... 2026-11-14 (5 days), each refused: refuses 1 row; once the cause is "
        "mended, `ccsync sync --from 2026-11-10 --to 2026-11-14 --force --sink usage`",
        "usage: 2026-11-17 refused: refuses 2 rows; once the cause is mended, "
        "`ccsync sync --from 2026-11-17 --to 2026-11-17 --force --sink usage`",
    ]


def test_the_remedy_leaves_out_days_between_and_is_of_bounded_length() -> None:
    (line,) = lines(*(refused(after(n)) for n in (0, 2, 4, 6, 8)))
    assert "--to 2026-11-10 --force" in line
    assert line.endswith("--to 2026-11-14 --force --sink usage` and 2 more stretches of days alike")


def test_the_log_line_of_a_refused_day_ends_with_its_remedy() -> None:
    with capture_logs() as logged:
        LogWatcher(logs.get()).result(refused(DAY))
    assert logged[0]["reason"].endswith(
        "`ccsync sync --from 2026-11-10 --to 2026-11-10 --force --sink usage`"
    )


def test_the_log_has_a_long_reason_once() -> None:
    day = Result(
        sink="usage", day=DAY, kind=Kind.FAILED, reason="not tried: long", in_short="not tried"
    )
    with capture_logs() as logged:
        LogWatcher(logs.get()).result(day)
    assert (logged[0]["reason"], logged[0]["log_level"]) == ("not tried", "debug")
    assert lines(day) == ["usage: 2026-11-10 failed: not tried: long"]


def test_what_waits_is_a_remark_and_no_problem() -> None:
    report = Report("run-1", "0.1.0", dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    report.remarks.append("first")
    report.add(Result(sink="usage", day=DAY, kind=Kind.NOT_YET, reason="before noon"))
    assert problem_lines(report) == []
    assert remark_lines(report) == ["first", "usage: 2026-11-10 not yet: before noon"]
