"""Who uses it: by day, by week, since when, and who stopped."""

from __future__ import annotations

from collections.abc import Iterable

from ccsync.insights.cohorts import Cohort
from ccsync.insights.html.charts import Row, per_day
from ccsync.insights.html.parts import Cell, Chart, Section, Table, keys_of, people_of, row
from ccsync.insights.leaving import LEAST_DAYS, SILENCE
from ccsync.insights.summary import Summary
from ccsync.insights.wording import number, percent

_LATEST_COHORTS = 14
_LATEST_WEEKS = 14


def active(summary: Summary) -> Iterable[Section]:
    """Show how many people were active."""
    days = [str(one.first_day) for one in summary.days]
    rows: list[Row] = [
        {"day": str(one.first_day), "people": one.people, "people_text": people_of(one)}
        for one in summary.days
    ]
    chart = Chart("People active per day", per_day(rows, days=days, value="people", title="people"))
    named = any(one.people for one in summary.days)
    yield Section(
        title="Who is active",
        about="People and API keys with any usage, each counted once a day and once a week.",
        charts=[chart] if named else [],
        tables=[
            Table(
                title="By week",
                columns=(
                    "week of",
                    "people",
                    "API keys",
                    "sessions",
                    "commits",
                    "pull requests",
                    "lines added",
                ),
                rows=[
                    row(
                        f"{week.first_day}{'' if week.days == 7 else f' ({week.days} days)'}",
                        people_of(week),
                        keys_of(week),
                        number(week.sessions),
                        number(week.commits),
                        number(week.pull_requests),
                        number(week.lines_added),
                    )
                    for week in summary.weeks
                ],
            )
        ],
    )


def adoption(summary: Summary, *, top: int) -> Iterable[Section]:
    """Show who came back, week after week, and who did not."""
    if summary.cohorts:
        yield Section(
            title="Who comes back",
            about="People who began in the same week, and which share of them was active so many "
            "weeks later. The first line has everybody who was there already; the last number of "
            "each line is of a week that may still be running.",
            tables=[_cohorts(summary.cohorts[-_LATEST_COHORTS:])],
        )
    if summary.stopped is not None:
        yield Section(
            title="Who stopped",
            about=f"People with usage on {LEAST_DAYS} days or more, and none in the last {SILENCE} "
            f"days: {len(summary.stopped):,}.",
            tables=[
                Table(
                    title="The latest first",
                    columns=("who", "last active", "days since", "active days"),
                    names=2,
                    rows=[
                        row(
                            one.actor_id,
                            str(one.last_active),
                            f"{one.days_since:,}",
                            f"{one.active_days:,}",
                        )
                        for one in summary.stopped[:top]
                    ],
                )
            ]
            if summary.stopped[:top]
            else [],
        )


def _cohorts(cohorts: tuple[Cohort, ...]) -> Table:
    most = max(week.weeks_since for cohort in cohorts for week in cohort.weeks)
    weeks = range(min(most + 1, _LATEST_WEEKS))
    return Table(
        title="Share still active, by weeks since the first",
        columns=("began", "people", *map(str, weeks)),
        rows=[
            [
                Cell(str(cohort.week)),
                Cell(f"{cohort.people:,}"),
                *(_came_back(cohort, one) for one in weeks),
            ]
            for cohort in cohorts
        ],
    )


def _came_back(cohort: Cohort, weeks_since: int) -> Cell:
    for week in cohort.weeks:
        if week.weeks_since == weeks_since:
            return Cell(percent(week.active_share), shade=round(week.active_share * 70))
    return Cell("")
