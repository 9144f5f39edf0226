"""`ccsync status`: what the ledger says; asks neither the API nor a destination."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator

import click
import msgspec

from ccsync.cli import terminal
from ccsync.cli.grid import ASCII, MARKS, days_shown, grid, name_width
from ccsync.cli.session import Session
from ccsync.errors import Exit, SettingsError
from ccsync.job import Job
from ccsync.plan import last_day
from ccsync.remedy import once_mended
from ccsync.settings.model import Duration
from ccsync.status import DayState, SinkStatus, sink_status

_NOT_FINE: tuple[DayState, ...] = ("missing", "in doubt", "skipped", "refused")

_A_MINUTE = 60.0
_MOST_REASONS = 5
_MOST_SPANS = 8


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

    Reads the ledger only, and needs no API key. With --max-age it serves as a probe: the age of a
    sink is the time since the API was last asked for a day that the sink acknowledged.
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
    loaded = session.loaded(needs_key=False)
    job = Job(loaded, runtime=session.runtime, run_id=session.run_id, read_only=True)
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
    columns = terminal.width()
    marks = (
        MARKS if terminal.can_show("".join(mark for mark, _ in MARKS.by_state.values())) else ASCII
    )
    for line in grid(found, columns, marks):
        terminal.show(line)
    if any(one.days for one in found):
        terminal.show("")
    names = name_width(found)
    shown = days_shown(found, columns)
    for one in found:
        # The name stands here whole, although the grid may have cut it.
        line = terminal.hanging(_summary(one), f"{one.sink.ljust(names)}  ")
        terminal.show(click.style(one.sink, bold=True) + line[len(one.sink) :])
        for line in _details(one, min(shown, default=None)):
            terminal.show(terminal.hanging(line, "  "))


def _summary(one: SinkStatus) -> str:
    if not one.tracked:
        return "keeps no ledger: gets the lookback window each run"
    if one.newest_day is None or one.age_seconds is None:
        return "nothing delivered yet"
    settled, still_open = len(one.listed("settled")), len(one.listed("open"))
    ahead = one.age_seconds < -_A_MINUTE
    when = "in the future (is this clock right?)" if ahead else f"{_ago(one.age_seconds)} ago"
    return (
        f"newest {one.newest_day}, fetched {when}, "
        f"{settled} days settled, {still_open} open, {one.records:,} records"
    )


def _details(one: SinkStatus, first: dt.date | None) -> Iterator[str]:
    """Give what else there is to say: days that the grid leaves out, gaps, and reasons."""
    if first is not None and (older := one.older_than(first)):
        wrong = sum(state in _NOT_FINE for state in older.values())
        verdict = f"{wrong} of them not fine" if wrong else "all of them fine"
        yield f"and {len(older)} older days, {verdict}"
    for state in _NOT_FINE:
        days = [day for day in one.listed(state) if day not in one.reasons]
        if days:
            yield f"{state}: {_spans(days)}"
    grouped = one.days_by_reason()
    for (state, reason), days in list(grouped.items())[:_MOST_REASONS]:
        remedy = f"; {once_mended(one.sink, days)}" if state == "refused" else ""
        yield f"{state}: {_spans(days)}: {reason}{remedy}"
    if len(grouped) > _MOST_REASONS:
        yield f"and {len(grouped) - _MOST_REASONS} more reasons; `ccsync status --json` has all"


def _spans(days: list[dt.date]) -> str:
    from ccsync.state.leases import ranges

    spans = [f"{a}" if a == b else f"{a} to {b}" for a, b in ranges(days)]
    shown, more = spans[:_MOST_SPANS], len(spans) - _MOST_SPANS
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _ago(seconds: float) -> str:
    if seconds < _A_MINUTE:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 129_600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
