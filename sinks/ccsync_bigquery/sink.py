"""The sink: rows first, then the commit that makes them the day, then a look whether it is so."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.sink import (
    DELIVERED,
    Finding,
    Outcome,
    Shown,
    SinkContext,
    Totals,
    too_old,
)
from ccsync.snapshot import Snapshot
from ccsync.warehouse import rows
from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW
from ccsync.warehouse.overtaken import overtaken
from ccsync_bigquery import standing
from ccsync_bigquery.dead_letter import DeadLetters
from ccsync_bigquery.inserting import Inserter, InvalidRowsError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.loading import Loader
from ccsync_bigquery.service import ForbiddenError, Service
from ccsync_bigquery.settings import BigQueryConfig
from ccsync_bigquery.standing import Standing

_LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Pauses, in seconds, before each look whether what was acknowledged is there: streamed rows are
visible "within seconds" (BigQuery documentation, streaming data into BigQuery)."""

_EXPIRED = (
    "BigQuery deletes days of {place} that reach the partition expiration, as all up to {last} "
    "have, and what is written of them later. It is set by `partition_expiration_days`, or as a "
    "default of the dataset (60 days in projects without billing): let `sync.start` be later, or "
    "raise the expiration and sync these days with --from and --to"
)

_DELETE = (
    ", when BigQuery has stored it (90 minutes): DELETE FROM `{commits}` WHERE date = '{day}' AND "
    "source_id = '{source_id}' AND fetched_at > CURRENT_TIMESTAMP()"
)


