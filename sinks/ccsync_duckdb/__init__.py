"""The DuckDB sink: tables and views in a local file, each day replaced in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccsync.sink import Sink, SinkContext, SinkPlugin
from ccsync_duckdb.settings import DuckDBConfig, alone, faults

if TYPE_CHECKING:
    import click

__all__ = ["PLUGIN", "DuckDBConfig"]


def _build(config: DuckDBConfig, context: SinkContext) -> Sink:
    from ccsync_duckdb.sink import DuckDBSink

    return DuckDBSink(config, context)


def _commands() -> click.Group:
    from ccsync_duckdb.commands import duckdb

    return duckdb


PLUGIN = SinkPlugin(
    config=DuckDBConfig,
    build=_build,
    faults=faults,
    alone=alone,
    commands=_commands,
    summary="tables and views in a local DuckDB file, to be queried with SQL",
    example="""\
  # A database file on this machine, with the same tables and views as in BigQuery. It is made when
  # it is not there. Look at it with `ccsync insights`, or with any DuckDB: duckdb -readonly FILE
  {name}:
    type: duckdb
    path: {name}.duckdb
""",
)
