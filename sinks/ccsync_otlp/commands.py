"""`ccsync otlp ...`: what this sink offers beside sending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccsync.errors import SettingsError
from ccsync_otlp.settings import OtlpConfig

if TYPE_CHECKING:
    from ccsync.cli.session import Session
    from ccsync_otlp.dashboards.sent import Sent

_BACKENDS = ("grafana", "datadog", "honeycomb", "all")


def _to_numbers(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, float]:
    """Read NAME=NUMBER, of each name the last one."""
    found: dict[str, float] = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise click.BadParameter(
                f"{text!r} is not NAME=NUMBER, such as unusualTimes=5"
            ) from None
    return found


@click.group()
def otlp() -> None:
    """Dashboards and alerts over what sinks of type otlp send."""


@otlp.command()
@click.argument("backend", type=click.Choice(_BACKENDS), default="all")
@click.option(
    "--out",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to; it gets a folder for each backend.",
)
@click.option(
    "--sink", "only", metavar="NAME", help="For what this sink of the settings sends, no more."
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="AMOUNT",
    help="Alert above this estimated cost of an organization's thirty days, in whole units of "
    "whatever currency.  [default: 10000]",
)
@click.option(
    "--threshold",
    "numbers",
    multiple=True,
    metavar="NAME=NUMBER",
    callback=_to_numbers,
    help="Of another alert, such as unusualTimes=5; repeatable. The names are those of the Helm "
    "chart; a wrong one lists them.",
)
@click.option(
    "--force", is_flag=True, help="Replace files that have been edited, or written otherwise."
)
@click.pass_obj
def dashboards(
    session: Session,
    backend: str,
    directory: Path,
    only: str | None,
    budget: int | None,
    numbers: Mapping[str, float],
    force: bool,
) -> None:
    """Write dashboards and alerts as files, to be imported.

    The README in each backend's folder says what to do with them.

    Without --sink no settings are read: the files are for every dimension, and for a sink with the
    usual `service_name`. With it, for that sink's preset, dimensions and names.
    """
    import msgspec

    from ccsync_otlp.dashboards import thresholds
    from ccsync_otlp.dashboards.sent import Sent
    from ccsync_otlp.dashboards.writing import chosen, write

    if budget is not None:
        numbers = {**numbers, "budget": budget}
    try:
        alerts = thresholds.changed(numbers)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--threshold") from None
    sent = Sent() if only is None else _sent(session, only)
    sent = msgspec.structs.replace(sent, alerts=alerts)
    for path in write(directory, chosen(backend, sent.preset), sent, force=force):
        click.echo(path)


def _sent(session: Session, name: str) -> Sent:
    """Look up what a sink sends.

    Raises:
        SettingsError: there is no such sink, or its points are not read the way dashboards do.
    """
    from ccsync_otlp.build import overridden
    from ccsync_otlp.dashboards.sent import Sent
    from ccsync_otlp.presets import PRESETS

    with session.upkeep(OtlpConfig, [name]) as upkeep:
        config = upkeep.sinks[0].config
    used, usual = overridden(config), PRESETS[config.preset]
    for setting, ours, theirs in (
        ("point_time", used.point_time, usual.point_time),
        ("kind", used.kind, usual.kind),
    ):
        if ours != theirs:
            raise SettingsError(
                f"--sink {name}: there are no dashboards for {setting}: {ours} with the preset "
                f"{config.preset}, whose points are read otherwise. The README of this sink says "
                "how"
            )
    return Sent(
        preset=config.preset,
        dimensions=frozenset(config.dimensions),
        service_name=config.service_name,
        service_namespace=config.service_namespace,
    )
