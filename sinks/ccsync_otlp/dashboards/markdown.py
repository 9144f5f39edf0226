"""The tables of panels and alerts for the README of the dashboards."""

from __future__ import annotations

from collections.abc import Sequence

from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.conditions import (
    ALERTS,
    AcceptanceFalling,
    Condition,
    DayMissing,
    Failing,
    FarAboveUsual,
    OverBudget,
    PeopleVanished,
    Stale,
)

BEGIN = "<!-- tables: begin; written by `make dashboards` -->\n"
END = "<!-- tables: end -->"


def insert(readme: str) -> str:
    """Put the tables into the README, in the place of those that are there.

    Raises:
        ValueError: it has no place for them.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no {BEGIN.strip()}, or no {END} after it")
    return before + begin + tables() + end + after


def tables() -> str:
    """Write what the dashboards answer, and when the alerts are raised."""
    panels = [
        (
            board.title if place == 0 else "",
            row.title,
            ", ".join(one.title for one in row.questions),
        )
        for board in BOARDS
        for place, row in enumerate(board.rows)
    ]
    alerts = [
        (f"`{one.name}`", one.severity, threshold(one.condition), one.runbook) for one in ALERTS
    ]
    return "\n".join(
        [
            *_table(("dashboard", "row", "panels"), panels),
            "",
            *_table(("alert", "severity", "raised when", "what to do first"), alerts),
            "",
        ]
    )


def threshold(condition: Condition) -> str:
    """Say a condition in words, with its figures."""
    match condition:
        case Stale(longer_than=limit):
            hours = int(limit.total_seconds()) // 3600
            return f"nothing new of the API has reached a sink for {hours} hours"
        case DayMissing(weeks=weeks):
            return f"yesterday has no session, but that day of each of the {weeks} weeks before had"
        case OverBudget(amount=amount, days=days):
            return f"more than {amount:,} in one currency in {days} days, today included"
        case FarAboveUsual():
            return (
                f"today or yesterday cost more than {condition.times:g} times the average of the "
                f"days with cost in {condition.days} days, and more than {condition.at_least}; "
                f"from {condition.known} such days on"
            )
        case AcceptanceFalling():
            return (
                f"the share of {condition.days} days is below {condition.to:.0%} of that of the "
                f"{condition.before} days before, with at least {condition.at_least} decisions"
            )
        case PeopleVanished():
            return (
                f"fewer than {condition.to:.0%} of the people of the {condition.days} days before, "
                f"who were at least {condition.at_least}"
            )
        case Failing(since=since):
            hours = int(since.total_seconds()) // 3600
            return f"no run of {hours} hours succeeded, and the newest was neither stopped nor idle"


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heading, ("---",) * len(heading), *rows)]
