"""What is done with it: sessions, commits, lines, and which proposals people accept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from ccsync.insights.html.charts import SERIES, Row, both_ways, over_weeks, per_day, ranked
from ccsync.insights.html.parts import (
    Chart,
    Section,
    Table,
    estimated,
    estimates,
    people_of,
    row,
)
from ccsync.insights.summary import Group, Summary
from ccsync.insights.wording import number, percent


def done(summary: Summary) -> Iterable[Section]:
    """Show what was done each day."""
    days = summary.days
    lines: list[Row] = [
        {
            "day": str(one.first_day),
            "added": one.lines_added,
            "added_text": f"{one.lines_added:,}",
            "removed": -one.lines_removed,
            "removed_text": f"{one.lines_removed:,}",
        }
        for one in days
    ]
    dates = [str(one.first_day) for one in days]
    added_and_removed = both_ways(lines, days=dates, up="added", down="removed", title="lines")
    yield Section(
        title="What gets done",
        charts=[
            _counted("sessions", {one.first_day: one.sessions for one in days}),
            Chart("Lines added and removed per day", added_and_removed),
            _counted("commits", {one.first_day: one.commits for one in days}),
            _counted("pull requests", {one.first_day: one.pull_requests for one in days}),
        ],
        tables=[
            Table(
                title="The numbers of each day",
                columns=(
                    "day",
                    "people",
                    "sessions",
                    "commits",
                    "pull requests",
                    "lines added",
                    "lines removed",
                    *estimates(summary.currencies),
                ),
                folded=True,
                rows=[
                    row(
                        str(one.first_day),
                        people_of(one),
                        f"{one.sessions:,}",
                        f"{one.commits:,}",
                        f"{one.pull_requests:,}",
                        f"{one.lines_added:,}",
                        f"{one.lines_removed:,}",
                        *estimated(one.costs, summary.currencies),
                    )
                    for one in days
                ],
            )
        ],
    )


def _counted(what: str, counts: Mapping[dt.date, int]) -> Chart:
    rows: list[Row] = [
        {"day": str(day), "count": count, "count_text": f"{count:,}"}
        for day, count in counts.items()
    ]
    days = [str(day) for day in counts]
    return Chart(
        f"{what.capitalize()} per day", per_day(rows, days=days, value="count", title=what)
    )


def tools(summary: Summary) -> Iterable[Section]:
    """Show how much of each tool's proposals people accept."""
    decided = [one for one in summary.tools if one.acceptance is not None]
    if not decided:
        return
    names = [one.tool for one in decided[:SERIES]]
    weekly: list[Row] = [
        {
            "week": str(one.week),
            "tool": one.tool,
            "rate": float(one.acceptance),
            "rate_text": percent(one.acceptance),
        }
        for one in summary.weekly_tools
        if one.tool in names and one.acceptance is not None
    ]
    by_week = over_weeks(
        weekly,
        weeks=[str(week.first_day) for week in summary.weeks],
        value="rate",
        title="accepted",
        series="tool",
        order=names,
    )
    yield Section(
        title="What people accept",
        about="Proposals of the editing tools: accepted of all that were accepted or rejected.",
        charts=[
            Chart(
                "Accepted, by tool",
                ranked(
                    [
                        {
                            "tool": one.tool,
                            "rate": float(one.acceptance or 0),
                            "rate_text": percent(one.acceptance),
                        }
                        for one in decided
                    ],
                    name="tool",
                    value="rate",
                    title="accepted",
                    share=True,
                ),
            ),
            Chart("Accepted, by tool and week", by_week, names),
        ],
        tables=[
            Table(
                title="The numbers of each tool",
                columns=("tool", "accepted", "rejected", "accepted of all"),
                folded=True,
                rows=[
                    row(one.tool, f"{one.accepted:,}", f"{one.rejected:,}", percent(one.acceptance))
                    for one in decided
                ],
            )
        ],
    )


def access(summary: Summary) -> Iterable[Section]:
    """Show in which terminals, and as which kind of customer, it is used."""
    tables = [
        _groups(title, groups, summary)
        for title, groups in (
            ("By terminal", summary.terminals),
            ("By kind of customer", summary.customers),
        )
        if groups
    ]
    if tables:
        yield Section(
            title="Where it is used",
            about="Somebody who used two terminals counts for both.",
            tables=tables,
        )


def _groups(title: str, groups: Sequence[Group], summary: Summary) -> Table:
    return Table(
        title=title,
        columns=(
            title.removeprefix("By "),
            "people",
            "sessions",
            "lines added",
            *estimates(summary.currencies),
        ),
        rows=[
            row(
                one.name or "(not said)",
                people_of(one),
                number(one.sessions),
                number(one.lines_added),
                *estimated(one.costs, summary.currencies),
            )
            for one in groups
        ],
    )
