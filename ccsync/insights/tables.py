"""Shows a summary to people: rich renderables that fit 50 columns and more, and need no colour.

Where there is little room columns are left out; no number is ever cut. Cost is always called
estimated: the API estimates it for analytics, and it is no bill. With more than one currency each
amount names its own, and costs are not drawn as bars.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ccsync.insights.drawing import Bar, Sparkline
from ccsync.insights.fitting import Column, FittedTable
from ccsync.insights.summary import Actor, Costs, Period, Summary, share

_BAR = 10
_LONGEST_MODEL = 26
_LONGEST_ACTOR = 32
_UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))


def render(summary: Summary, *, top: int = 5) -> RenderableType:
    """Show all of a summary; of the people those `top` with the highest estimated cost."""
    if summary.total is None:
        return Text("No usage: there is no record of this time.")
    parts = [
        headline(summary, summary.total),
        weeks_table(summary),
        models_table(summary, summary.total),
        tools_table(summary),
        *(people_table(summary, summary.total, currency, top) for currency in summary.currencies),
    ]
    first, *rest = (part for part in parts if part is not None)
    return Group(first, *(line for part in rest for line in (Text(), part)))


def headline(summary: Summary, total: Period) -> RenderableType:
    """Show the totals, and each day's sessions as a line of small bars."""
    last = total.first_day + dt.timedelta(days=total.days - 1)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    for name, value in (
        ("active people", _who(total)),
        ("sessions", f"{total.sessions:,}"),
        ("lines", f"{total.lines_added:,} added, {total.lines_removed:,} removed"),
        ("commits", f"{total.commits:,}, and {total.pull_requests:,} pull requests"),
        ("estimated cost", _costs(total.costs) or "none"),
        ("sessions per day", Sparkline([day.sessions for day in summary.days])),
    ):
        grid.add_row(name, value)
    title = f"{total.first_day} to {last}, {_count(total.days, 'day')}"
    return Group(Text(title, style="bold"), grid)


def weeks_table(summary: Summary) -> FittedTable:
    """Show a row for each week; the bar compares estimated costs."""
    one = _only_currency(summary)
    table = FittedTable("By week", "week of", *_WEEKLY, *_cost_columns(one))
    most = max((week.costs.get(one, Decimal(0)) for week in summary.weeks), default=Decimal(0))
    for week in summary.weeks:
        part = "" if week.days == 7 else f" ({week.days}d)"
        table.add(
            f"{week.first_day:%d %b}{part}",
            "?" if week.nameless else number(week.people),
            number(week.sessions),
            number(week.lines_added),
            number(week.lines_removed),
            number(week.commits),
            number(week.pull_requests),
            *_cost_cells(week.costs, one, most),
        )
    return table


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
    Column("input", leaves=2),
    Column("cached", leaves=4),
    Column("from cache", leaves=5),
    Column("output", leaves=3),
)
_OF_TOOLS = (Column("accepted"), Column("rejected", leaves=2), Column("% accepted"), _BARS)
_OF_PEOPLE = (
    Column("days", leaves=2),
    Column("sessions", leaves=5),
    Column("+lines", leaves=3),
    Column("estimated"),
    Column("of all cost", leaves=4),
    _BARS,
)


def models_table(summary: Summary, total: Period) -> FittedTable:
    """Show tokens, how much of all that went in came from the cache, and estimated cost."""
    one = _only_currency(summary)
    table = FittedTable("By model, in tokens", "model", *_OF_MODELS, *_cost_columns(one))
    for model in summary.models:
        table.add(
            _shortened(model.model, _LONGEST_MODEL),
            tokens(model.input_tokens + model.cache_creation_tokens),
            tokens(model.cache_read_tokens),
            percent(model.cache_share),
            tokens(model.output_tokens),
            *_cost_cells(model.costs, one, total.costs.get(one, Decimal(0))),
        )
    return table


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
                Bar(part, _BAR),
            )
    return None if table.is_empty else table


def people_table(summary: Summary, total: Period, currency: str, top: int) -> FittedTable | None:
    """Show who has the highest estimated cost in one currency; the others, and keys, summed."""
    people = summary.top_people(top, currency)
    if not people:
        return None
    table = FittedTable(f"Who uses it most, by estimated cost in {currency}", "who", *_OF_PEOPLE)
    for person in people:
        name = _shortened(person.actor_id, _LONGEST_ACTOR)
        _add_actors(table, name, [person], currency, total.costs[currency])
    others = summary.top_people(len(summary.people), currency)[top:]
    keys = [key for key in summary.api_keys if key.costs.get(currency)]
    for actors, name in (
        (others, _count(len(others), "other person", "other people")),
        (keys, _count(len(keys), "API key")),
    ):
        if actors:
            _add_actors(table, f"({name})", actors, currency, total.costs[currency])
    return table


def number(count: int) -> str:
    """Write a count for a column of a table: whole, as long as it is short."""
    return f"{count:,}" if count < 10**5 else tokens(count)


def tokens(count: int) -> str:
    """Write a count of tokens in three or four digits: 934, 12.3k, 4.56M."""
    for size, unit in _UNITS:
        if count >= size:
            scaled = Decimal(count) / size
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{unit}"
    return str(count)


def percent(part: Decimal | None) -> str:
    """Write a share as a percentage; a dash when it is a share of nothing."""
    if part is None:
        return "-"
    return f"{part * 100:.{1 if 0 < part < Decimal('0.0995') else 0}f}%"


def amount(cost: Decimal) -> str:
    """Write an amount to the cent; a million without cents, and no fraction of a cent as zero."""
    if 0 < cost < Decimal("0.005"):
        return "<0.01"
    return f"{cost:,.{2 if cost < 10**6 else 0}f}"


def _add_actors(
    table: FittedTable, name: str, actors: Sequence[Actor], currency: str, whole: Decimal
) -> None:
    """Add a row for one actor, or for several together."""
    cost = sum((one.costs.get(currency, Decimal(0)) for one in actors), Decimal(0))
    part = share(cost, whole)
    table.add(
        name,
        f"{actors[0].active_days:,}" if len(actors) == 1 else "",
        number(sum(one.sessions for one in actors)),
        number(sum(one.lines_added for one in actors)),
        amount(cost),
        percent(part),
        Bar(part or Decimal(0), _BAR),
    )


def _only_currency(summary: Summary) -> str:
    """Give the currency of all costs; empty when there are several, or none."""
    return summary.currencies[0] if len(summary.currencies) == 1 else ""


def _cost_columns(only: str) -> tuple[Column, ...]:
    return (Column(f"estimated {only}"), _BARS) if only else (Column("estimated cost"),)


def _cost_cells(costs: Costs, only: str, whole: Decimal) -> tuple[str | Bar, ...]:
    if not only:
        return (_costs(costs, "\n") or "-",)
    cost = costs.get(only, Decimal(0))
    return amount(cost), Bar(share(cost, whole) or Decimal(0), _BAR)


def _costs(costs: Costs, between: str = " and ") -> str:
    shown = sorted(costs.items(), key=lambda pair: (-pair[1], pair[0]))
    return between.join(f"{amount(cost)} {currency}" for currency, cost in shown)


def _who(total: Period) -> str:
    people = f"{total.people:,}"
    if total.nameless:
        people = f"at least {people}: {total.nameless:,} records name nobody"
    return f"{people}, and {_count(total.api_keys, 'API key')}" if total.api_keys else people


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
