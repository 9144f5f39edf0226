"""The tables: one source for DDL, for a client library's schema, for Terraform and for the docs.

Field names are those of `ccsync.records.Record`. `usage_raw` only ever grows: every fetched
snapshot of a day puts its rows beside the older ones. A row of `sync_days` is the commit that makes
one snapshot the truth of its day; rows without a commit are seen by no view.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Type: TypeAlias = Literal["DATE", "STRING", "INT64", "BOOL", "TIMESTAMP", "BIGNUMERIC", "RECORD"]
"""BigQuery's names; `ccsync.warehouse.dialect` knows the others'."""

SCHEMA_VERSION = 1
"""Rises when columns are added or mean something else; written to each row."""

PROBE_SOURCE_ID = ""
"""The source id of rows that only try out whether a table takes them. No view shows them."""

ESTIMATED = (
    "An estimate, not a bill: what the tokens would cost at list prices. It overlaps Anthropic's "
    "Cost API: do not add both."
)


class Column(msgspec.Struct, frozen=True):
    """One column, or one field of a `RECORD`."""

    name: str
    type: Type
    description: str
    """What it means, its unit, and what null means; at most 1,024 characters (BigQuery's limit)."""

    required: bool = False
    """Never null. A repeated column is neither: without elements it is an empty list."""

    repeated: bool = False
    fields: tuple[Column, ...] = ()
    """Of a `RECORD`, in order."""


class Table(msgspec.Struct, frozen=True):
    """One table."""

    name: str
    description: str
    columns: tuple[Column, ...]
    """In order."""

    partition: str
    """The `DATE` column, one partition per day."""

    cluster: tuple[str, ...]


_TOOL_ACTIONS = Column(
    "tool_actions",
    "RECORD",
    "What people decided about proposals of the editing tools, one element per tool; empty when "
    "there were none.",
    repeated=True,
    fields=(
        Column("tool", "STRING", "The tool as the API names it, such as `edit_tool`."),
        Column("accepted", "INT64", "Proposals that were accepted."),
        Column("rejected", "INT64", "Proposals that were rejected."),
    ),
)

_MODEL_USAGE = Column(
    "model_usage",
    "RECORD",
    "Tokens and estimated cost, one element per model and currency; empty when there was none.",
    repeated=True,
    fields=(
        Column("model", "STRING", "The model as the API names it."),
        Column(
            "input_tokens",
            "INT64",
            "Tokens read that were neither read from nor written to the prompt cache.",
        ),
        Column("output_tokens", "INT64", "Tokens that the model wrote."),
        Column("cache_read_tokens", "INT64", "Tokens read from the prompt cache."),
        Column(
            "cache_creation_tokens",
            "INT64",
            "Tokens written to the prompt cache, whatever their time to live.",
        ),
        Column(
            "cache_creation_5m_tokens",
            "INT64",
            "The part of `cache_creation_tokens` kept five minutes; null: the API does not say.",
        ),
        Column(
            "cache_creation_1h_tokens",
            "INT64",
            "The part of `cache_creation_tokens` kept one hour; null: the API does not say.",
        ),
        Column(
            "estimated_cost",
            "BIGNUMERIC",
            "In whole units of `currency` (dollars, not cents): `estimated_cost_minor` / 100. "
            f"{ESTIMATED} Never add across currencies.",
        ),
        Column(
            "estimated_cost_minor",
            "BIGNUMERIC",
            "The same in minor units (cents), exactly as the API sent it; may be fractional.",
        ),
        Column("currency", "STRING", "The currency of both costs, such as `USD`."),
    ),
)

_RECORD = (
    Column("date", "DATE", "The UTC day on which the usage happened.", required=True),
    Column(
        "organization_id",
        "STRING",
        "The organization of the usage, as the row itself says. Differs from `source_id` for usage "
        "of another organization that the same credential may see.",
        required=True,
    ),
    Column(
        "actor_type",
        "STRING",
        "`user_actor` (a person who signed in), `api_actor` (an API key), or a newer kind.",
        required=True,
    ),
    Column(
        "actor_id",
        "STRING",
        "PERSONAL DATA. The e-mail address of a person or the name of an API key; a keyed hash or "
        "an empty string where the privacy settings say so; an empty string when the API gives "
        "none. API keys with the same name are one actor.",
        required=True,
    ),
    Column(
        "customer_type",
        "STRING",
        "`api` (billed by use) or `subscription`; null: the API does not say.",
    ),
    Column(
        "subscription_type",
        "STRING",
        "The plan, such as `team` or `enterprise`; null: no subscription, or the API does not say.",
    ),
    Column(
        "terminal_type",
        "STRING",
        "Where Claude Code ran, such as `vscode` or `iTerm.app`; null: the API does not say.",
    ),
    Column(
        "is_remote",
        "BOOL",
        "Whether Claude Code ran on a remote machine; null: the API does not say.",
    ),
    Column("sessions", "INT64", "Claude Code sessions.", required=True),
    Column("lines_added", "INT64", "Lines of code added by Claude Code.", required=True),
    Column("lines_removed", "INT64", "Lines of code removed by Claude Code.", required=True),
    Column("commits", "INT64", "Git commits made by Claude Code.", required=True),
    Column("pull_requests", "INT64", "Pull requests opened by Claude Code.", required=True),
    _TOOL_ACTIONS,
    _MODEL_USAGE,
    Column(
        "extra",
        "STRING",
        "JSON text of fields of the API that ccsync does not know yet, at their paths; null: none.",
    ),
)

_SOURCE_ID = Column(
    "source_id",
    "STRING",
    "The organization whose credential fetched the day. Days are fetched and replaced per source. "
    "An empty string marks a row written to try out the table: not usage.",
    required=True,
)

_SNAPSHOT_ID = Column(
    "snapshot_id",
    "STRING",
    "Names the complete answer of the API for one day and source: a hash of its content.",
    required=True,
)

_RUN_ID = Column("run_id", "STRING", "The run of ccsync that wrote the row.", required=True)

_SCHEMA_VERSION = Column(
    "schema_version", "INT64", "The version of the tables as the row was written.", required=True
)

USAGE_RAW = Table(
    name="usage_raw",
    description=(
        "Claude Code usage as fetched: one row per actor, UTC day and combination of dimensions, "
        "for EVERY snapshot of the day, and a row may be there twice. Not for reading: ask the "
        "view usage_daily, which shows the current snapshot only. Written by ccsync."
    ),
    columns=(
        *_RECORD,
        _SOURCE_ID,
        _SNAPSHOT_ID,
        Column(
            "record_key",
            "STRING",
            "Names the record within its snapshot: a hash of its eight dimensions, `date` to "
            "`is_remote`. Rows with equal keys in a snapshot are the same row, written twice.",
            required=True,
        ),
        _RUN_ID,
        Column("written_at", "TIMESTAMP", "When the row was written.", required=True),
        _SCHEMA_VERSION,
    ),
    partition="date",
    cluster=("organization_id", "actor_id"),
)

SYNC_DAYS = Table(
    name="sync_days",
    description=(
        "The commits: a row says that a whole snapshot was written to usage_raw. The commit with "
        "the latest fetched_at, of those whose rows are all to be seen, is the truth of its source "
        "and day; rows without a commit are not shown. Ask the views current_days, sync_freshness "
        "and sync_audit. Written by ccsync."
    ),
    columns=(
        Column("date", "DATE", "The UTC day that the snapshot is of.", required=True),
        _SOURCE_ID,
        _SNAPSHOT_ID,
        Column(
            "record_count",
            "INT64",
            "Records of the snapshot; 0: nobody used Claude Code that day.",
            required=True,
        ),
        Column(
            "settled",
            "BOOL",
            "Whether the day was old enough when it was fetched that the API no longer changes it.",
            required=True,
        ),
        Column(
            "fetched_at",
            "TIMESTAMP",
            "The moment before the day was asked for. Orders the snapshots of a day.",
            required=True,
        ),
        Column(
            "committed_at",
            "TIMESTAMP",
            "When the commit was written, after all rows. Orders commits of equal `fetched_at`.",
            required=True,
        ),
        _RUN_ID,
        Column(
            "mode",
            "STRING",
            "How the rows were written: `stream` or `load`.",
            required=True,
        ),
        Column("ccsync_version", "STRING", "The version of ccsync that wrote it.", required=True),
        _SCHEMA_VERSION,
    ),
    partition="date",
    cluster=("source_id",),
)

TABLES = (USAGE_RAW, SYNC_DAYS)
"""In order of creation."""
