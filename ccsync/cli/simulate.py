"""`ccsync simulate`: the simulated API as a server of its own."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import click

from ccsync.errors import Exit
from ccsync.simulator import (
    SIMULATED_KEY,
    FederationRule,
    Issuer,
    Organization,
    Shape,
    Simulator,
    TokenExchange,
)
from ccsync.simulator.control import PREFIX
from ccsync.simulator.fault_names import FAULT_NAMES, fault_text
from ccsync.simulator.faults import Fault
from ccsync.simulator.server import LOOPBACK
from ccsync.simulator.shapes import SHAPES

_DEFAULT_PORT = 8787
_DAY_SECONDS = 86_400.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_BANNER = """\
# Simulated Claude Code Analytics API: {url}
# {users} people, {days} days and today, seed {seed}, {shape} shape, {late:.0%} of the rows late
# Control: GET {url}{control} lists what there is, such as restatements
# Key for x-api-key: {key}
# A ccsync.yaml for it:
version: 1
source:
  base_url: {url}
{credential}  requests_per_minute: 0
sync:
  start: {start}d
state: none
sinks:
  console: {{type: stdout}}
# Stop with Ctrl-C.
"""

_FEDERATION = """\
  federation:
    rule_id: {rule.rule_id}
    organization_id: {rule.organization_id}
    service_account_id: {rule.service_account_id}
    token_file: {file}
"""


class _PortError(click.ClickException):
    """The port can not be had."""

    exit_code = Exit.USAGE


def _read_faults(
    _ctx: click.Context, _param: click.Parameter, texts: Sequence[str]
) -> tuple[Fault, ...]:
    """Read the text forms of faults."""
    try:
        return tuple(fault_text(text) for text in texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    epilog="Faults: an error status such as 429 or 503, "
    + ", ".join(FAULT_NAMES)
    + ". Options: day, page, nth, times (a count or always), with-cursor, path, and those of the "
    "fault itself, as in --fault 429:times=3,retry-after=2 --fault truncate:page=2. "
    f"While it runs, GET {PREFIX} on its address lists controls, each with an example body: "
    "restatements of past days, faults, the requests so far."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="Port on loopback; 0 picks a free one.",
)
@click.option(
    "--users", type=click.IntRange(0), default=25, show_default=True, help="How many people."
)
@click.option(
    "--days",
    type=click.IntRange(0, 10_000),
    default=30,
    show_default=True,
    help="How many days before today have data.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides all the data.")
@click.option(
    "--shape",
    type=click.Choice(SHAPES),
    default="documented",
    show_default=True,
    help="Shape of the rows.",
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Milliseconds before every answer.",
)
@click.option(
    "--late",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="Share of the rows that go on growing for up to two days after their day has ended.",
)
@click.option(
    "--identity-token",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write an identity token there, good for a day, and give tokens in exchange for it: "
    "workload identity federation.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    callback=_read_faults,
    metavar="NAME[:OPTION=VALUE,...]",
    help="Spoil answers; may be repeated.",
)
def simulate(
    port: int,
    users: int,
    days: int,
    seed: int,
    shape: str,
    latency_ms: float,
    late: float,
    identity_token: Path | None,
    faults: Sequence[Fault],
) -> None:
    """Serve a simulated Claude Code Analytics API on loopback until SIGINT or SIGTERM.

    Needs no account: the organization is made up, and the same seed always makes the same one.
    """
    today = dt.datetime.now(dt.UTC).date()
    first_day = today - dt.timedelta(days=min(days, today.toordinal() - 1))
    organization = Organization(seed, users, first_day=first_day, late=late)
    credential, federation = f"  api_key: {SIMULATED_KEY}\n", None
    if identity_token is not None:
        federation = _federation(organization.organization_id, identity_token)
        file = identity_token.absolute()
        credential = _FEDERATION.format(rule=federation.rule, file=json.dumps(str(file)))
    simulator = Simulator(
        organization,
        port=port,
        shape=cast("Shape", shape),
        latency=latency_ms / 1000,
        federation=federation,
    )
    for fault in faults:
        simulator.faults.add(fault.effect, fault.match, name=fault.name)
    # Blocked before the first thread starts, so that only `sigwait` below sees them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        _start(simulator, port)
        with simulator:
            click.echo(
                _BANNER.format(
                    url=simulator.base_url,
                    users=users,
                    days=days,
                    seed=seed,
                    shape=shape,
                    late=late,
                    control=PREFIX,
                    key=SIMULATED_KEY,
                    credential=credential,
                    start=max(days, 1),
                ),
                err=True,
                nl=False,
            )
            signal.sigwait(_SIGNALS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _federation(organization_id: str, file: Path) -> TokenExchange:
    """Write an identity token into a file of its owner's only, and trust whoever issued it."""
    try:
        issuer = Issuer()
    except ModuleNotFoundError:
        raise click.BadParameter(
            "signing needs the package cryptography: pip install 'ccsync[testing]'",
            param_hint="--identity-token",
        ) from None
    token = issuer.token(lifetime=_DAY_SECONDS)
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            os.fchmod(descriptor, 0o600)
            opened.write(token + "\n")
    except OSError as error:
        raise click.BadParameter(
            f"{file}: cannot be written: {error.strerror}", param_hint="--identity-token"
        ) from None
    return TokenExchange(FederationRule(organization_id), issuer.jwks())


def _start(simulator: Simulator, port: int) -> None:
    try:
        simulator.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "is in use by another program"
        elif error.errno == errno.EACCES:
            why = "may not be used without privileges"
        else:
            why = f"can not be used: {error.strerror}"
        raise _PortError(
            f"port {port} on {LOOPBACK} {why}; choose another with --port, or 0 for a free one"
        ) from None
