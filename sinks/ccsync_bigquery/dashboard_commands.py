"""`ccsync bigquery dashboards` and `ccsync bigquery alerts`: queries to paste.

Neither connects to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync_bigquery.settings import BigQueryConfig

if TYPE_CHECKING:
    from ccsync_bigquery.dashboards import Tool

_TOOLS = ("looker-studio", "metabase", "plain")

_only = click.option(
    "--sink", "only", multiple=True, metavar="NAME", help="Only this sink; repeatable."
)
_out = click.option(
    "--out",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write files to the folder bigquery of this one, instead of to standard output.",
)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--for",
    "tool",
    type=click.Choice(_TOOLS),
    default="plain",
    show_default=True,
    help="Whose parameters for the days that people choose; plain: the last 90 days.",
)
@_out
@_only
@click.pass_obj
def dashboards(
    session: Session,
    names: Sequence[str],
    tool: str,
    directory: Path | None,
    only: Sequence[str],
) -> None:
    """Write the queries of a dashboard: all of them, or those named.

    --out writes those for every tool, and those of the alerts.
    """
    from ccsync.warehouse.tiles import TILES
    from ccsync_bigquery.dashboards import tile

    known = {one.name: one for one in TILES}
    _refuse_unknown(names, known)
    with session.upkeep(BigQueryConfig, only) as upkeep:
        for sink in upkeep.sinks:
            if directory is not None:
                _write(directory, sink.name, sink.config, alone=len(upkeep.sinks) == 1)
                continue
            texts = [tile(known[name], sink.config, cast("Tool", tool)) for name in names or known]
            click.echo("\n".join(texts), nl=False)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    metavar="AMOUNT",
    help="Of each organization for thirty days, in whole units of whatever currency.",
)
@click.option("--terraform", is_flag=True, help="Write scheduled queries as Terraform resources.")
@_only
@click.pass_obj
def alerts(
    session: Session, names: Sequence[str], budget: int, terraform: bool, only: Sequence[str]
) -> None:
    """Write queries that fail when something is wrong: all of them, or those named.

    Schedule them in BigQuery, and let it tell of failures: the message says what is wrong and what
    to do.
    """
    from ccsync.warehouse.alerts import alerts as every
    from ccsync_bigquery import dashboards

    known = {one.name: one for one in every(budget=budget)}
    _refuse_unknown(names, known)
    some = [known[name] for name in names or known]
    with session.upkeep(BigQueryConfig, only) as upkeep:
        for sink in upkeep.sinks:
            if terraform:
                click.echo(dashboards.terraform(sink.config, sink.name, some), nl=False)
            else:
                texts = [dashboards.alert(one, sink.config) for one in some]
                click.echo("\n".join(texts), nl=False)


def _refuse_unknown(names: Sequence[str], known: Mapping[str, object]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no {unknown[0]!r}; there are {', '.join(known)}")


def _write(directory: Path, name: str, config: BigQueryConfig, *, alone: bool) -> None:
    """Write every file; two sinks get a folder each.

    Raises:
        SettingsError: a file cannot be written.
    """
    from ccsync_bigquery.dashboards import files

    folder = directory / "bigquery" if alone else directory / "bigquery" / name
    for path, text in files(config, prefix=name).items():
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        except OSError as error:
            raise SettingsError(f"{folder / path} cannot be written: {error.strerror}") from None
        click.echo(folder / path)
