"""`ccsync verify`: read totals back, and compare them with what the API says now."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence

import click

from ccsync.cli.days import to_day
from ccsync.cli.session import Session
from ccsync.contained import contained
from ccsync.delivery import Taker
from ccsync.errors import Exit, LeaseLost, SettingsError, SourceError, Stopped
from ccsync.job import Job
from ccsync.plan import DAY, Need, Request, last_day, make_plan
from ccsync.redact import redact
from ccsync.remedy import send_again
from ccsync.signals import handled
from ccsync.sink import Totals, Unverifiable, Verifiable
from ccsync.snapshot import FetchedDay
from ccsync.source import DayRequest
from ccsync.verify import differences, is_nothing, totals_of


@click.command()
@click.option("--from", "first", metavar="DAY", callback=to_day, help="First day, inclusive.")
@click.option(
    "--to",
    "last",
    metavar="DAY",
    callback=to_day,
    help="Last day, inclusive; the newest if left out.",
)
@click.option("--sink", "only", multiple=True, metavar="NAME", help="Only this sink; repeatable.")
@click.pass_obj
def verify(
    session: Session, first: dt.date | None, last: dt.date | None, only: Sequence[str]
) -> None:
    """Compare what each destination shows with what the API says now.

    Looks at the lookback window unless days are named. Changes nothing. Exits 6 on a difference.
    Today still grows, so it may differ from what the last run brought; --to leaves it out.
    Sinks that cannot be read back are named and left out; if none can, nothing is compared: exit 2.
    """
    job = Job(
        session.loaded(),
        runtime=session.runtime,
        run_id=session.run_id,
        only=only,
        read_only=True,
    )
    days = _days(job, Request(first=first, last=last))
    worst = Exit.OK
    readable: list[Taker] = []
    differing: dict[str, list[dt.date]] = {}
    with handled(session.runtime.stop), job.state:
        try:
            for taker in job.takers:
                code = _open(taker)
                worst = max(worst, code or Exit.OK, key=_gravity)
                if code is Exit.OK:
                    readable.append(taker)
            asked = [DayRequest(day) for day in days] if readable else []
            for _, fetched in job.source.fetch(asked):
                worst = max(worst, _compare_day(readable, fetched, differing), key=_gravity)
        finally:
            job.source.close()
            for taker in job.takers:
                taker.close()
    _advise(differing, days, job.runtime.now().date())
    if worst is Exit.OK and not readable:
        raise SettingsError("no sink here can be read back, so nothing was compared")
    if worst is not Exit.OK:
        sys.exit(worst)


def _open(taker: Taker) -> Exit | None:
    """Connect, and give what that alone would exit with; None when there is nothing to read."""
    try:
        can_be_read = isinstance(taker.sink, Verifiable)
    except (Stopped, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - a sink's bug must not hide the others' totals
        return _failed(taker, error)
    if not can_be_read:
        why = f": {taker.sink.unverifiable()}" if isinstance(taker.sink, Unverifiable) else ""
        click.echo(redact(f"{taker.name}: cannot be read back{why}"), err=True)
        return None
    taker.open()
    if taker.gone is None:
        return Exit.OK
    click.echo(redact(f"{taker.name}: {taker.gone.reason}"), err=True)
    return taker.gone.exit


def _days(job: Job, request: Request) -> list[dt.date]:
    now = job.runtime.now()
    rules = job.settings.sync
    if not request.is_range:
        request = Request(first=now.date() - rules.lookback_days * DAY, last=last_day(now, rules))
    needs = {taker.name: Need(taker.fingerprint, taker.tracked, {}) for taker in job.takers}
    plan = make_plan(now=now, rules=rules, start=now.date(), request=request, sinks=needs)
    return [planned.day for planned in plan]


def _compare_day(
    takers: Sequence[Taker],
    fetched: FetchedDay | SourceError,
    differing: dict[str, list[dt.date]],
) -> Exit:
    if isinstance(fetched, SourceError):
        click.echo(redact(str(fetched)), err=True)
        return Exit(fetched.exit)
    worst = Exit.OK
    for taker in takers:
        code = _compare(taker, fetched)
        worst = max(worst, code, key=_gravity)
        if code is Exit.DIFFERENCE:
            differing.setdefault(taker.name, []).append(fetched.day)
    return worst


def _advise(
    differing: Mapping[str, Sequence[dt.date]], days: Sequence[dt.date], today: dt.date
) -> None:
    """Say what to do about the days that differ."""
    if any(today in found for found in differing.values()):
        yesterday = today - DAY
        first = min([*days, yesterday])
        click.echo(
            f"{today} is today and still grows, so it may differ since the last run; "
            f"`--from {first} --to {yesterday}` leaves it out",
            err=True,
        )
    for name, found in differing.items():
        click.echo(f"{name}: to bring what differs, {send_again(name, found)}", err=True)


def _compare(taker: Taker, fetched: FetchedDay) -> Exit:
    snapshot = fetched.seen_through(taker.privacy)
    sink = taker.sink
    if not isinstance(sink, Verifiable):
        return Exit.OK
    taker.begin(fetched.day)
    try:
        with contained():
            shown = sink.totals(fetched.source_id, fetched.day)
        wanted = totals_of(snapshot, shown.organization_id)
        found = list(differences(shown, wanted))
    except (Stopped, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - a sink's bug must not hide the others' totals
        return _failed(taker, error, fetched.day)
    never = taker.tracked and not _was_delivered(taker, fetched.day) and is_nothing(shown)
    if never:
        click.echo(f"{fetched.day} {taker.name}: never delivered (the API says {_records(wanted)})")
        return Exit.DIFFERENCE if found else Exit.OK
    for line in found:
        click.echo(f"{fetched.day} {taker.name}: {line}")
    if found:
        return Exit.DIFFERENCE
    others = snapshot.record_count - (wanted.records or 0)
    left_out = f"; {others:,} of other organizations not compared" if others else ""
    click.echo(f"{fetched.day} {taker.name}: equal ({_records(wanted)}{left_out})")
    return Exit.OK


def _failed(taker: Taker, error: Exception, day: dt.date | None = None) -> Exit:
    """Say why a sink could not be read, and give what that alone would exit with."""
    failure = taker.failure(day or dt.date.min, error)
    when = "" if day is None else f"{day} "
    click.echo(redact(f"{when}{taker.name}: {failure.reason}"), err=True)
    return failure.exit


def _was_delivered(taker: Taker, day: dt.date) -> bool:
    entry = taker.need.entries.get(day)
    return entry is not None and entry.line is not None


def _records(totals: Totals) -> str:
    count = totals.records or 0
    return f"{count:,} record" if count == 1 else f"{count:,} records"


def _gravity(code: Exit) -> int:
    order = (Exit.OK, Exit.DIFFERENCE, Exit.UNAVAILABLE, Exit.DATA_REFUSED, Exit.REFUSED)
    return order.index(code) if code in order else len(order)
