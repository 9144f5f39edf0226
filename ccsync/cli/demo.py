"""`ccsync demo`: the whole job with no account, against the simulated API."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ccsync.cli.grid import MARKS
from ccsync.cli.session import Session
from ccsync.demo.ending import say_goodbye, say_where, show_insights
from ccsync.demo.place import Place, default_directory, prepared
from ccsync.demo.shown import Shown
from ccsync.demo.story import CORRECTABLE, Story
from ccsync.demo.telling import Teller
from ccsync.errors import CcsyncError, Exit
from ccsync.insights.destinations import Maker
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
        shown = Shown(place, Maker(session.plugins, runtime, session.run_id))
        try:
            proved = _tell(runtime, teller, place, shown, days, users)
        except CcsyncError:
            say_where(teller, place)
            raise
    if not proved:
        sys.exit(Exit.DIFFERENCE)


def _tell(
    runtime: Runtime, teller: Teller, place: Place, shown: Shown, days: int, users: int
) -> bool:
    """Tell all of it; gives whether the proof holds."""
    now = _begin(runtime, teller)
    organization = _Company(seed=_SEED, users=users)
    with Simulator(organization, now=lambda: now) as api:
        teller.title(f"ccsync demo: {organization.name}, {users} seats, {days} days, no account")
        teller.line(
            f"A simulated API answers on {api.base_url}: real HTTP, invented people. The rest is "
            "what you would run."
        )
        story = Story(api, place, shown, runtime.stop, teller, now=now, days=days)
        story.first_sync()
        story.corrections()
        story.mended(story.killed())
        proved = story.proof()
    show_insights(teller, place, shown, runtime, now.date(), f"{organization.name}, {users} seats")
    say_goodbye(teller, place, shown)
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
