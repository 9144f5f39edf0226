"""How a run shows itself while it goes on: log lines, or a bar on a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from ccsync.errors import Exit
from ccsync.plan import PlannedDay
from ccsync.redact import redact
from ccsync.report import Kind, Report, Result, told

_LEVELS = {
    Kind.UNCHANGED: "debug",
    Kind.LEFT: "debug",
    Kind.NOT_TRIED: "debug",
    Kind.NOT_YET: "info",
}
"""What is told once, for the whole run, or is no trouble."""


_GOOD = {Kind.DELIVERED, Kind.UNCHANGED, Kind.PREVIEWED}

_BAR_WIDTH = 72
"""Columns that the bar and its numbers take."""

_LEAST_ROOM = 40
"""Columns for what is going on, however narrow the terminal is."""


class LogWatcher:
    """One line per day and sink."""

    def __init__(self, log: Any) -> None:
        """Take the log."""
        self._log = log

    def planned(self, plan: Iterable[PlannedDay]) -> None:
        """Log the plan."""
        days = [planned.day for planned in plan]
        first, last = min(days, default=None), max(days, default=None)
        self._log.info("run.planned", days=len(days), first_day=first, last_day=last)

    def fetched(self, day: dt.date, rows: int) -> None:
        """Log a fetched day."""
        self._log.debug("day.fetched", day=day, rows=rows)

    def paced(self, requests_per_minute: int) -> None:
        """Log why days come slowly."""
        self._log.info("source.paced", requests_per_minute=requests_per_minute)

    def waiting(self, sink: str, seconds: float, reason: str) -> None:
        """Say nothing: the pause has its line in the log already (`sink.retry`)."""

    def result(self, result: Result) -> None:
        """Log what became of a day; of many days with one cause the first, the end counts them."""
        level = "error" if result.exit is not Exit.OK else "warning" if result.reason else "info"
        level = "debug" if result.in_short else _LEVELS.get(result.kind, level)
        facts = {"sink": result.sink, "day": result.day, "records": result.records}
        if result.reason:
            facts["reason"] = result.in_short or told(
                result.reason, result.sink, [result.day], needs_force=result.needs_force
            )
        getattr(self._log, level)(f"day.{result.kind.value.replace(' ', '_')}", **facts)


class BarWatcher:
    """A bar on stderr: days done, rate, remaining. Problems are told at the end."""

    def __init__(self) -> None:
        """Start with an empty bar."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._room = max(_LEAST_ROOM, console.width - _BAR_WIDTH)
        self._progress = Progress(
            TextColumn("[bold]syncing"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("days"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            # Markup is off: reasons are other people's words.
            TextColumn("{task.fields[now]}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("days", total=None, now="", rate="")
        self._waiting: dict[dt.date, int] = {}
        self._paced = ""

    def __enter__(self) -> BarWatcher:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._progress.stop()

    def planned(self, plan: Iterable[PlannedDay]) -> None:
        """Set the length."""
        self._waiting = {planned.day: len(planned.sinks) for planned in plan}
        self._progress.update(self._task, total=len(self._waiting))

    def fetched(self, day: dt.date, rows: int) -> None:
        """Say which day is in hand."""
        self._progress.update(self._task, now=f"{day}: {rows:,} rows")

    def paced(self, requests_per_minute: int) -> None:  # noqa: ARG002 - a word is enough here
        """Say why days come slowly."""
        self._paced = " paced"
        self._progress.update(self._task, rate=self._paced.strip())

    def waiting(self, sink: str, seconds: float, reason: str) -> None:
        """Say who is waited for; the log has the whole reason."""
        what = f"waiting {max(1, round(seconds))} s for {sink}: {reason}"
        if len(what) > self._room:
            what = what[: self._room - 3] + "..."
        self._progress.update(self._task, now=what)

    def result(self, result: Result) -> None:
        """Move on when the last sink has the day."""
        if result.day not in self._waiting:
            return
        self._waiting[result.day] -= 1
        if self._waiting[result.day] == 0:
            self._progress.advance(self._task)
            speed = self._progress.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            self._progress.update(self._task, rate=f"{rate}{self._paced}".strip())


def print_summary(report: Report) -> None:
    """Print what became of a run, for a person at a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True)
    kinds = [kind for kind in Kind if any(counts[kind] for counts in report.counts.values())]
    table = Table()
    table.add_column("sink")
    for kind in kinds:
        table.add_column(f"days {kind.value}", justify="right")
    table.add_column("records", justify="right")
    delivered: dict[str, int] = {}
    for result in report.results:
        if result.kind in {Kind.DELIVERED, Kind.PREVIEWED}:
            delivered[result.sink] = delivered.get(result.sink, 0) + result.records
    for sink, counts in sorted(report.counts.items()):
        cells = [f"{counts[kind]:,}" if counts[kind] else "-" for kind in kinds]
        table.add_row(sink, *cells, f"{delivered.get(sink, 0):,}")
    console.print(Text(_headline(report), style="bold"))
    lines = problem_lines(report)
    # One cause of everything is read first: the table only says that nothing came of it.
    first = 1 if lines and _ended_for_one_cause(report, lines) else 0
    colour = "red" if report.exit else "yellow"
    for line in lines[:first]:
        console.print(Text(line, style=colour))
    if report.counts:
        console.print(table)
    for line in lines[first:]:
        console.print(Text(line, style=colour))
    for line in remark_lines(report):
        console.print(Text(line))
    if report.merged_rows:
        for sink, count in report.merged_rows.items():
            console.print(
                f"{sink}: {count:,} rows had the identity of another and were added to it"
            )


def _ended_for_one_cause(report: Report, lines: list[str]) -> bool:
    """Tell whether the first line says why nothing else was done."""
    if report.error is not None:
        return True
    return len(lines) == 1 and not any(result.kind in _GOOD for result in report.results)


def _headline(report: Report) -> str:
    seconds = (report.ended_at - report.started_at).total_seconds()
    shard = f"shard {report.shard}: " if report.shard is not None else ""
    if not report.days:
        what = "nothing was synced" if report.exit else "nothing to do"
        return f"ccsync: {shard}{what}, {seconds:.1f} s"
    span = f"{report.days[0]} to {report.days[-1]}" if len(report.days) > 1 else f"{report.days[0]}"
    return f"{shard}{len(report.days)} days ({span}), {report.rows:,} rows read, {seconds:.1f} s"


def problem_lines(report: Report) -> list[str]:
    """Tell each problem once, with the days and sinks it concerns."""
    lines = [redact(str(report.error))] if report.error is not None else []
    lines += _by_reason(report.problems)
    lines += [f"row left out: {reason}" for reason in report.skipped_rows[:20]]
    if len(report.skipped_rows) > 20:
        lines.append(f"... and {len(report.skipped_rows) - 20:,} more rows left out")
    return lines


def remark_lines(report: Report) -> list[str]:
    """Tell what is no trouble: remarks, and each reason why days wait for a later run."""
    return [*report.remarks, *_by_reason(report.waiting)]


def _by_reason(results: Iterable[Result]) -> Iterator[str]:
    grouped: dict[tuple[str, Kind, str, bool], list[dt.date]] = {}
    for result in results:
        key = (result.sink, result.kind, result.reason, result.needs_force)
        grouped.setdefault(key, []).append(result.day)
    for (sink, kind, reason, needs_force), days in grouped.items():
        # What a destination says of one day it says of each of them.
        each = ", each" if kind is Kind.REFUSED and len(days) > 1 else ""
        reason = told(reason, sink, days, needs_force=needs_force)
        yield f"{sink}: {_days(days)}{each} {kind.value}: {reason}"


def _days(days: list[dt.date]) -> str:
    known = sorted(day for day in days if day != dt.date.min)
    if not known:
        return "every day"
    if len(known) > 3:
        return f"{known[0]} ... {known[-1]} ({len(known)} days)"
    return ", ".join(str(day) for day in known)
