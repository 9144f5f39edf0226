"""A dataset with tables and views in the double, and what writes days to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from google.cloud import bigquery

from ccsync.snapshot import Snapshot
from ccsync.testing.bigquery import BigQueryDouble
from ccsync.testing.contract.context import ContractContext
from ccsync.warehouse import rows
from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW, Table
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS, create_view
from ccsync_bigquery import schema
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.loading import Loader
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import Service

PLACE = Place("my-project", "usage")


class Warehouse:
    """The tables of one dataset."""

    def __init__(self, double: BigQueryDouble) -> None:
        self.double = double
        self.context = ContractContext()
        self.service = Service(place=PLACE, context=self.context, make_client=double.client)
        self.jobs = Jobs(self.service, self.context)

    def make(self, *, views: bool) -> None:
        client: Any = self.service.client
        client.create_dataset(str(PLACE))
        for table in TABLES:
            client.create_table(self._resource(table))
        for view in VIEWS[:2] if views else ():
            client.query(create_view(view, BigQuery(PLACE.project, PLACE.dataset))).result()

    def write(self, snapshot: Snapshot, *, name: str = "delivery", minutes: int = 0) -> None:
        """Load the rows of a snapshot, without a commit."""
        at = snapshot.fetched_at + dt.timedelta(minutes=minutes, seconds=10)
        encoder = rows.RowEncoder(snapshot, run_id="a-run", written_at=at)
        lines = ((record, encoder.line(record)) for record in snapshot.records())
        Loader(self.jobs, part_bytes=3000).load(USAGE_RAW.name, lines, name=name)

    def stream(self, snapshot: Snapshot) -> None:
        """Stream the rows of a snapshot, without a commit."""
        encoder = rows.RowEncoder(snapshot, run_id="a-run", written_at=snapshot.fetched_at)
        lines = b",".join(b'{"json":%s}' % encoder.line(one) for one in snapshot.records())
        assert self.service.insert_all(USAGE_RAW.name, b'{"rows":[%s]}' % lines) == []

    def commit(self, snapshot: Snapshot, *, minutes: int = 0) -> None:
        line = rows.commit(
            snapshot,
            committed_at=snapshot.fetched_at + dt.timedelta(minutes=minutes, seconds=20),
            run_id="a-run",
            mode="load",
            ccsync_version="0",
        )
        Loader(self.jobs).load(SYNC_DAYS.name, [(None, line)], name="commit")

    def deliver(self, snapshot: Snapshot) -> None:
        self.write(snapshot)
        self.commit(snapshot)

    def count(self, snapshot: Snapshot) -> int:
        """Count the rows of a snapshot that are there."""
        found = self.double.rows(f"{PLACE.dataset}.{USAGE_RAW.name}")
        return sum(
            row["snapshot_id"] == snapshot.snapshot_id and row["source_id"] == snapshot.source_id
            for row in found
        )

    def _resource(self, table: Table) -> bigquery.Table:
        resource = bigquery.Table(PLACE.table(table.name), schema=schema.fields(table))
        resource.time_partitioning = bigquery.TimePartitioning(field=table.partition)
        cast("Any", resource).clustering_fields = list(table.cluster)
        return resource


@contextmanager
def a_warehouse(*, views: bool = True) -> Generator[Warehouse]:
    with BigQueryDouble(project=PLACE.project) as double:
        warehouse = Warehouse(double)
        try:
            warehouse.make(views=views)
            yield warehouse
        finally:
            warehouse.service.close()
