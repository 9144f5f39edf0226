"""`ccsync config`: the effective settings, their JSON Schema, and their faults."""

from __future__ import annotations

from typing import Any, cast

import click
import msgspec
import yaml

from ccsync.cli.session import Session
from ccsync.redact import MASK, redact
from ccsync.secret import Secret
from ccsync.settings.document import Path
from ccsync.settings.load import Loaded
from ccsync.settings.schema import render


@click.group()
def config() -> None:
    """Show, describe or validate the settings."""


@config.command()
@click.pass_obj
def show(session: Session) -> None:
    """Print the effective settings as YAML, with every default.

    What comes from the environment is shown as it is written in the file, secrets as ***. The
    variable of the API key need not be set.
    """
    click.echo(to_yaml(session.loaded(needs_key=False)), nl=False)


@config.command()
@click.pass_obj
def schema(session: Session) -> None:
    """Print the JSON Schema of a settings file, with every installed sink, for editors."""
    click.echo(render(session.plugins), nl=False)


@config.command()
@click.pass_obj
def validate(session: Session) -> None:
    """Say "ok", or print every fault as FILE:LINE:COLUMN on stderr and exit with 2."""
    click.echo(f"{session.loaded().path}: ok")


def to_yaml(loaded: Loaded) -> str:
    """Write settings as a user would, without what must not be shown."""
    value = _plain(loaded.settings, (), loaded)
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return redact(text)


def _plain(value: Any, path: Path, loaded: Loaded) -> Any:
    if path in loaded.environment:
        return loaded.environment[path]
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, msgspec.Struct) and not hasattr(value, "parse"):
        fields = msgspec.structs.fields(value)
        names = [(one.encode_name, getattr(value, one.name)) for one in fields]
        return {name: _plain(one, (*path, name), loaded) for name, one in names}
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {name: _plain(one, (*path, name), loaded) for name, one in items}
    if isinstance(value, list | tuple):
        parts = enumerate(cast("list[Any]", value))
        return [_plain(one, (*path, index), loaded) for index, one in parts]
    if value is None or type(value) in (bool, int, float):
        return value
    # A literal ${ in a value has to be read back as one.
    return str(value).replace("${", "$${")