class BigQuerySink:
    """Writes days to one dataset."""

    def __init__(self, config: BigQueryConfig, context: SinkContext, service: Service) -> None:
        """Take the settings and the door to BigQuery; connects to nothing."""
        self.config = config
        self.context = context
        self.service = service
        self.place = config.place
        self.jobs = Jobs(service, context)
        self._may_query = True
        self._last_expired: dt.date | None = None
        """The newest day that the tables do not keep, as of `open`."""
        self._dead_letters = DeadLetters(config.dead_letter_file)

    def open(self) -> str:
        """Look at both tables, and name them: their address and when they were created.

        Raises:
            SinkUnavailable: BigQuery cannot be reached now.
            SinkRefused: the login is no good, a table or a column is missing, the dataset is in
                another place than the settings say, or refused rows could not be kept.
        """
        if unfit := self._dead_letters.fault():
            raise unfit
        from ccsync_bigquery import wanted
        from ccsync_bigquery.schema import live_table

        found = [live_table(self.service, table) for table in TABLES]
        if wrong := wanted.misplaced(self.config, found[0].location):
            raise wrong
        self._last_expired = wanted.last_expired(found, self.context.now())
        born = [live.created for live in found]
        return " ".join([str(self.place), *(f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" for moment in born)])

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        """Write what is not there yet of the snapshot, and commit it.

        Raises:
            SinkUnavailable: the outcome is unknown.
            SinkRefused: nothing will be taken until someone changes something.
            RecordsRefused: BigQuery will never take some of the rows; nothing was committed.
        """
        del memory, remember  # BigQuery itself is asked what it has
        if self._last_expired is not None and snapshot.day <= self._last_expired:
            return too_old(_EXPIRED.format(place=self.place, last=self._last_expired))
        before = self._standing(snapshot)
        if before is not None and before.is_newer_than(snapshot):
            return self._newer(before, snapshot)
        if before is not None and before.shows(snapshot):
            return DELIVERED
        encoder = rows.RowEncoder(
            snapshot, run_id=self.context.run_id, written_at=self.context.now()
        )
        if before is None or not before.has_rows_of(snapshot):
            lines = ((record, encoder.line(record)) for record in snapshot.records())
            self._write(USAGE_RAW.name, lines, snapshot)
        self._write(SYNC_DAYS.name, [(None, self._commit_of(snapshot))], snapshot)
        return self._seen(snapshot)

    def preview(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the rows that a first delivery would write, then the commit, one per line."""
        encoder = rows.RowEncoder(
            snapshot, run_id=self.context.run_id, written_at=self.context.now()
        )
        lines = (encoder.line(record) for record in snapshot.records())
        for line in chain(lines, [self._commit_of(snapshot)]):
            yield line.decode()

    def check(self) -> Sequence[Finding]:
        """Say what the settings mean, and what BigQuery lets us do. Writes nothing."""
        from ccsync_bigquery import check

        return list(check.findings(self.config, self.service, self.jobs))

    def totals(self, source_id: str, day: dt.date) -> Totals:
        """Add up what the views show."""
        from ccsync_bigquery import readback

        return readback.totals(self.jobs, self.place, source_id, day)

    def read(self, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
        """Give whole days back, as the views show them."""
        from ccsync_bigquery import reading

        return reading.read(self.jobs, self.place, first, last)

    def close(self) -> None:
        """Let go of the connections."""
        self.service.close()

    def _standing(self, snapshot: Snapshot) -> Standing | None:
        """Ask how the day stands; None when we may not ask, which is said once."""
        if not self._may_query:
            return None
        try:
            return standing.ask(self.jobs, self.place, snapshot)
        except ForbiddenError as error:
            self._may_query = False
            self.context.log("bigquery.cannot_query", reason=str(error))
            return None

    def _write(
        self, table: str, lines: Iterable[tuple[Record | None, bytes]], snapshot: Snapshot
    ) -> None:
        config = self.config
        try:
            if config.mode == "load":
                Loader(self.jobs).load(table, lines, name=_name(snapshot))
            else:
                Inserter(
                    self.service,
                    self.context,
                    batch_rows=config.batch_rows,
                    batch_bytes=config.batch_bytes,
                    in_flight=config.in_flight,
                ).insert(table, lines)
        except InvalidRowsError as error:
            if table == SYNC_DAYS.name:
                # No record is to blame: the day has to be tried again when the table is mended.
                raise SinkRefused(
                    f"{self.place}: {error}. The table {table} does not fit what ccsync writes: "
                    "`ccsync bigquery init --upgrade` compares them"
                ) from error
            raise self._refused(snapshot, error) from error

    def _refused(self, snapshot: Snapshot, error: InvalidRowsError) -> RecordsRefused:
        kept = self._dead_letters.keep(snapshot, error.rows)
        records = [row.record for row in error.rows if row.record is not None]
        return RecordsRefused(f"{self.place}: {error}. {kept}", records=records)

    def _commit_of(self, snapshot: Snapshot) -> bytes:
        return rows.commit(
            snapshot,
            committed_at=self.context.now(),
            run_id=self.context.run_id,
            mode=self.config.mode,
            ccsync_version=self.context.user_agent.partition(" ")[0].partition("/")[2],
        )

    def _seen(self, snapshot: Snapshot) -> Outcome:
        """Look whether the views show what was acknowledged."""
        after: Standing | None = None
        for pause in _LOOKS:
            if pause:
                self.context.pause(pause)
            after = self._standing(snapshot)
            if after is None or after.shows(snapshot):
                return DELIVERED
            if after.is_newer_than(snapshot):
                return self._newer(after, snapshot)
        assert after is not None  # noqa: S101 - `_LOOKS` is not empty
        raise SinkUnavailable(
            f"{self.place}: BigQuery acknowledged {snapshot.record_count:,} rows of "
            f"{snapshot.day} and their commit, but a query finds {after.rows_there:,} of them"
            f"{'' if after.snapshot_id == snapshot.snapshot_id else ' and not the commit'}. "
            "Rows are lost like this when a table was made anew a short while ago; the views show "
            "no part of it"
        )

    def _newer(self, found: Standing, snapshot: Snapshot) -> Outcome:
        """Leave a newer revision alone.

        Raises:
            RecordsRefused: it lies in the future.
        """
        assert found.fetched_at is not None  # noqa: S101 - it is newer
        commits = self.place.table(SYNC_DAYS.name)
        advice = _DELETE.format(commits=commits, day=snapshot.day, source_id=snapshot.source_id)
        now = self.context.now()
        return overtaken(snapshot, found.fetched_at, now, place=self.place, advice=advice)


def _name(snapshot: Snapshot) -> str:
    """Name one delivery: the same revision of the same day, each time it is tried."""
    parts = [snapshot.source_id, snapshot.day, snapshot.snapshot_id, snapshot.fetched_at]
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:20]
