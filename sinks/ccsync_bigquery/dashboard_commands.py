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
_dataset = click.option(
    "--dataset",
    metavar="PROJECT.DATASET",
    help="For this dataset, without any settings.",
)
_BUDGET = 10_000
_budget = click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=_BUDGET,
    show_default=True,
    metavar="AMOUNT",
    help="Of each organization for thirty days, in whole units of whatever currency.",
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
@click.option(
    "--force",
    is_flag=True,
    help="With --out: replace files that have been edited, or written otherwise.",
)
@_budget
@_only
@_dataset
@click.pass_obj
def dashboards(
    session: Session,
    names: Sequence[str],
    tool: str,
    directory: Path | None,
    force: bool,
    budget: int,
    only: Sequence[str],
    dataset: str | None,
) -> None:
    """Write the queries of a dashboard: all of them, or those named.

    --out writes those for every tool, those of the alerts (with --budget), and a README that says
    what to do with them.
    """
    from ccsync.warehouse.tiles import TILES
    from ccsync_bigquery.dashboards import tile

    known = {one.name: one for one in TILES}
    _refuse_unknown(names, known)
    sinks = _sinks(session, only, dataset)
    if directory is not None:
        _write(directory, sinks, budget=budget, force=force)
        return
    for config in sinks.values():
        texts = [tile(known[name], config, cast("Tool", tool)) for name in names or known]
        click.echo("\n".join(texts), nl=False)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_budget
@click.option("--terraform", is_flag=True, help="Write scheduled queries as Terraform resources.")
@_only
@_dataset
@click.pass_obj
def alerts(
    session: Session,
    names: Sequence[str],
    budget: int,
    terraform: bool,
    only: Sequence[str],
    dataset: str | None,
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
    for name, config in _sinks(session, only, dataset).items():
        if terraform:
            click.echo(dashboards.terraform(config, name, some), nl=False)
        else:
            texts = [dashboards.alert(one, config) for one in some]
            click.echo("\n".join(texts), nl=False)


def _refuse_unknown(names: Sequence[str], known: Mapping[str, object]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no {unknown[0]!r}; there are {', '.join(known)}")


def _sinks(
    session: Session, only: Sequence[str], dataset: str | None
) -> Mapping[str, BigQueryConfig]:
    """Give the settings of the sinks that are meant by name; of none but a dataset, if it is named.

    Raises:
        SettingsError: there are none.
    """
    from ccsync.upkeep import NoSuchType
    from ccsync_bigquery.names import Place

    if dataset is not None:
        if only:
            raise click.UsageError("--dataset and --sink both say which dataset: give one of them")
        try:
            Place.parse(dataset)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--dataset") from None
        return {_NAME: BigQueryConfig(type="bigquery", dataset=dataset)}
    try:
        session.settings_file()
    except SettingsError as error:
        raise SettingsError(f"{error}. {_INSTEAD}") from None
    try:
        with session.upkeep(BigQueryConfig, only) as upkeep:
            return {sink.name: sink.config for sink in upkeep.sinks}
    except NoSuchType as error:
        raise SettingsError(f"{error}. {_INSTEAD}") from None


_NAME = "warehouse"
"""In the names of resources, where no sink gives its own."""

_INSTEAD = (
    "This command wants the dataset of a sink of type bigquery; without settings name it: "
    "--dataset PROJECT.DATASET"
)


def _write(
    directory: Path, sinks: Mapping[str, BigQueryConfig], *, budget: int, force: bool
) -> None:
    """Write every file; two sinks get a folder each.

    Raises:
        SettingsError: a file cannot be written, or somebody has edited it and `force` is not given.
    """
    from ccsync.cli import folder
    from ccsync_bigquery.dashboards import files

    texts: dict[Path, str] = {}
    for name, config in sinks.items():
        place = directory / "bigquery" / (name if len(sinks) > 1 else "")
        for path, text in files(config, prefix=name, budget=budget).items():
            texts[place / path] = text
    folder.write(texts, force=force)
    for written in texts:
        click.echo(written)
