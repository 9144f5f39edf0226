"""`ccsync bigquery terraform`: dataset, tables and views as resources of the Google provider.

From the same source as what `ccsync bigquery init` makes, so either may come first: whoever comes
second finds everything as it should be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from textwrap import indent

from ccsync.warehouse.columns import TABLES, Table
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tables import LABELS
from ccsync.warehouse.views import VIEWS, View
from ccsync_bigquery import hcl, spelling
from ccsync_bigquery.names import DATASET_DESCRIPTION, DAY_MS
from ccsync_bigquery.settings import BigQueryConfig

_DEFAULT_LOCATION = "US"
"""BigQuery's, where nobody says one; Terraform states it."""


def resources(config: BigQueryConfig, *, prefix: str) -> str:
    """Write the resources of one sink.

    Args:
        config: the sink's settings.
        prefix: of the resources' names in Terraform, as those of two sinks must not be the same.
    """
    writer = _Writer(config, hcl.identifier(prefix))
    return "\n".join([_HEAD, *writer.blocks()])


_HEAD = """\
# Written by `ccsync bigquery terraform`; write it anew after an upgrade of ccsync.
# `ccsync bigquery init` then finds all of it there, describes the columns of the views, and waits
# until the tables take rows.
"""


class _Writer:
    """Knows where the resources are, and what they are called."""

    def __init__(self, config: BigQueryConfig, prefix: str) -> None:
        self._config = config
        self._prefix = prefix
        self._dialect = BigQuery(*config.place)
        self._labels = {**config.labels, **LABELS}

    def blocks(self) -> Iterator[str]:
        yield hcl.resource("google_bigquery_dataset", self._prefix, self._dataset())
        for table in TABLES:
            yield hcl.resource("google_bigquery_table", self._name(table.name), self._table(table))
        known = [table.name for table in TABLES]
        for view in VIEWS:
            yield hcl.resource(
                "google_bigquery_table", self._name(view.name), self._view(view, known)
            )
            known.append(view.name)

    def _name(self, table: str) -> str:
        return f"{self._prefix}_{table}"

    def _dataset(self) -> Iterator[str]:
        yield f"project     = {hcl.text(self._config.place.project)}"
        yield f"dataset_id  = {hcl.text(self._config.place.dataset)}"
        yield f"location    = {hcl.text(self._config.location or _DEFAULT_LOCATION)}"
        yield f"description = {hcl.text(DATASET_DESCRIPTION)}"
        yield f"labels      = {hcl.mapping(self._labels)}"

    def _placed(self, name: str, description: str, labels: Mapping[str, str]) -> Iterator[str]:
        dataset = f"google_bigquery_dataset.{self._prefix}"
        yield f"project     = {dataset}.project"
        yield f"dataset_id  = {dataset}.dataset_id"
        yield f"table_id    = {hcl.text(name)}"
        yield f"description = {hcl.text(description)}"
        yield f"labels      = {hcl.mapping(labels)}"

    def _table(self, table: Table) -> Iterator[str]:
        yield from self._placed(table.name, table.description, self._labels)
        yield "deletion_protection = true"
        if self._config.require_partition_filter:
            yield "require_partition_filter = true"
        yield "time_partitioning {"
        yield '  type  = "DAY"'
        yield f"  field = {hcl.text(table.partition)}"
        if self._config.partition_expiration_days is not None:
            yield f"  expiration_ms = {self._config.partition_expiration_days * DAY_MS}"
        yield "}"
        yield f"clustering = [{', '.join(map(hcl.text, table.cluster))}]"
        schema = json.dumps([spelling.field(column) for column in table.columns], indent=2)
        yield f"schema = {hcl.heredoc('JSON', schema)}"

    def _view(self, view: View, known: Iterable[str]) -> Iterator[str]:
        sql = view.sql(self._dialect)
        yield from self._placed(view.name, view.description, LABELS)
        yield "deletion_protection = false"
        yield "view {"
        yield "  use_legacy_sql = false"
        yield indent(f"query = {hcl.heredoc('SQL', sql)}", "  ")
        yield "}"
        read = [name for name in known if self._dialect.table(name) in sql]
        names = (f"google_bigquery_table.{self._name(name)}" for name in read)
        yield f"depends_on = [{', '.join(names)}]"
