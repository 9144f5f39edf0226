"""`ccsync otlp ...`: what this sink offers beside sending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccsync.errors import SettingsError
from ccsync_otlp.settings import OtlpConfig

if TYPE_CHECKING:
    from ccsync.cli.session import Session
    from ccsync_otlp.dashboards.sent import Sent

_BACKENDS = ("grafana", "datadog", "honeycomb", "all")


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
@click.pass_obj
def dashboards(session: Session, backend: str, directory: Path, only: str | None) -> None:
    """Write dashboards and alerts as files, to be imported.

    Without --sink no settings are read: the files are for every dimension, and for a sink with the
    usual `service_name`. With it, for that sink's preset, dimensions and names.
    """
    from ccsync_otlp.dashboards.sent import Sent
    from ccsync_otlp.dashboards.writing import chosen, write

    sent = Sent() if only is None else _sent(session, only)
    for path in write(directory, chosen(backend, sent.preset), sent):
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
