"""`ccsync bigquery ...`: makes and tends what the BigQuery sinks of the settings write to.

What needs Google's client library is imported when a command runs, so that help is fast.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from ccsync.cli.days import to_day
from ccsync.cli.session import Session
from ccsync.errors import SettingsError, SinkError, SinkRefused, SinkUnavailable
from ccsync_bigquery.dashboard_commands import alerts, dashboards
from ccsync_bigquery.settings import BigQueryConfig

if TYPE_CHECKING:
    from ccsync.upkeep import Tended
    from ccsync_bigquery.jobs import Jobs
    from ccsync_bigquery.service import Service

_OLD = dt.timedelta(days=7)
"""Days of this age hardly ever change any more, so their former revisions are all there will be."""

_only = click.option(
    "--sink", "only", multiple=True, metavar="NAME", help="Only this sink; repeatable."
)


@click.group()
def bigquery() -> None:
    """Make and tend the tables and views that sinks of type bigquery write to.

    Each command is for all such sinks of the settings, or for those named by --sink. None of them
    needs an API key.
    """


bigquery.add_command(dashboards)
bigquery.add_command(alerts)


@bigquery.command()
@click.option("--upgrade", is_flag=True, help="Change tables that an older ccsync has made, too.")
@click.option("--print-ddl", is_flag=True, help="Write SQL to standard output; do nothing else.")
@_only
@click.pass_obj
def init(session: Session, upgrade: bool, print_ddl: bool, only: Sequence[str]) -> None:
    """Make the dataset, tables and views, where they are missing.

    Safe to run twice. Never deletes anything. In mode stream it then waits until the tables really
    take rows, which may be some minutes after they were made.
    """
    with session.upkeep(BigQueryConfig, only) as upkeep:
        if print_ddl:
            from ccsync_bigquery import initializing, viewing

            for sink in upkeep.sinks:
                _print(initializing.ddl(sink.config), viewing.sql(sink.config.place))
            return

        def work(sink: Tended[BigQueryConfig]) -> None:
            with _connected(session, sink) as (service, jobs):
                _init(sink, service, jobs, upgrade=upgrade)

        _each(upkeep.sinks, work)


@bigquery.command()
@click.option("--print", "print_sql", is_flag=True, help="Write SQL to standard output only.")
@_only
@click.pass_obj
def views(session: Session, print_sql: bool, only: Sequence[str]) -> None:
    """Make the views, or replace those that are older."""
    with session.upkeep(BigQueryConfig, only) as upkeep:
        if print_sql:
            from ccsync_bigquery import viewing

            for sink in upkeep.sinks:
                _print(viewing.sql(sink.config.place))
            return

        def work(sink: Tended[BigQueryConfig]) -> None:
            from ccsync_bigquery import viewing

            with _connected(session, sink) as (service, jobs):
                for step in viewing.steps(service, jobs):
                    click.echo(step)

        _each(upkeep.sinks, work)


@bigquery.command()
@_only
@click.pass_obj
def terraform(session: Session, only: Sequence[str]) -> None:
    """Write dataset, tables and views as Terraform resources to standard output."""
    from ccsync_bigquery.terraform import resources

    with session.upkeep(BigQueryConfig, only) as upkeep:
        for sink in upkeep.sinks:
            _print(resources(sink.config, prefix=sink.name))


@bigquery.command()
@click.option(
    "--older-than",
    metavar="DAYS",
    callback=to_day,
    help="Days of this age and older, e.g. 30d. Default: 7d.",
)
@click.option("--from", "first", metavar="DAY", callback=to_day, help="First day, inclusive.")
@click.option("--to", "last", metavar="DAY", callback=to_day, help="Last day, inclusive.")
@_only
@click.pass_obj
def compact(
    session: Session,
    older_than: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    only: Sequence[str],
) -> None:
    """Delete rows of former revisions of days, which no view shows.

    They cost storage, and nothing else. Days that a run works on are left out, and days with rows
    that were streamed in the last hours: BigQuery deletes none of those.
    """
    if older_than is not None and last is not None:
        raise click.UsageError("--older-than and --to both say which day is the last: give one")
    last = last or older_than or session.runtime.now().date() - _OLD
    if first is not None and first > last:
        raise click.UsageError(f"the first day, {first}, is later than the last one, {last}")
    with session.upkeep(BigQueryConfig, only, leases=True) as upkeep:
        expected = session.loaded().settings.source.organization_id
        found: dict[str, _Work] = {}

        def look(sink: Tended[BigQueryConfig]) -> None:
            with _connected(session, sink) as (_, jobs):
                known = upkeep.source_id or expected
                found[sink.name] = _superseded(jobs, sink, known, first or dt.date.min, last)

        _each(upkeep.sinks, look)
        wanted = {day for work in found.values() for day in work.days}
        free = upkeep.lease(wanted)
        for day in sorted(wanted - free):
            click.echo(f"{day}: left out, another run works on it")

        def work(sink: Tended[BigQueryConfig]) -> None:
            with _connected(session, sink) as (service, jobs):
                _compact(sink, service, jobs, found[sink.name], free)

        _each([sink for sink in upkeep.sinks if sink.name in found], work)


class _Work(NamedTuple):
    """What compact found to do for one sink."""

    source_id: str
    days: list[dt.date]


def _superseded(
    jobs: Jobs, sink: Tended[BigQueryConfig], known: str | None, first: dt.date, last: dt.date
) -> _Work:
    from ccsync_bigquery import superseded

    place = sink.config.place
    source_id = known or superseded.only_source(jobs, place, first, last)
    days = superseded.days(jobs, place, source_id, first, last) if source_id else []
    if not days:
        click.echo(f"{place}: up to {last} there are no rows that no view shows")
    return _Work(source_id or "", days)


def _compact(
    sink: Tended[BigQueryConfig],
    service: Service,
    jobs: Jobs,
    work: _Work,
    free: frozenset[dt.date],
) -> None:
    """Compact day by day; a day that fails does not stop the others.

    Raises:
        SinkUnavailable: BigQuery could not be reached for some of them.
        SinkRefused: it will not let us.
    """
    from ccsync_bigquery.compacting import compact as compact_day

    deleted, failed = 0, list[str]()
    for day in work.days:
        if day not in free:
            continue
        sink.begin(day)
        try:
            done = compact_day(service, jobs, sink.config.place, work.source_id, day)
        except SinkUnavailable as error:
            failed.append(f"{day}: {error}")
            continue
        deleted += done.deleted
        click.echo(f"{day}: {done.skipped or f'{done.deleted:,} rows deleted'}")
    if work.days:
        click.echo(f"{sink.config.place}: {deleted:,} rows deleted")
    if failed:
        raise SinkUnavailable("\n".join(failed))


def _init(sink: Tended[BigQueryConfig], service: Service, jobs: Jobs, *, upgrade: bool) -> None:
    """Make what is missing, then wait until it can be used.

    Raises:
        SinkUnavailable, SinkRefused: something is not as it has to be; all else is made.
    """
    from ccsync.warehouse.columns import TABLES
    from ccsync_bigquery.initializing import Initializer
    from ccsync_bigquery.probing import Prober
    from ccsync_bigquery.service import ForbiddenError
    from ccsync_bigquery.viewing import steps

    young = False
    for step in Initializer(sink.config, service, jobs, upgrade=upgrade).steps():
        click.echo(step)
        young = young or step.is_young
    refused: list[str] = []
    try:
        for step in steps(service, jobs):
            click.echo(step)
    except ForbiddenError as error:
        refused.append(f"{error}. Or have somebody run what `ccsync bigquery views --print` writes")
    prober = Prober(service, jobs)
    try:
        if sink.config.mode == "load":
            prober.run_job()
        elif young:
            unsure = prober.wait(TABLES)
            said = f"nobody can be sure that rows arrive already: {unsure}"
            click.echo(f"streaming: {said if unsure else 'rows arrive in all tables'}")
    except SinkRefused as error:
        refused.append(f"rows cannot be written, in mode {sink.config.mode}: {error}")
    if refused:
        raise SinkRefused("\n".join(refused))


@contextmanager
def _connected(session: Session, sink: Tended[BigQueryConfig]) -> Generator[tuple[Service, Jobs]]:
    """Give the door to a sink's BigQuery; nothing is connected before it is used.

    Raises:
        SettingsError: the client library is not installed, or the address cannot be used.
    """
    try:
        from ccsync_bigquery.client import connect
        from ccsync_bigquery.jobs import Jobs
    except ImportError as error:
        raise SettingsError(
            f"sink type 'bigquery' needs the library {error.name!r}, which is not installed: pip "
            "install 'ccsync[bigquery]'"
        ) from error
    service = connect(sink.config, sink.context, session.environ)
    try:
        yield service, Jobs(service, sink.context)
    finally:
        service.close()


def _each(
    sinks: Sequence[Tended[BigQueryConfig]], work: Callable[[Tended[BigQueryConfig]], None]
) -> None:
    """Work on each sink; one that fails does not stop the others.

    Raises:
        SinkRefused, SinkUnavailable: all that failed, the graver kind.
    """
    errors: list[tuple[str, SinkError]] = []
    for sink in sinks:
        if len(sinks) > 1:
            click.echo(f"{sink.name}:")
        sink.begin()
        try:
            work(sink)
        except SinkError as error:
            errors.append((sink.name, error))
    if len(sinks) == 1 and errors:
        raise errors[0][1]
    if errors:
        message = "\n".join(f"{name}: {error}" for name, error in errors)
        passing = all(isinstance(error, SinkUnavailable) for _, error in errors)
        raise SinkUnavailable(message) if passing else SinkRefused(message)


def _print(*texts: str) -> None:
    click.echo("\n".join(texts), nl=False)
