"""`ccsync status`: what the ledger says; asks neither the API nor a destination."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from ccsync.cli.session import Session
from ccsync.errors import Exit, SettingsError
from ccsync.job import Job
from ccsync.plan import DAY, last_day
from ccsync.settings.model import Duration
from ccsync.status import SinkStatus, sink_status

if TYPE_CHECKING:
    from rich.text import Text

_MARKS = {
    "settled": ("■", "green"),
    "open": ("□", "cyan"),
    "skipped": ("s", "yellow"),
    "refused": ("r", "red"),
    "missing": ("·", "red"),
    "in doubt": ("?", "yellow"),
}
_MOST_DAYS = 60


def _to_age(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Duration | None:
    """Read a duration such as 26h."""
    if value is None:
        return None
    try:
        return Duration.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option(
    "--max-age",
    metavar="AGE",
    callback=_to_age,
    help="Exit 5 when a sink's newest data is older, e.g. 26h.",
)
@click.pass_obj
def status(session: Session, as_json: bool, max_age: Duration | None) -> None:
    """Show which days each sink has: newest, gaps, open, skipped, refused.

    Reads the ledger only. With --max-age it serves as a probe: the age of a sink is the time since
    the API was last asked for a day that the sink acknowledged.
    """
    found = _statuses(session)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
    else:
        _print(found)
    if max_age is not None:
        if not any(one.tracked for one in found):
            raise SettingsError(
                "--max-age: no sink here keeps a ledger, so nothing has an age; set track: true"
            )
        late = [one for one in found if one.tracked and _is_older(one, max_age)]
        for one in late:
            age = (
                "has no data yet" if one.age_seconds is None else f"is {_ago(one.age_seconds)} old"
            )
            click.echo(f"{one.sink}: {age}; the limit is {max_age}", err=True)
        if late:
            sys.exit(Exit.UNAVAILABLE)


def _statuses(session: Session) -> list[SinkStatus]:
    job = Job(session.loaded(), runtime=session.runtime, run_id=session.run_id, read_only=True)
    now = session.runtime.now()
    rules = job.settings.sync
    with job.state as state:
        start = state.start_day(rules.start, now.date())
        return [
            sink_status(
                taker.name,
                taker.need.entries,
                tracked=taker.tracked,
                start=start,
                last=last_day(now, rules),
                now=now,
            )
            for taker in job.takers
        ]


def _is_older(one: SinkStatus, limit: Duration) -> bool:
    return one.age_seconds is None or one.age_seconds > limit


def _print(found: list[SinkStatus]) -> None:
    from rich.console import Console

    console = Console()
    for one in found:
        console.print(_line(one), highlight=False, soft_wrap=True)
        if one.tracked:
            console.print(_grid(one), highlight=False, soft_wrap=True)
        for state in ("missing", "in doubt", "skipped", "refused"):
            days = one.listed(state)
            if days:
                console.print(f"  {state}: {_spans(days)}", highlight=False, soft_wrap=True)
        for day, reason in one.reasons.items():
            console.print(
                f"  {day} {one.days[day]}: {reason}", highlight=False, markup=False, soft_wrap=True
            )


def _line(one: SinkStatus) -> str:
    if not one.tracked:
        return f"[bold]{one.sink}[/bold]  keeps no ledger: gets the lookback window each run"
    if one.newest_day is None or one.age_seconds is None:
        return f"[bold]{one.sink}[/bold]  nothing delivered yet"
    settled, still_open = len(one.listed("settled")), len(one.listed("open"))
    return (
        f"[bold]{one.sink}[/bold]  newest {one.newest_day}, fetched {_ago(one.age_seconds)} ago, "
        f"{settled} days settled, {still_open} open, {one.records:,} records"
    )


def _grid(one: SinkStatus) -> Text:
    from rich.text import Text

    last = max(one.days, default=None)
    if last is None:
        return Text("  no day yet")
    first = max(min(one.days), last - (_MOST_DAYS - 1) * DAY)
    shown = [one.days.get(first + number * DAY) for number in range((last - first).days + 1)]
    text = Text(f"  {first} ")
    for state in shown:
        mark, style = _MARKS[state] if state is not None else (" ", "")
        text.append(mark, style=style)
    text.append(f" {last}   ")
    for state in dict.fromkeys(state for state in shown if state is not None):
        mark, style = _MARKS[state]
        text.append(f" {mark}", style=style).append(f" {state}")
    older = sum(day < first for day in one.days)
    return text.append(f"   and {older} older days") if older else text


def _spans(days: list[dt.date]) -> str:
    from ccsync.state.leases import ranges

    spans = [f"{a}" if a == b else f"{a} to {b}" for a, b in ranges(days)]
    return ", ".join(spans[:8]) + (f" and {len(spans) - 8} more" if len(spans) > 8 else "")


def _ago(seconds: float) -> str:
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 129_600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
