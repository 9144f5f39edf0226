"""Tables of what was done: week by week, model by model, tool by tool.

Where there is little room columns are left out; no number is ever cut. With more than one currency
each amount names its own, and costs are not drawn as bars.
"""

from __future__ import annotations

from decimal import Decimal

from ccsync.insights.drawing import Bar
from ccsync.insights.fitting import Column, FittedTable
from ccsync.insights.summary import Costs, Period, Summary, share
from ccsync.insights.wording import amount, costs_text, number, percent, shortened, tokens

BAR = 10
"""Columns of the terminal that stand for a whole."""

_LONGEST_MODEL = 26
_MOST_WEEKS = 14
_WEEK = 7

_BARS = Column("", leaves=1)
_WEEKLY = (
    Column("people", leaves=5),
    Column("sessions"),
    Column("+lines", leaves=4),
    Column("-lines", leaves=2),
    Column("commits", leaves=6),
    Column("PRs", leaves=3),
)
_OF_MODELS = (
    Column("input", leaves=3),
    Column("written", leaves=4),
    Column("read", leaves=2),
    Column("from cache", leaves=6),
    Column("output", leaves=5),
)
_OF_TOOLS = (Column("accepted"), Column("rejected", leaves=2), Column("% accepted"), _BARS)


def weeks_table(summary: Summary) -> FittedTable:
    """Show a row for each of the last weeks; the bar compares estimated costs."""
    one = _only_currency(summary)
    weeks = summary.weeks[-_MOST_WEEKS:]
    title = "By week" if len(weeks) == len(summary.weeks) else f"By week, the last {len(weeks)}"
    table = FittedTable(title, "week of", *_WEEKLY, *_cost_columns(one))
    most = max((week.costs.get(one, Decimal(0)) for week in weeks), default=Decimal(0))
    for week in weeks:
        part = "" if week.days == _WEEK else f" ({week.days}d)"
        table.add(
            f"{week.first_day:%d %b}{part}",
            number(week.people) if week.people_known else "?",
            number(week.sessions),
            number(week.lines_added),
            number(week.lines_removed),
            number(week.commits),
            number(week.pull_requests),
            *_cost_cells(week.costs, one, most),
        )
    return table


def models_table(summary: Summary, total: Period) -> FittedTable | None:
    """Show tokens, how much of all that went in came from the cache, and estimated cost.

    "input" is what was neither read from the cache nor written to it, as everywhere.
    """
    one = _only_currency(summary)
    title = "By model, in tokens: input, written to the cache, read from it"
    table = FittedTable(title, "model", *_OF_MODELS, *_cost_columns(one))
    for model in summary.models:
        table.add(
            shortened(model.model, _LONGEST_MODEL),
            tokens(model.input_tokens),
            tokens(model.cache_creation_tokens),
            tokens(model.cache_read_tokens),
            percent(model.cache_share),
            tokens(model.output_tokens),
            *_cost_cells(model.costs, one, total.costs.get(one, Decimal(0))),
        )
    return None if table.is_empty else table


def tools_table(summary: Summary) -> FittedTable | None:
    """Show how much of each tool's proposals people accepted."""
    table = FittedTable("What people accept", "tool", *_OF_TOOLS)
    for tool in summary.tools:
        if (part := tool.acceptance) is not None:
            table.add(
                tool.tool,
                number(tool.accepted),
                number(tool.rejected),
                percent(part),
                Bar(part, BAR),
            )
    return None if table.is_empty else table


def _only_currency(summary: Summary) -> str:
    """Give the currency of all costs; empty when there are several, or none."""
    return summary.currencies[0] if len(summary.currencies) == 1 else ""


def _cost_columns(only: str) -> tuple[Column, ...]:
    return (Column(f"estimated {only}"), _BARS) if only else (Column("estimated cost"),)


def _cost_cells(costs: Costs, only: str, whole: Decimal) -> tuple[str | Bar, ...]:
    if not only:
        return (costs_text(costs, "\n") or "-",)
    cost = costs.get(only, Decimal(0))
    return amount(cost), Bar(share(cost, whole) or Decimal(0), BAR)
