"""`ccsync demo`: the whole job with no account, against the simulated API."""

from __future__ import annotations

import datetime as dt
import shlex
import sys
from pathlib import Path

import click

from ccsync.cli.session import Session
from ccsync.demo.place import Place, default_directory, prepared
from ccsync.demo.story import CORRECTABLE, Story
from ccsync.demo.telling import PlainConsole, Teller
from ccsync.errors import Exit
from ccsync.insights import Summary
from ccsync.runtime import Runtime
from ccsync.signals import handled
from ccsync.simulator import Organization, Simulator

_SEED = 7

_LONGEST = dt.timedelta(seconds=30)
"""A demo takes less; none begins when the UTC day ends sooner."""


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
    story goes to standard error, the summary to standard output.
    """
    runtime, teller = session.runtime, Teller()
    root = (directory or default_directory(session.environ)).absolute()
    with handled(runtime.stop), prepared(root) as place:
        now = _begin(runtime, teller)
        organization = Organization(seed=_SEED, users=users)
        with Simulator(organization, now=lambda: now) as api:
            teller.title(
                f"ccsync demo: {organization.name}, {users} people, {days} days, no account"
            )
            teller.line(
                f"A simulated API answers on {api.base_url}: real HTTP, invented people. The rest "
                "is what you would run."
            )
            story = Story(api, place, runtime.stop, teller, now=now, days=days)
            story.first_sync()
            story.corrections()
            story.mended(story.killed())
            proved = story.proof()
            summary = story.summary()
        _show(organization.name, summary)
        _say_goodbye(teller, place)
    if proved.differing:
        sys.exit(Exit.DIFFERENCE)


def _begin(runtime: Runtime, teller: Teller) -> dt.datetime:
    """Give the moment that the demo is about: not one so late that its day ends meanwhile."""
    now = runtime.now().astimezone(dt.UTC)
    left = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), dt.UTC) - now
    if left > _LONGEST:
        return now
    teller.line(f"The UTC day ends in {left.total_seconds():.0f} s; waiting for the next one.")
    runtime.pause(left.total_seconds())
    return runtime.now().astimezone(dt.UTC)


def _show(name: str, summary: Summary) -> None:
    from rich.text import Text

    from ccsync.insights.tables import render

    console = PlainConsole(highlight=False)
    width = min(console.width, 100)
    with console.capture() as captured:
        console.print(Text(f"\n{name}, as usage.jsonl has it", style="bold"), width=width)
        console.print(render(summary), width=width)
    # Not printed by rich: it would end the process in its own way when the reader has gone.
    text = "".join(f"{line.rstrip(' ')}\n" for line in captured.get().splitlines())
    click.echo(text, nl=False, color=True)


def _say_goodbye(teller: Teller, place: Place) -> None:
    shown = _as_typed(place.root)
    teller.blank()
    teller.title(f"Left for you to look at, in {shown}")
    teller.verbatim(
        f"usage.jsonl        {place.usage.stat().st_size / 1e6:.1f} MB, one line per record"
    )
    teller.verbatim("ccsync.yaml        the settings")
    teller.verbatim("state/ledger.json  what is known to be there")
    teller.line("The next demo replaces them. To remove them:")
    teller.verbatim(f"rm -r {shown}")
    teller.blank()
    teller.title("Your own usage next, with an Admin API key:")
    teller.verbatim("ccsync init && ccsync check && ccsync sync")


def _as_typed(path: Path) -> str:
    """Write a path as one types it in a shell."""
    home = Path("~").expanduser()
    if home != Path("/") and path.is_relative_to(home):
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))
