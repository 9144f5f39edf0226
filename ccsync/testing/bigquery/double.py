"""The double itself: puts its parts together, starts and stops, and shows what is in it."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.desk import Desk
from ccsync.testing.bigquery.exchange import Call, Log, Reply, Request, answering
from ccsync.testing.bigquery.extra import needs_extras
from ccsync.testing.bigquery.faults import Faults
from ccsync.testing.bigquery.inserting import Inserting
from ccsync.testing.bigquery.jobs import Jobs
from ccsync.testing.bigquery.parameters import Parameters
from ccsync.testing.bigquery.queries import Queries, Query
from ccsync.testing.bigquery.routes import Route
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.server import HttpServer
from ccsync.testing.bigquery.storage import Storage
from ccsync.testing.bigquery.switches import Switches
from ccsync.testing.bigquery.tables import Tables

if TYPE_CHECKING:
    from google.cloud.bigquery import Client


class BigQueryDouble:
    """A BigQuery on loopback; the parts are public, so that a test can turn them."""

    def __init__(
        self,
        project: str = "test-project",
        *,
        now: dt.datetime | None = None,
        location: str = "US",
    ) -> None:
        """Prepare; nothing listens before `start` or `with`.

        Args:
            project: the one that short names are in; requests may name any.
            now: where its clock starts, by default at the present.
            location: of datasets that name none.
        """
        self.project = project
        self.clock = Clock(now)
        self.access = Access()
        self.faults = Faults()
        self.switches = Switches()
        self.storage = Storage()
        self.catalog = Catalog(self.clock, self.storage, location=location)
        self.jobs = Jobs(self.storage, self.catalog, self.clock, self.access)
        self._unlimited = Queries(self.storage, self.catalog, self.clock, Access())
        self._unlimited.counts_bytes = False
        self._log = Log()
        self._inserting = Inserting(
            self.catalog, self.storage, self.clock, self.access, self.faults, self.switches
        )
        self._tables = Tables(
            self.catalog, self.storage, self.clock, self.access, self._fields_of_view
        )
        handlers = {
            "tabledata.insertAll": self._answer_insert,
            "datasets": self._answer_table,
            "tables": self._answer_table,
            "tabledata": self._answer_table,
            "jobs": self._answer_job,
        }
        self._desk = Desk(handlers, self._log, self.faults, self.switches)
        self._server: HttpServer | None = None

    def start(self) -> None:
        """Listen on a free port."""
        self._server = HttpServer(self._desk)

    def close(self) -> None:
        """End the server, its connections and threads, and forget the rows. Safe twice.

        Raises:
            ExceptionGroup: the double itself failed while it served.
        """
        self._desk.closing.set()
        self.faults.release()
        if self._server is not None:
            self._server.close()
            self._server = None
        self.storage.close()
        failures, self._desk.failures = self._desk.failures, []
        if failures:
            raise BaseExceptionGroup("the BigQuery double failed", failures)

    def __enter__(self) -> BigQueryDouble:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @property
    def url(self) -> str:
        """The address, for `client_options={"api_endpoint": url}`.

        Raises:
            RuntimeError: it does not run.
        """
        if self._server is None:
            raise RuntimeError("the BigQuery double does not run: use `with` or `start`")
        return self._server.url

    def client(self) -> Client:
        """Give an official client that speaks to the double; the caller closes it."""
        with needs_extras():
            from google.auth.credentials import AnonymousCredentials
            from google.cloud.bigquery import Client
        return Client(
            project=self.project,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.url},
        )

    def deny(self, *permissions: str, table: str | None = None) -> None:
        """Take permissions away by name; `access.allow` gives them back. See `Access.deny`."""
        self.access.deny(*permissions, table=table)

    @property
    def requests(self) -> list[Request]:
        """Every request so far, whatever it was answered."""
        return self._log.requests()

    def reset_log(self) -> None:
        """Forget the requests so far."""
        self._log.reset()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Give all rows of "dataset.table", those in the streaming buffer too.

        Dates, times and decimals are text, as `rows.normalize` writes them.

        Raises:
            ApiError: there is no such table.
        """
        key = self._key(table)
        self.catalog.require(key)
        return self.storage.rows(key, buffered_too=True)

    def execute(self, sql: str) -> list[dict[str, Any]]:
        """Run GoogleSQL past permissions, faults and the log; gives the rows by column name.

        Raises:
            ApiError: the query is wrong, or beyond what the double translates.
        """
        return self._unlimited.run(Query(sql, self.project, Parameters([]))).rows

    def _key(self, table: str) -> Key:
        *project, dataset, name = table.split(".")
        return (project[0] if project else self.project, dataset, name)

    def _answer_insert(self, asked: Route, call: Call) -> Reply:
        project, dataset, table = asked.place
        return answering(self._inserting.insert_all((project, dataset, table), call.body))

    def _answer_table(self, asked: Route, call: Call) -> Reply:
        return answering(self._tables.handle(asked, call))

    def _answer_job(self, asked: Route, call: Call) -> Reply:
        del asked
        status, headers, body = self.jobs.handle(
            call.method, "/" + "/".join(call.parts), call.query, call.headers, call.body
        )
        return Reply(status, body, tuple(headers.items()))

    def _fields_of_view(self, project: str, sql: str) -> list[Field]:
        queries = Queries(self.storage, self.catalog, self.clock, self.access)
        return queries.fields_of(Query(sql, project, Parameters([])))
