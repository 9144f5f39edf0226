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
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--sink", metavar="NAME", help="The sink to read; the first that can be read.")
@click.option("--from", "first", metavar="DAY", callback=to_day, help="First day, inclusive.")
@click.option("--to", "last", metavar="DAY", callback=to_day, help="Last day, inclusive.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page that needs nothing else, and print its path. Replaces only a page.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON document with all numbers, and with everybody whatever --top says.",
)
@click.option(
    "--top",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many people to name, on the terminal and on the page.",
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
    as one; of each day the newest snapshot counts; - is standard input). Without FILE it reads a
    sink of the settings: the first of type duckdb, else the first that can be read. Asks no API,
    and changes nothing.
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
        names, summary = _gathered(session, files, sink, span, html)
    several = len(names) > 1
    title = f"as {len(names)} files have it" if several else f"as {names[0]} has it"
    if html is not None:
        _write_page(html, summary, title, now, top)
    elif as_json:
        _write_json(summary, names, now)
    else:
        from ccsync.insights.showing import as_text

        click.echo(as_text(f"Claude Code usage, {title}", summary, top=top), nl=False, color=True)


def _gathered(
    session: Session, files: Sequence[Path], sink: str | None, span: Span, html: Path | None
) -> tuple[Sequence[str], Summary]:
    """Read, and name what was read."""
    from ccsync.insights.writing import check_page

    if files:
        if html is not None:
            check_page(html, files)
        return _from_files(session, files, span)
    from ccsync.cli.readable import readable
    from ccsync.insights.gathering import from_days

    _find_settings(session)
    with readable(session, sink) as chosen:
        if html is not None:
            check_page(html, chosen.files)
        if chosen.others and sink is None:
            others = ", ".join(f"--sink {one}" for one in chosen.others)
            click.echo(f"reading the sink {chosen.name}; another one with {others}", err=True)
        try:
            summary = from_days(chosen.sink.read, span, f"sink {chosen.name}")
        except SinkError as error:
            click.echo(redact(f"{chosen.name}: {error}"), err=True)
            sys.exit(error.exit)
    return [f"the sink {chosen.name}"], summary


def _from_files(
    session: Session, files: Sequence[Path], span: Span
) -> tuple[Sequence[str], Summary]:
    from ccsync.cli.readable import database
    from ccsync.insights.files import database_in
    from ccsync.insights.gathering import from_days, from_lines
    from ccsync.insights.given import given

    with given(files) as found:
        names = [found.base_name(path) for path in found.paths]
        path = database_in(found.paths, found.name)
        if path is None:
            return names, from_lines(found.paths, span, found.name)
        with database(session, path) as there:
            return names, from_days(there.read, span, found.name(path))


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


def _write_json(summary: Summary, names: Sequence[str], now: dt.datetime) -> None:
    import msgspec

    from ccsync.insights.document import document

    found = document(summary, read_from=names, made_at=now)
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
