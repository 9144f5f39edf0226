"""The BigQuery sink: each day as a snapshot that views show when it is complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccsync.sink import SettingsFault, Sink, SinkContext, SinkPlugin
from ccsync_bigquery.settings import BigQueryConfig, alone

if TYPE_CHECKING:
    import click

__all__ = ["PLUGIN", "BigQueryConfig"]


def _build(config: BigQueryConfig, context: SinkContext) -> Sink:
    from ccsync_bigquery.build import build

    return build(config, context)


def _faults(config: BigQueryConfig, environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    from ccsync_bigquery.endpoint import faults

    return faults(config, environ)


def _commands() -> click.Group:
    from ccsync_bigquery.commands import bigquery

    return bigquery


PLUGIN = SinkPlugin(
    config=BigQueryConfig,
    build=_build,
    faults=_faults,
    alone=alone,
    commands=_commands,
    summary="tables and views in BigQuery that show each day whole, or as it was before",
    example="""\
  # Tables and views in BigQuery; made once by `ccsync bigquery init`. Logs in with Application
  # Default Credentials; `ccsync check` names the permission that is missing.
  {name}:
    type: bigquery
    dataset: my-project.claude_code
    # mode: load                     # free load jobs, for long backfills and sandbox projects
    # billing_project: my-billing-project
    # impersonate_service_account: ccsync@my-project.iam.gserviceaccount.com
""",
)
