"""Queries for dashboards and for alerts of one dataset, as texts and as files.

What is asked comes from `ccsync.warehouse`; here it gets its dataset, a heading, and the form that
somebody can paste.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Literal, TypeAlias

from ccsync.warehouse.alerts import Alert, alerts, check
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tiles import TILES, Range, Tile
from ccsync.warehouse.tiles.ranges import looker_studio, metabase, trailing
from ccsync_bigquery import hcl
from ccsync_bigquery.guide import README, guide
from ccsync_bigquery.settings import BigQueryConfig

Tool: TypeAlias = Literal["looker-studio", "metabase", "plain"]

TOOLS: tuple[Tool, ...] = ("looker-studio", "metabase", "plain")
"""plain: without any parameters, of the last months; for the console, and for other tools."""

ALERTS = "alerts"
BUDGET = 10_000
_DEFAULT_LOCATION = "US"


def tile(one: Tile, config: BigQueryConfig, tool: Tool) -> str:
    """Write the query of a tile, with a heading."""
    dialect = BigQuery(*config.place)
    ranges: dict[Tool, Range] = {
        "looker-studio": looker_studio,
        "metabase": metabase,
        "plain": trailing(dialect),
    }
    heading = _comment(f"{one.title} ({one.name}; as {one.chart}).", one.about)
    return f"{heading}{one.sql(dialect, ranges[tool])}\n"


def alert(one: Alert, config: BigQueryConfig) -> str:
    """Write the query of an alert, with a heading."""
    heading = _comment(
        f"{one.summary} ({one.key}).",
        f"Schedule it ({one.schedule}) without a destination table, and have failures told. It "
        f"fails when something is wrong, with a message that says what. What to do: {one.runbook}",
    )
    return f"{heading}{check(one, BigQuery(*config.place))}\n"


def terraform(config: BigQueryConfig, prefix: str, some: Sequence[Alert]) -> str:
    """Write alerts as scheduled queries for Terraform.

    Args:
        config: of the sink.
        prefix: of the resources' names.
        some: the alerts.
    """
    return "\n".join([_HEAD, *(_scheduled(one, config, prefix) for one in some)])


def files(config: BigQueryConfig, *, prefix: str, budget: int = BUDGET) -> Mapping[str, str]:
    """Give every file, by its path."""
    return {
        README: guide(config, budget=budget),
        **dict(_files(config, prefix, alerts(budget=budget))),
    }


def _files(config: BigQueryConfig, prefix: str, some: Sequence[Alert]) -> Iterator[tuple[str, str]]:
    for tool in TOOLS:
        for one in TILES:
            yield f"{tool}/{one.name}.sql", tile(one, config, tool)
    for watched in some:
        yield f"{ALERTS}/{watched.name}.sql", alert(watched, config)
    yield f"{ALERTS}/scheduled.tf", terraform(config, prefix, some)


_HEAD = """\
# Written by `ccsync bigquery alerts --terraform`: a scheduled query for each alert.
# BigQuery tells its owner by e-mail when one fails, and nobody if the owner is a service account:
# then name a topic in `notification_pubsub_topic`, or let Cloud Monitoring alert on the log of
# failed runs (resource type bigquery_dts_config).
"""


def _scheduled(one: Alert, config: BigQueryConfig, prefix: str) -> str:
    query = hcl.heredoc("SQL", check(one, BigQuery(*config.place)))
    lines = (
        f"project        = {hcl.text(config.billing_project or config.place.project)}",
        f"location       = {hcl.text(config.location or _DEFAULT_LOCATION)}",
        f"display_name   = {hcl.text(f'ccsync {one.key}: {one.summary}')}",
        'data_source_id = "scheduled_query"',
        f"schedule       = {hcl.text(one.schedule)}",
        "# notification_pubsub_topic = ",
        "email_preferences {",
        "  enable_failure_email = true",
        "}",
        "params = {",
        "  query = " + query.replace("\n", "\n  "),
        "}",
    )
    name = hcl.identifier(f"{prefix}_{one.name}")
    return hcl.resource("google_bigquery_data_transfer_config", name, lines)


def _comment(*texts: str) -> str:
    return "".join(f"-- {line}\n" for text in texts for line in wrap(text, 96))
