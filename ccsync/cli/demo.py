"""`ccsync demo`: the whole job with no account, against the simulated API."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from ccsync.cli.session import Session
from ccsync.cli.sync import run_job
from ccsync.plan import Request
from ccsync.report import Kind
from ccsync.simulator import SIMULATED_KEY, Organization, Simulator

_SETTINGS = """\
version: 1
source:
  base_url: {base_url}
  api_key: {key}
  requests_per_minute: 0
sync:
  start: {days}d
state: file://{directory}/state
sinks:
  console: {{type: stdout, format: {form}, track: true}}
"""


@click.command()
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True)
@click.option("--users", type=click.IntRange(1, 5000), default=8, show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def demo(session: Session, days: int, users: int, form: str) -> None:
    """Run the whole job with no account, against a simulated organization.

    A real HTTP server on loopback, the real fetcher, a real ledger in a directory that is removed
    at the end, and the days on standard output.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ccsync-demo-") as directory,
        Simulator(Organization(seed=7, users=users)) as api,
    ):
        settings = Path(directory) / "ccsync.yaml"
        settings.write_text(
            _SETTINGS.format(
                base_url=api.base_url, key=SIMULATED_KEY, days=days, directory=directory, form=form
            )
        )
        session.config = str(settings)
        if session.log_level == "info":
            session.log_level = "warning"  # what happens is told in words here
        first = run_job(session, Request(), for_people=True)
        requests = len(api.requests)
        again = run_job(session, Request(), for_people=True)
        unchanged = sum(counts[Kind.UNCHANGED] for counts in again.counts.values())
        click.echo(
            f"first run: {first.rows:,} rows of {len(first.days)} days in {requests} requests; "
            f"second run: looked at {len(again.days)} days, {unchanged} of them unchanged and not "
            "sent again",
            err=True,
        )
    if code := first.exit or again.exit:
        sys.exit(code)
