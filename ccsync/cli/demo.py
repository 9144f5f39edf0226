"""`ccsync demo`: the whole job with no account, against the simulated API."""

from __future__ import annotations

import datetime as dt
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ccsync.cli.grid import MARKS
from ccsync.cli.session import Session
from ccsync.demo.place import Place, default_directory, prepared
from ccsync.demo.proof import Proof
from ccsync.demo.story import CORRECTABLE, Story
from ccsync.demo.telling import Teller
from ccsync.errors import CcsyncError, Exit
from ccsync.insights import read
from ccsync.insights.showing import as_text
from ccsync.plan import DAY
from ccsync.runtime import Runtime
from ccsync.signals import handled
from ccsync.simulator import Organization, Simulator
from ccsync.simulator.shapes import Row

_SEED = 7

_COLOURS = {mark: colour for mark, colour in MARKS.by_state.values() if not mark.isalpha()}
"""Of the marks that stand for nothing else in the words of `ccsync status`."""

_LONGEST = dt.timedelta(seconds=30)
"""A demo takes less; none begins when the UTC day ends sooner."""

_NEWEST = """\
jq -cs 'group_by(.source_id, .date)[] | (map(.fetched_at) | max) as $newest
  | .[] | select(.fetched_at == $newest)' {file}"""
"""Gives the lines that count; sinks/ccsync_stdout/README.md explains it."""


class _Company(Organization):
    """Its days are whole as soon as they are over, so that every demo of a day is the same."""

    def original(self, day: dt.date, until: dt.datetime) -> Iterable[Row]:
        """Give a day's rows, all of them."""
        end = dt.datetime.combine(day + DAY, dt.time(), dt.UTC)
        return super().original(day, max(until, end))


@click.command()
@click.option("--days", type=click.IntRange(CORRECTABLE, 366), default=30, show_default=True)
@click.option("--users", type=click.IntRange(15, 1000), default=40, show_default=True)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to leave the files, for the next demo to replace. Default: in the user's cache.",
)
@click.pass_obj
def demo(session: Session, days: int, users: int, directory: Path | None) -> None:
    """Run the whole job with no account, against a simulated organization.

    A month of invented usage behind a real HTTP server on loopback, the real command in processes
    of its own, one of them killed half-way, and a proof that the file is right all the same. The
    story goes to standard error, the summary to standard output. Two demos of one UTC day have the
    same figures.
    """
    runtime, teller = session.runtime, Teller(_COLOURS)
    root = (directory or default_directory(session.environ)).absolute()
    with handled(runtime.stop), prepared(root) as place:
        try:
            proved = _tell(runtime, teller, place, days, users)
        except CcsyncError:
            _say_where(teller, place)
            raise
    if proved.differing:
        sys.exit(Exit.DIFFERENCE)


def _tell(runtime: Runtime, teller: Teller, place: Place, days: int, users: int) -> Proof:
    now = _begin(runtime, teller)
    organization = _Company(seed=_SEED, users=users)
    with Simulator(organization, now=lambda: now) as api:
        teller.title(f"ccsync demo: {organization.name}, {users} seats, {days} days, no account")
        teller.line(
            f"A simulated API answers on {api.base_url}: real HTTP, invented people. The rest is "
            "what you would run."
        )
        story = Story(api, place, runtime.stop, teller, now=now, days=days)
        story.first_sync()
        story.corrections()
        story.mended(story.killed())
        proved = story.proof()
        summary = story.summary()
    title = f"\n{organization.name}, {users} seats, as usage.jsonl has it"
    click.echo(as_text(title, summary), nl=False, color=True)
    _say_goodbye(teller, place)
    return proved


def _begin(runtime: Runtime, teller: Teller) -> dt.datetime:
    """Give the moment that the demo is about: not one so late that its day ends meanwhile."""
    now = runtime.now().astimezone(dt.UTC)
    left = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), dt.UTC) - now
    if left > _LONGEST:
        return now
    teller.line(f"The UTC day ends in {left.total_seconds():.0f} s; waiting for the next one.")
    runtime.pause(left.total_seconds())
    return runtime.now().astimezone(dt.UTC)


def _say_goodbye(teller: Teller, place: Place) -> None:
    shown = _as_typed(place.root)
    teller.blank()
    teller.title(f"Left for you to look at, in {shown}")
    teller.entry("usage.jsonl", _described(place.usage))
    teller.entry("ccsync.yaml", "the settings")
    teller.entry("sync.log", "what the runs said, as JSON lines")
    teller.entry("state/ledger.json", "what is known to be there")
    teller.line("Only the lines that count, the newest of each day:")
    for line in _NEWEST.format(file=_as_typed(place.usage)).splitlines():
        teller.verbatim(line)
    teller.line("or, in Python, ccsync.insights.read(Path(...)).records().")
    teller.line("The next demo replaces these files. To remove them:")
    teller.verbatim(f"rm -r {shown}")
    teller.blank()
    teller.title("Your own usage next, with an Admin API key:")
    teller.verbatim("ccsync init && ccsync check && ccsync sync")


def _described(usage: Path) -> str:
    """Say what is in the file, and what a reader has to know."""
    with usage.open("rb") as stream:
        lines = sum(1 for _ in stream)
    old = lines - sum(1 for _ in read(usage).records())
    return (
        f"{usage.stat().st_size / 1e6:.1f} MB: {lines:,} lines, of which {old:,} are superseded by "
        "newer ones of their day, so do not add them all up"
    )


def _say_where(teller: Teller, place: Place) -> None:
    """Say what is there when the demo ends too early."""
    shown = _as_typed(place.root)
    teller.blank()
    teller.line(
        "The demo ends here. What it wrote so far stays, with what the runs said in sync.log; the "
        "next demo replaces it. To remove it:"
    )
    teller.verbatim(f"rm -r {shown}")


def _as_typed(path: Path) -> str:
    """Write a path as one types it in a shell."""
    home = Path("~").expanduser()
    if home != Path("/") and path.is_relative_to(home):
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))
