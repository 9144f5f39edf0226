"""Jobs: queries, statements that change rows, and loads, waited for with the core's patience.

BigQuery runs each as a job that goes on whether or not anybody asks how it is. A job that changes
something has an id that we choose before: when the answer to its insertion is lost, inserting it
again finds it there ("already exists"), and it is waited for, not done twice. A job that failed for
a reason that passes is inserted again under the next number.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Mapping
from typing import Any, cast

from google.cloud import bigquery

from ccsync.errors import SinkError, SinkUnavailable
from ccsync.sink import SinkContext
from ccsync_bigquery import answers, queries
from ccsync_bigquery.errors import ExistsError, ForbiddenError, MissingJobError
from ccsync_bigquery.load_errors import LoadRefusedError, faults_in
from ccsync_bigquery.permissions import JOBS_CREATE, TABLES_GET
from ccsync_bigquery.service import Service


class Jobs:
    """Runs jobs where the dataset is, billed to the project that the settings name.

    Called from the delivering thread only.
    """

    def __init__(self, service: Service, context: SinkContext) -> None:
        """Take the door to BigQuery; connects to nothing."""
        self.service = service
        self.context = context
        self._located = service.location is not None
        self._columns: dict[str, list[bigquery.SchemaField]] = {}
        self._statements = itertools.count()

    def query(
        self,
        doing: str,
        sql: str,
        parameters: Mapping[str, object],
        *,
        table: str | None = None,
        permission: str | None = None,
    ) -> list[dict[str, Any]]:
        """Ask something; one request, if it is answered within seconds.

        Args:
            doing: what is tried, to stand after "could not" in messages.
            sql: with parameters as `@name`; changes nothing.
            parameters: bool, int, str, datetime (with a time zone), date.
            table: name of the table that it is about, for messages.
            permission: what may be lacking, for when BigQuery does not say.

        Returns:
            The rows by names of columns, with int, Decimal, date, datetime and so on.

        Raises:
            SinkUnavailable: no answer, and patience is used up.
            SinkRefused: as `Service.call`; ForbiddenError without permission.
        """
        self._locate()
        asked = (self.service, self.context, doing, sql, parameters)
        return self.context.retry(lambda: queries.ask(*asked, table=table, permission=permission))

    def execute(
        self,
        doing: str,
        sql: str,
        parameters: Mapping[str, object],
        *,
        table: str | None = None,
    ) -> int:
        """Run a statement that changes rows, once, and say how many it changed.

        Raises:
            SinkUnavailable: the outcome is unknown, or patience is used up.
            StreamingBufferError: it would change rows that were streamed a short while ago.
            SinkRefused: as `Service.call`.
        """
        self._locate()
        config = bigquery.QueryJobConfig(query_parameters=queries.named(parameters))

        def start(job_id: str) -> None:
            self.service.client.query(
                sql,
                job_config=config,
                job_id=job_id,
                project=self.service.billing,
                location=self.service.location,
                job_retry=None,
                **self.service.once,
            )

        this = [self.context.run_id, str(self.context.now()), str(next(self._statements)), sql]
        digest = hashlib.sha256("\n".join(this).encode()).hexdigest()
        job = self._run(doing, start, f"ccsync_{digest[:32]}", table)
        return int(job.num_dml_affected_rows or 0)

    def load(self, doing: str, table: str, lines: bytes, job_id: str) -> None:
        """Append rows to a table, all of them or none.

        Args:
            doing: what is tried, to stand after "could not" in messages.
            table: its name within the dataset.
            lines: JSON objects, one per line.
            job_id: names these very rows: equal ids load once. The number of the try is added.

        Raises:
            LoadRefusedError: BigQuery does not take some of the rows.
            SinkUnavailable: the outcome is unknown, or patience is used up.
            SinkRefused: as `Service.call`.
        """
        self._locate()
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            schema=self._columns_of(table),
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            autodetect=False,
            ignore_unknown_values=False,
            max_bad_records=0,
        )

        def start(reference: str) -> None:
            # Without a size the client uploads resumably (in one piece, as this is small): that is
            # what emulators take, too; its multipart uploads they do not.
            self.service.client.load_table_from_file(
                io.BytesIO(lines),
                self.service.reference(table),
                num_retries=0,
                job_id=reference,
                project=self.service.billing,
                location=self.service.location,
                job_config=config,
                timeout=self.service.timeout,
            )

        self._run(doing, start, job_id, table)

    def _run(self, doing: str, start: Callable[[str], None], job_id: str, table: str | None) -> Any:
        """Start a job unless it is there, and wait until it has done its work."""
        number = 0

        def attempt() -> Any:
            nonlocal number
            while True:
                reference = f"{job_id}_{number}"
                is_ours = self._insert(doing, start, reference, table)
                job = self._finished(doing, reference, table)
                if job.error_result is None:
                    return job
                number += 1
                # A failure that was there before may be over: somebody granted a permission.
                if is_ours:
                    raise self._failure(doing, job, table)

        return self.context.retry(attempt)

    def _insert(
        self, doing: str, start: Callable[[str], None], job_id: str, table: str | None
    ) -> bool:
        """Start a job; False when it is there already."""
        try:
            self.service.call(doing, lambda: start(job_id), table=table, permission=JOBS_CREATE)
        except ExistsError:
            self.context.log("bigquery.job_is_there", job=job_id)
            return False
        return True

    def _finished(self, doing: str, job_id: str, table: str | None) -> Any:
        """Wait until a job is over, well or badly."""

        def ask() -> Any:
            try:
                return self.service.call(
                    doing,
                    lambda: self.service.client.get_job(
                        job_id,
                        project=self.service.billing,
                        location=self.service.location,
                        **self.service.once,
                    ),
                    table=table,
                    permission=JOBS_CREATE,
                )
            except MissingJobError as error:
                raise SinkUnavailable(f"it does not know its own job: {error}") from error

        waiting = queries.pauses(self.service, self.context, doing, job_id)
        while (job := self.context.retry(ask)).state != "DONE":
            self.context.pause(next(waiting))
        return job

    def _failure(self, doing: str, job: Any, table: str | None) -> SinkError:
        error = cast("Mapping[str, Any]", job.error_result)
        faults = faults_in(error, job.errors or []) if job.job_type == "load" else None
        if faults is not None:
            return LoadRefusedError(f"could not {doing}: BigQuery refuses rows", faults)
        return self.service.error(answers.of_job(error), doing, table=table)

    def _locate(self) -> None:
        """Find out once where jobs are to run. Without permission BigQuery goes by the tables."""
        if self._located:
            return
        try:
            self.context.retry(self.service.locate)
        except ForbiddenError as error:
            self.context.log("bigquery.cannot_locate", reason=str(error))
        self._located = True

    def _columns_of(self, table: str) -> list[bigquery.SchemaField]:
        """Give the columns as they are at BigQuery: a load that states others is refused.

        After an upgrade they are not quite ours: columns that are added may be null.
        """

        def ask() -> list[bigquery.SchemaField]:
            live = self.service.call(
                "read its columns",
                lambda: self.service.client.get_table(
                    self.service.reference(table), **self.service.once
                ),
                table=table,
                permission=TABLES_GET,
            )
            return list(cast("Any", live).schema)

        if table not in self._columns:
            self._columns[table] = self.context.retry(ask)
        return self._columns[table]
