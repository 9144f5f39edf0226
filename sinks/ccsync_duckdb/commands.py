"""`ccsync duckdb ...`: tends the files that sinks of type duckdb write to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ccsync.cli.session import Session
from ccsync.errors import SettingsError, SinkError, SinkRefused, SinkUnavailable
from ccsync_duckdb.settings import DuckDBConfig


@click.group()
def duckdb() -> None:
    """Tend the database files that sinks of type duckdb write to."""


@duckdb.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--sink", "only", multiple=True, metavar="NAME", help="Only this sink; repeatable.")
@click.pass_obj
def upgrade(session: Session, files: Sequence[Path], only: Sequence[str]) -> None:
    """Bring files that an older ccsync made to the tables of this one.

    Without FILE, the files of all sinks of type duckdb in the settings. Nothing in them is lost,
    and no day is delivered again. Safe to run twice; needs no API key.
    """
    if files and only:
        raise click.UsageError("FILE and --sink both say which files: give one of them")
    try:
        from ccsync_duckdb.upgrading import upgrade as upgrade_file
    except ImportError as error:
        raise SettingsError(
            f"sink type 'duckdb' needs the library {error.name!r}, which is not installed: pip "
            "install 'ccsync[duckdb]'"
        ) from error
    paths = [file.resolve() for file in files]
    if not files:
        with session.upkeep(DuckDBConfig, only) as upkeep:
            paths = [sink.config.file for sink in upkeep.sinks]
    errors: list[SinkError] = []
    for path in dict.fromkeys(paths):
        try:
            _said(path, upgrade_file(path))
        except SinkError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        message = "\n".join(map(str, errors))
        passing = all(isinstance(error, SinkUnavailable) for error in errors)
        raise SinkUnavailable(message) if passing else SinkRefused(message)


def _said(path: Path, before: int) -> None:
    from ccsync.warehouse.columns import SCHEMA_VERSION

    if before == SCHEMA_VERSION:
        click.echo(f"{path}: is up to date (schema version {before})")
    else:
        click.echo(f"{path}: from schema version {before} to {SCHEMA_VERSION}")
