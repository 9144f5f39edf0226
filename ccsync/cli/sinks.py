"""`ccsync sinks`: what is installed, and from which package."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from ccsync.plugins import PluginError, Plugins, installed
from ccsync.redact import redact


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list on stdout.")
def sinks(as_json: bool) -> None:
    """List the installed sinks.

    Each with its type, package, version, what it is for, and the commands it brings, if any.
    A sink that cannot be used is listed with the reason, and the command exits with 2.
    """
    rows = describe(installed())
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif sys.stdout.isatty():
        _table(rows)
    else:
        for row in rows:
            facts = [row["type"], row["package"], row["version"], row["fault"] or row["summary"]]
            if row["commands"]:
                facts.append(f"commands: ccsync {row['type']} ...")
            click.echo("\t".join(facts))
    faults = [row["fault"] for row in rows if row["fault"]]
    if faults:
        raise PluginError(*faults)


def describe(plugins: Plugins) -> list[dict[str, Any]]:
    """Give one row per type, importing each sink; `fault` says why one cannot be used."""
    rows: list[dict[str, Any]] = []
    for name in plugins:
        row: dict[str, Any] = {"type": name, "package": "", "version": "", "summary": ""}
        row |= {"commands": False, "fault": None}
        try:
            offer = plugins.offer(name)
            row |= {"package": offer.distribution, "version": offer.version}
            plugin = plugins[name]
            row |= {"summary": plugin.summary, "commands": plugin.commands is not None}
        except PluginError as error:
            row["fault"] = redact(str(error))
        rows.append(row)
    return rows


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("type", "package", "version", "what it is"):
        table.add_column(heading, header_style="bold")
    for row in rows:
        what = Text(row["summary"]) if row["fault"] is None else Text(row["fault"], style="red")
        if row["commands"]:
            what.append(f"  (commands: ccsync {row['type']} --help)", style="dim")
        table.add_row(Text(row["type"], style="cyan"), row["package"], row["version"], what)
    Console().print(table)
