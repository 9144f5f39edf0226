"""`ccsync bigquery init`: makes the dataset and the tables, or puts right what may be put right.

Everything is looked at first, and made only where it is missing: running it twice changes nothing.
An upgrade adds columns, and puts descriptions, labels and options right. Nothing is ever deleted,
and a table that does not fit is left as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from google.cloud import bigquery

from ccsync.warehouse.columns import TABLES, Table
from ccsync.warehouse.dialect import BigQuery, Options
from ccsync.warehouse.tables import LABELS, create_table
from ccsync_bigquery import permissions, schema, wanted
from ccsync_bigquery.errors import ExistsError, MissingTableError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import DATASET_DESCRIPTION
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig

T = TypeVar("T")
Did: TypeAlias = Literal["made", "changed", "already there"]

_YOUNG = dt.timedelta(hours=1)
"""For so long after a table was made streaming may not know it; minutes as a rule, says
googleapis/google-cloud-go issue 975."""


class Step(msgspec.Struct, frozen=True):
    """What became of one thing that has to be there."""

    name: str
    did: Did
    notes: tuple[str, ...] = ()
    is_young: bool = False
    """Whether it is a table that streaming may not know yet, or not with all of its columns."""

    def __str__(self) -> str:
        """Write a line for people."""
        return f"{self.name}: {'; '.join((self.did, *self.notes))}"


class Initializer:
    """Makes what the settings of one sink ask for."""

    def __init__(
        self, config: BigQueryConfig, service: Service, jobs: Jobs, *, upgrade: bool = False
    ) -> None:
        """Take the settings; with `upgrade` tables that are there are changed, too."""
        self._config = config
        self._service = service
        self._context = jobs.context
        self._upgrade = upgrade

    def steps(self) -> Iterator[Step]:
        """Make the dataset, then the tables, telling of each when it is done.

        Raises:
            SinkUnavailable: BigQuery cannot be reached, and patience is used up.
            SinkRefused: a permission is missing, the dataset is elsewhere, or a table does not fit.
        """
        yield self._context.retry(self._dataset)
        for table in TABLES:
            yield self._context.retry(partial(self._table, table))

    def _dataset(self) -> Step:
        live = self._live_dataset()
        did: Did = "already there" if live is not None else "made"
        if live is None:
            live = self._make_dataset()
        self._service.location = live.location
        if wrong := wanted.misplaced(self._config, live.location):
            raise wrong
        return Step(f"dataset {self._service.place}", did, (f"in {live.location}",))

    def _live_dataset(self) -> Any:
        name = str(self._service.place)
        try:
            return self._call(
                "look for the dataset",
                lambda client: client.get_dataset(name, **self._once),
                permissions.DATASETS_GET,
            )
        except MissingTableError as error:
            if error.answer.kind != "missing_dataset":
                raise
            return None

    def _make_dataset(self) -> Any:
        made = wanted.dataset(self._config)
        try:
            return self._call(
                "make the dataset",
                lambda client: client.create_dataset(made, **self._once),
                permissions.DATASETS_CREATE,
            )
        except ExistsError:  # somebody was faster, or the answer to an earlier try was lost
            return self._live_dataset()

    def _table(self, table: Table) -> Step:
        try:
            live = schema.read_table(self._service, table.name)
        except MissingTableError as error:
            if error.answer.kind != "missing_table":
                raise
        else:
            return self._compared(table, live)
        made = wanted.table(self._config, table)
        try:
            live = self._call(
                "make the table",
                lambda client: client.create_table(made, **self._once),
                permissions.TABLES_CREATE,
                table,
            )
        except ExistsError:  # as above
            return self._compared(table, schema.read_table(self._service, table.name))
        return self._step(table, "made", live, is_young=True)

    def _compared(self, table: Table, live: bigquery.Table) -> Step:
        full = self._service.place.table(table.name)
        if wrong := schema.misfits(table, live):
            is_table = live.table_type == "TABLE"
            missing = schema.missing_columns(table, schema.schema_of(live)) if is_table else []
            raise schema.does_not_fit(full, wrong, missing)
        found = list(wanted.differences(self._config, table, live))
        if not found:
            return self._step(table, "already there", live)
        if not self._upgrade:
            if missing := schema.missing_columns(table, schema.schema_of(live)):
                raise schema.lacks(full, missing)
            would = f"--upgrade would change: {', '.join(one.words for one in found)}"
            return self._step(table, "already there", live, would)
        for one in found:
            setattr(live, one.attribute, one.value)
        attributes = [one.attribute for one in found]
        # With the etag that was read: what somebody changed meanwhile is not undone, but looked at.
        live = self._call(
            "upgrade the table",
            lambda client: client.update_table(live, attributes, **self._once),
            permissions.TABLES_UPDATE,
            table,
        )
        words = (one.words for one in found)
        return self._step(table, "changed", live, *words, is_young="schema" in attributes)

    def _step(
        self, table: Table, did: Did, live: bigquery.Table, *notes: str, is_young: bool = False
    ) -> Step:
        born = live.created
        return Step(
            f"table {table.name}",
            did,
            (*notes, *wanted.fates(self._config, live)),
            is_young or (born is not None and self._context.now() - born < _YOUNG),
        )

    @property
    def _once(self) -> dict[str, Any]:
        return {"retry": None, "timeout": self._service.timeout}

    def _call(
        self,
        doing: str,
        function: Callable[[Any], Any],
        permission: str,
        table: Table | None = None,
    ) -> Any:
        return self._service.call(
            doing,
            lambda: function(self._service.client),
            table=None if table is None else table.name,
            permission=permission,
        )


def ddl(config: BigQueryConfig) -> str:
    """Write dataset and tables as SQL, for people who may not make them, or want to see it."""
    dialect = BigQuery(*config.place)
    options = Options(
        labels=config.labels,
        partition_expiration_days=config.partition_expiration_days,
        require_partition_filter=config.require_partition_filter,
    )
    return "\n".join(
        [_create_dataset(config, dialect), *(create_table(one, dialect, options) for one in TABLES)]
    )


def _create_dataset(config: BigQueryConfig, dialect: BigQuery) -> str:
    labels = {**config.labels, **LABELS}
    pairs = ", ".join(f"({dialect.text(k)}, {dialect.text(v)})" for k, v in sorted(labels.items()))
    options = [f"description={dialect.text(DATASET_DESCRIPTION)}", f"labels=[{pairs}]"]
    if config.location is not None:
        options.insert(0, f"location={dialect.text(config.location)}")
    inner = ",\n  ".join(options)
    return f"CREATE SCHEMA IF NOT EXISTS `{config.place}`\nOPTIONS (\n  {inner}\n);\n"
