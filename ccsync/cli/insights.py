"""`ccsync insights`: what usage says, on the terminal, as an HTML page, or as JSON."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccsync.cli import terminal
from ccsync.cli.days import to_day
from ccsync.cli.session import Session
from ccsync.errors import SettingsError, SinkError
from ccsync.redact import redact

if TYPE_CHECKING:
    from ccsync.insights import Summary
    from ccsync.insights.gathering import Span

_LIBRARIES = ("jinja2", "vl_convert")
"""What the HTML page needs."""


@click.command()
@click.argument(
    "files",
    nargs=-1,
    metavar="[FILE]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--sink", metavar="NAME", help="The sink to read; the first that can be read.")
@click.option("--from", "first", metavar="DAY", callback=to_day, help="First day, inclusive.")
@click.option("--to", "last", metavar="DAY", callback=to_day, help="Last day, inclusive.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page that needs nothing else, and print its path.",
)
@click.option("--json", "as_json", is_flag=True, help="All numbers as one JSON document.")
@click.option(
    "--top",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many people to name.",
)
@click.pass_obj
def insights(
    session: Session,
    files: Sequence[Path],
    sink: str | None,
    first: dt.date | None,
    last: dt.date | None,
    html: Path | None,
    as_json: bool,
    top: int,
) -> None:
    """Say what happened, what it is estimated to cost, and who uses it most.

    Reads a DuckDB file of ccsync, or JSON lines that its stdout sink wrote (several files are read
    as one; of each day the newest snapshot counts). Without FILE it reads a sink of the settings:
    the first of type duckdb, else the first that can be read. Asks no API, and changes nothing.
    """
    if files and sink is not None:
        raise click.UsageError("FILE and --sink both say what to read: give one of them")
    if html is not None and as_json:
        raise click.UsageError("--html and --json both say what to write: give one of them")
    if first is not None and last is not None and first > last:
        raise click.UsageError(f"the first day, {first}, is later than the last one, {last}")
    if html is not None:
        _check_libraries()
    from ccsync.insights.gathering import Span

    now = session.runtime.now().astimezone(dt.UTC)
    span = Span(first=first, last=last, today=now.date())
    with _busy():
        title, summary = _gathered(session, files, sink, span)
    if html is not None:
        _write_page(html, summary, title, now, top)
    elif as_json:
        _write_json(summary)
    else:
        from ccsync.insights.showing import as_text

        click.echo(as_text(f"Claude Code usage, {title}", summary, top=top), nl=False, color=True)


def _gathered(
    session: Session, files: Sequence[Path], sink: str | None, span: Span
) -> tuple[str, Summary]:
    """Read, and say what was read."""
    from ccsync.cli.readable import database, readable
    from ccsync.insights.files import database_in
    from ccsync.insights.gathering import from_days, from_lines

    if files:
        title = (
            f"as {files[0].name} has it" if len(files) == 1 else f"as {len(files)} files have it"
        )
        path = database_in(files)
        if path is None:
            return title, from_lines(files, span)
        with database(session, path) as there:
            return title, from_days(there.read, span, str(path))
    _find_settings(session)
    with readable(session, sink) as chosen:
        if chosen.others and sink is None:
            others = ", ".join(f"--sink {one}" for one in chosen.others)
            click.echo(f"reading the sink {chosen.name}; another one with {others}", err=True)
        try:
            summary = from_days(chosen.sink.read, span, f"sink {chosen.name}")
        except SinkError as error:
            click.echo(redact(f"{chosen.name}: {error}"), err=True)
            sys.exit(error.exit)
    return f"as the sink {chosen.name} has it", summary


def _find_settings(session: Session) -> None:
    """Say what else can be done where there are no settings."""
    from ccsync.settings.load import find

    try:
        find(session.config, session.environ)
    except SettingsError as error:
        raise SettingsError(
            f"{error}. Without settings, name what to read: ccsync insights FILE"
        ) from None


@contextmanager
def _busy() -> Generator[None, None, None]:
    """Show somebody who waits at a terminal that something is being done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status("reading ..."):
        yield


def _check_libraries() -> None:
    """Make sure of what the page needs, before the time is spent.

    Raises:
        SettingsError: something is not installed.
    """
    absent = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if absent:
        raise SettingsError(
            f"--html needs what is not installed ({', '.join(absent)}): "
            "pip install 'ccsync[insights]'"
        )


def _write_page(path: Path, summary: Summary, title: str, now: dt.datetime, top: int) -> None:
    from ccsync.insights.html import page
    from ccsync.insights.writing import write_private

    try:
        write_private(path, page(summary, title=title, made_at=now, top=top))
    except OSError as error:
        raise SettingsError(
            f"--html {path}: cannot be written: {error.strerror or error}; name a file in a "
            "directory that is there and that this user may write to"
        ) from None
    terminal.show(str(path))


def _write_json(summary: Summary) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(summary), indent=1))
