"""Dataset and tables as the settings want them, and how those that are there differ. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from google.cloud import bigquery

from ccsync.warehouse.columns import Table
from ccsync.warehouse.tables import LABELS
from ccsync_bigquery import schema
from ccsync_bigquery.errors import MismatchError
from ccsync_bigquery.names import DATASET_DESCRIPTION, DAY_MS
from ccsync_bigquery.settings import BigQueryConfig

_FOR_EVER = 365_000
"""Days; no calendar goes back much further."""


class Difference(NamedTuple):
    """Something about a live table that an upgrade puts right."""

    attribute: str
    """Of the client library's table."""

    value: Any
    words: str
    """What is put right, for people."""


def labels(config: BigQueryConfig) -> dict[str, str]:
    """Give the labels of dataset and tables."""
    return {**config.labels, **LABELS}


def dataset(config: BigQueryConfig) -> bigquery.Dataset:
    """Give the dataset to be made."""
    made = bigquery.Dataset(str(config.place))
    if config.location is not None:
        made.location = config.location
    made.description = DATASET_DESCRIPTION
    made.labels = labels(config)
    return made


def misplaced(config: BigQueryConfig, where: str | None) -> MismatchError | None:
    """Tell whether the dataset is in another place than the setting `location` says.

    Args:
        config: of the sink.
        where: the location of the dataset, or of a table in it; None or "" when it is unknown.

    Returns:
        The error to raise; None when nothing is wrong, or when that cannot be known.
    """
    asked = config.location
    if not asked or not where or asked.upper() == where.upper():
        return None
    return MismatchError(
        f"the dataset {config.place} is in {where}, and the settings say `location: {asked}`: data "
        "would go to another place than they say",
        f"Write `location: {where}`, or name another dataset: one that is there cannot be moved",
    )


def table(config: BigQueryConfig, one: Table) -> bigquery.Table:
    """Give a table to be made."""
    made = bigquery.Table(config.place.table(one.name), schema=schema.fields(one))
    made.description = one.description
    made.labels = labels(config)
    made.time_partitioning = _partitioning(config, one)
    made.clustering_fields = list(one.cluster)
    made.require_partition_filter = config.require_partition_filter
    return made


def differences(config: BigQueryConfig, one: Table, live: bigquery.Table) -> Iterator[Difference]:
    """Tell what an upgrade puts right; labels and columns of others stay."""
    before = schema.schema_of(live)
    after = schema.with_missing(one, before)
    if missing := schema.missing_columns(one, before):
        yield Difference("schema", after, f"columns {', '.join(missing)} added")
    elif not schema.is_same(before, after):
        yield Difference("schema", after, "descriptions of columns put right")
    if live.description != one.description:
        yield Difference("description", one.description, "description put right")
    wanted = {**live.labels, **labels(config)}
    if wanted != live.labels:
        yield Difference("labels", wanted, "labels put right")
    if list(live.clustering_fields or ()) != list(one.cluster):
        words = f"clustered by {', '.join(one.cluster)} from now on"
        yield Difference("clustering_fields", list(one.cluster), words)
    days = config.partition_expiration_days
    if days is not None and days != expiration_days(live):
        words = f"days are deleted after {days} days"
        yield Difference("time_partitioning", _partitioning(config, one), words)
    if bool(live.require_partition_filter) != config.require_partition_filter:
        words = "queries " + ("must" if config.require_partition_filter else "need not")
        yield Difference(
            "require_partition_filter", config.require_partition_filter, f"{words} name days"
        )


def fates(config: BigQueryConfig, live: bigquery.Table) -> Iterator[str]:
    """Tell what will be deleted although the settings do not say so."""
    if live.expires is not None:
        yield (
            f"WARNING: BigQuery deletes the whole table at {live.expires:%Y-%m-%d %H:%MZ} (a "
            "default of the dataset, or a project without billing)"
        )
    days = expiration_days(live)
    if days is not None and config.partition_expiration_days is None:
        yield f"WARNING: BigQuery deletes days after {days:g} days, which no setting asks for"


def expiration_days(live: bigquery.Table) -> float | None:
    """Give the days after which a day is deleted; None when it is kept."""
    partitioning: Any = live.time_partitioning
    milliseconds = None if partitioning is None else partitioning.expiration_ms
    return None if milliseconds is None else int(milliseconds) / DAY_MS


def last_expired(live: Iterable[bigquery.Table], now: dt.datetime) -> dt.date | None:
    """Give the newest day that some of the tables no longer keep; None when every day is kept.

    A day expires so many milliseconds after its end ("the following day" in BigQuery's
    documentation, Managing partitioned tables). What is written of it later is gone as well.
    """
    expired: list[dt.date] = []
    for table in live:
        partitioning: Any = table.time_partitioning
        if partitioning is None or partitioning.type_ != "DAY" or not partitioning.field:
            continue
        kept = expiration_days(table)
        if kept is not None and kept < _FOR_EVER:
            expired.append((now - dt.timedelta(days=1 + kept)).date())
    return max(expired, default=None)


def _partitioning(config: BigQueryConfig, one: Table) -> bigquery.TimePartitioning:
    days = config.partition_expiration_days
    return bigquery.TimePartitioning(
        type_=bigquery.TimePartitioningType.DAY,
        field=one.partition,
        expiration_ms=None if days is None else days * DAY_MS,
    )
