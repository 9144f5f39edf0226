"""Shows a report on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bars import bars
from tests.benchmarks.results import CaseResults, Report, fastest_first, named
from tests.benchmarks.table import busiest, rows_cell


def show(report: Report, console: Console) -> None:
    """Print every case, the start-ups and the bars."""
    for one in report.cases:
        console.print(_case(one))
        console.print()
    console.print(_start_ups(report))
    console.print()
    console.print(_bars(report))
    console.print(busiest(report).replace("**", ""))
    if report.quick:
        console.print("Quick figures: smaller work, one round; good for trying only.")


def _case(results: CaseResults) -> Table:
    table = Table(
        title=f"{results.case.title} ({results.case.records:,} records)", title_justify="left"
    )
    table.add_column("program", overflow="fold")
    for heading in ("time s", "CPU s", "= ccsync x", "= bare x", "MB", "requests", "API s", "runs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("rows")
    reference = [
        next((one.measure.cpu for one in named(results, name) if one.measure), None)
        for name in ("ccsync", "bare loop")
    ]
    for one in fastest_first(results.results):
        found = one.measure
        if found is None:
            table.add_row(one.contestant, *[""] * 8, one.why)
            continue
        table.add_row(
            one.contestant,
            f"{found.wall:.2f}",
            f"{found.cpu:.2f}",
            *(f"{found.cpu / cpu:.2f}" if cpu else "-" for cpu in reference),
            f"{found.peak_mb:.0f}",
            str(found.requests),
            f"{found.api_cpu:.2f}",
            str(one.rounds),
            rows_cell(one).replace("**", ""),
        )
    return table


def _start_ups(report: Report) -> Table:
    table = Table(title="start-up", title_justify="left")
    table.add_column("command")
    for heading in ("time s", "CPU s", "MB", "runs"):
        table.add_column(heading, justify="right")
    for one in report.start_up:
        table.add_row(
            one.command,
            f"{one.wall:.3f}",
            f"{one.cpu:.3f}",
            f"{one.peak_mb:.0f}",
            str(one.rounds),
        )
    return table


def _bars(report: Report) -> Table:
    table = Table(title="bars", title_justify="left")
    for heading in ("what", "bar", "found", ""):
        table.add_column(heading)
    for bar in bars(report):
        table.add_row(bar.what, bar.bar, bar.figure, bar.mark)
    return table
