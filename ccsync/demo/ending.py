"""How the demo ends: what usage says, and what was left where."""

from __future__ import annotations

import datetime as dt
import importlib.util
import shlex
from pathlib import Path

import click

from ccsync.demo.place import Place
from ccsync.demo.shown import Shown
from ccsync.demo.telling import Teller
from ccsync.insights import Summary, read
from ccsync.insights.showing import as_text
from ccsync.insights.writing import write_private
from ccsync.runtime import Runtime

_LIBRARIES = ("jinja2", "vl_convert")
"""What the HTML page needs."""


def show_insights(
    teller: Teller,
    place: Place,
    shown: Shown,
    runtime: Runtime,
    today: dt.date,
    organization: str,
) -> None:
    """Do as `ccsync insights` does: the report goes to standard output, and a page into a file."""
    teller.step("What usage says")
    teller.command(f"ccsync insights {shown.best}")
    summary = shown.summary(today)
    click.echo(as_text(f"\n{organization}, as {shown.best} has it", summary), nl=False, color=True)
    # Not the demo's own moment: the runs have asked the API since.
    _write_page(teller, place, shown, summary, runtime.now(), organization)


def _write_page(
    teller: Teller,
    place: Place,
    shown: Shown,
    summary: Summary,
    now: dt.datetime,
    organization: str,
) -> None:
    teller.blank()
    if any(importlib.util.find_spec(name) is None for name in _LIBRARIES):
        teller.line("With pip install 'ccsync[insights]' there would be a page of charts, too.")
        return
    from ccsync.insights.html import page

    title = f"{organization}, a simulated organization"
    write_private(place.page, page(summary, title=title, made_at=now))
    teller.command(f"ccsync insights {shown.best} --html {place.page.name}")
    teller.title("The same as a page of charts, for your browser:")
    teller.verbatim(place.page.as_uri())


def say_goodbye(teller: Teller, place: Place, shown: Shown) -> None:
    """Name what is left, and what comes next."""
    root = as_typed(place.root)
    teller.blank()
    teller.title(f"Left for you to look at, in {root}")
    if place.page.exists():
        teller.entry(place.page.name, "the page: one file, which asks nothing of the network")
    if shown.has_database:
        text = "tables and views, for `ccsync insights` and for SQL: duckdb -readonly FILE"
        teller.entry(place.database.name, text)
    teller.entry(place.usage.name, _described(place.usage))
    teller.entry("ccsync.yaml", "the settings")
    teller.entry("sync.log", "what the runs said, as JSON lines")
    teller.entry("state/ledger.json", "what is known to be there")
    teller.line("The next demo replaces these files. To remove them:")
    teller.verbatim(f"rm -r {root}")
    teller.blank()
    teller.title("Your own usage next, with an Admin API key:")
    teller.verbatim("ccsync init && ccsync check && ccsync sync")


def say_where(teller: Teller, place: Place) -> None:
    """Say what is there when the demo ends too early."""
    teller.blank()
    teller.line(
        "The demo ends here. What it wrote so far stays, with what the runs said in sync.log; the "
        "next demo replaces it. To remove it:"
    )
    teller.verbatim(f"rm -r {as_typed(place.root)}")


def as_typed(path: Path) -> str:
    """Write a path as one types it in a shell."""
    home = Path("~").expanduser()
    if home != Path("/") and path.is_relative_to(home):
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))


def _described(usage: Path) -> str:
    """Say what is in the file, and what a reader has to know."""
    with usage.open("rb") as stream:
        lines = sum(1 for _ in stream)
    old = lines - sum(1 for _ in read(usage).records())
    return (
        f"{usage.stat().st_size / 1e6:.1f} MB: {lines:,} lines, of which {old:,} are superseded by "
        "newer ones of their day: do not add them all up, `ccsync insights` knows which count"
    )
