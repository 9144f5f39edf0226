"""Shows a summary to people: rich renderables that fit 50 columns and more, and need no colour.

What happened, what it cost, who uses it most; then the details. Cost is always called estimated:
the API estimates it for analytics, and it is no bill.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ccsync.insights.drawing import Sparkline
from ccsync.insights.leaving import LEAST_DAYS, SILENCE
from ccsync.insights.people_tables import cohorts_table, people_table, stopped_table
from ccsync.insights.summary import Group as Kind
from ccsync.insights.summary import Period, Summary, share
from ccsync.insights.tables import models_table, tools_table, weeks_table
from ccsync.insights.wording import (
    costs_text,
    how_many,
    percent,
    shortened,
    spans,
    who,
)
from ccsync.printable import printable

NOT_A_BILL = "Cost is what the API estimates for analytics. It is not a bill."

_MOST_DAYS = 56
"""Days that a line of small bars has room for."""

_MOST_KINDS = 3
_LONGEST_KIND = 16


def render(summary: Summary, *, top: int = 5) -> RenderableType:
    """Show all of a summary; of the people those `top` with the highest estimated cost."""
    if summary.total is None:
        days = "" if not summary.coverage.sources else " in the days that are there"
        return Text(f"No usage: there is no record{days}.")
    parts: list[RenderableType | None] = [
        headline(summary, summary.total),
        *_most(summary, summary.total, top),
        weeks_table(summary),
        models_table(summary, summary.total),
        tools_table(summary),
        cohorts_table(summary),
        stopped_table(summary, top) or _nobody_stopped(summary),
        the_data(summary),
        Text(NOT_A_BILL, style="dim"),
    ]
    first, *rest = (part for part in parts if part is not None)
    return Group(first, *(line for part in rest for line in (Text(), part)))


def headline(summary: Summary, total: Period) -> RenderableType:
    """Show the totals, and what was there day by day as lines of small bars."""
    last = total.first_day + dt.timedelta(days=total.days - 1)
    daily = total.days <= _MOST_DAYS
    periods, each = (summary.days, "day") if daily else (summary.weeks, "week")
    rows: list[tuple[str, RenderableType]] = [
        ("active people", who(total)),
        ("sessions", f"{total.sessions:,}"),
        ("lines", f"{total.lines_added:,} added, {total.lines_removed:,} removed"),
        ("commits", f"{total.commits:,}, and {how_many(total.pull_requests, 'pull request')}"),
        ("estimated cost", costs_text(total.costs) or "none"),
        (f"sessions per {each}", Sparkline([one.sessions for one in periods])),
    ]
    if total.people_known:
        rows.append((f"people per {each}", Sparkline([one.people for one in periods])))
        busiest = max(summary.days, key=lambda one: one.people)
        rows.append(("most on one day", f"{busiest.people:,}, on {busiest.first_day:%a %d %b}"))
    rows += [("terminals", text) for text in _kinds(summary.terminals)]
    rows += [("customers", text) for text in _kinds(summary.customers)]
    title = f"{total.first_day} to {last}, {how_many(total.days, 'day')}"
    return Group(Text(title, style="bold"), _grid(rows))


def the_data(summary: Summary) -> RenderableType | None:
    """Say which days are missing or may still change, and when they were fetched."""
    coverage = summary.coverage
    if coverage.fetched_at is None:
        return None
    fetched = coverage.fetched_at.astimezone(dt.UTC)
    rows: list[tuple[str, RenderableType]] = [("last fetched", f"{fetched:%Y-%m-%d %H:%M} UTC")]
    if days := coverage.open:
        rows.append(("may still change", f"{how_many(len(days), 'day')}: {spans(days)}"))
    if days := coverage.missing:
        if coverage.empty_days_seen:
            what = f"{how_many(len(days), 'day')}, never delivered: {spans(days)}"
            rows.append(("missing", what))
        else:
            what = f"{how_many(len(days), 'day')}: {spans(days)}: nobody used it, or not delivered"
            rows.append(("without lines", what))
    if len(summary.organizations) > 1:
        rows.append(("organizations", f"{len(summary.organizations)}, looked at as one"))
    return Group(Text("The data", style="bold"), _grid(rows))


def _most(summary: Summary, total: Period, top: int) -> Iterator[RenderableType | None]:
    for currency in summary.currencies:
        yield people_table(summary, total, currency, top)
    if not summary.people and not total.people_known:
        yield Text("Who uses it most cannot be told: the records name nobody (privacy).")


def _nobody_stopped(summary: Summary) -> RenderableType | None:
    if summary.stopped is None:
        return None
    often = f"{LEAST_DAYS} days or more"
    return Text(f"Nobody stopped: whoever used it on {often} did so in the last {SILENCE} days.")


def _kinds(kinds: Sequence[Kind]) -> Iterator[str]:
    """Say which part of the sessions each kind had; nothing when there is but one."""
    sessions = sum(one.sessions for one in kinds)
    if len(kinds) <= 1 or not sessions:
        return
    parts = ((one.name or "not said", share(one.sessions, sessions)) for one in kinds)
    shown = [f"{shortened(name, _LONGEST_KIND)} {percent(part)}" for name, part in parts]
    shown = shown[:_MOST_KINDS]
    more = f", {len(kinds) - _MOST_KINDS} more" if len(kinds) > _MOST_KINDS else ""
    yield f"{', '.join(shown)}{more} (of sessions)"


def _grid(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    for name, value in rows:
        # Text, for rich would take what is in brackets in a plain string for its markup.
        grid.add_row(name, Text(printable(value)) if isinstance(value, str) else value)
    return grid
