"""The one door to BigQuery: one attempt each, in time, with errors that say the reaction.

Nothing is tried again in here: that is the core's, so that all sinks wait alike. May be used by
several threads at once; calls nothing of the context.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from google.auth.exceptions import GoogleAuthError

from ccsync.adc import Adc, LoginError, LoginUnavailable
from ccsync.adc.network import REACH, Trouble, trouble_of
from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync.sink import SinkContext
from ccsync_bigquery import errors, failures
from ccsync_bigquery.answers import Answer, no_answer
from ccsync_bigquery.errors import (
    AnswerError,
    ExistsError,
    ForbiddenError,
    MissingJobError,
    MissingTableError,
    StreamingBufferError,
    TooLargeError,
)
from ccsync_bigquery.names import Place
from ccsync_bigquery.permissions import DATASETS_GET, TABLES_GET, TABLES_UPDATE_DATA

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, DatasetReference, TableReference

__all__ = [
    "AnswerError",
    "ExistsError",
    "ForbiddenError",
    "MissingJobError",
    "MissingTableError",
    "Service",
    "StreamingBufferError",
    "TooLargeError",
]

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection to come about."""


class Service:
    """One dataset, seen through the official client."""

    def __init__(
        self,
        *,
        place: Place,
        context: SinkContext,
        make_client: Callable[[], Client],
        adc: Adc | None = None,
        address: str = "",
        billing: str | None = None,
        location: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        """Take the parts; connects to nothing.

        Args:
            place: the dataset.
            context: for the clock; nothing else of it is used in here.
            make_client: logs in and makes the official client, at the first use.
            adc: the login; None when there is none (an emulator).
            address: of the API, for messages; "" for Google's own.
            billing: the project that jobs are billed to, if it is not the data's.
            location: where the dataset is, if that is known already.
            timeout: seconds that one request may be without an answer.
        """
        self.place = place
        self.context = context
        self.billing = billing or place.project
        self.location = location
        """Where jobs run; None until `locate` found out: BigQuery then goes by the tables."""
        self.timeout = (CONNECT_TIMEOUT, timeout)
        """For `timeout=`; the session makes sure of it anyway."""
        self.once: Mapping[str, Any] = {"retry": None, "timeout": self.timeout}
        """For the client's methods, as `client.get_table(name, **service.once)`: one try, in time.
        """
        self._make_client = make_client
        self._adc = adc
        self._address = address
        self._lock = threading.Lock()
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The official client; logs in at the first use.

        Its methods are called inside `call`, with `**once`.

        Raises:
            SinkUnavailable: the login's server cannot be reached, or is not ready yet.
            SinkRefused: there is no login, or it is not accepted.
        """
        with self._lock:
            if self._client is None:
                try:
                    self._client = self._make_client()
                except (LoginError, GoogleAuthError) as error:
                    raise self._login_error("log in", error) from error
            return self._client

    def log_in(self) -> str:
        """Log in, if that was not done before, and say how.

        Raises:
            SinkUnavailable, SinkRefused: as `client`.
        """
        _ = self.client
        if self._adc is None:
            return f"no login is used at {self._address}"
        way = f"logged in by {self._adc.login().way}"
        return f"{way}, at {self._address}" if self._address else way

    @property
    def dataset(self) -> DatasetReference:
        """The dataset, as the official client wants it."""
        from google.cloud.bigquery import DatasetReference

        return DatasetReference(self.place.project, self.place.dataset)

    def reference(self, table: str) -> TableReference:
        """Name a table of the dataset, as the official client wants it."""
        return self.dataset.table(table)

    @property
    def account(self) -> str:
        """Whom we are logged in as; "" when that is unknown."""
        return self._adc.account if self._adc is not None else ""

    def call(
        self,
        doing: str,
        function: Callable[[], T],
        *,
        table: str | None = None,
        permission: str | None = None,
    ) -> T:
        """Try once.

        Args:
            doing: what is tried, to stand after "could not" in messages.
            function: uses `client`, with `**once`.
            table: name of the table that it is about, for messages.
            permission: what it needs, for when BigQuery does not say what is missing.

        Raises:
            SinkUnavailable: the outcome is unknown.
            TooLargeError, MissingTableError, MissingJobError, ExistsError, StreamingBufferError,
                ForbiddenError: what their names say; each is a SinkRefused.
            SinkRefused: nothing will work until someone changes something.
        """
        try:
            return function()
        except GoogleAuthError as error:
            raise self._login_error(doing, error) from error
        except failures.KNOWN as error:
            answer = failures.answer_of(error, self.context.now())
            made = self.error(answer, doing, table=table, permission=permission)
            trouble = trouble_of(error) if answer.status is None else None
            if isinstance(made, SinkUnavailable) and trouble is not None and trouble.is_away:
                advice = self._where_to_look(trouble)
                made = SinkUnavailable(f"{made}. {advice}", retry_after=made.retry_after)
            raise made from error

    def error(
        self, answer: Answer, doing: str, *, table: str | None = None, permission: str | None = None
    ) -> SinkError:
        """Make the error for an answer, such as a failed job's (`answers.of_job`)."""
        return errors.of(
            answer,
            doing,
            place=self.place,
            billing=self.billing,
            account=self.account,
            table=table,
            permission=permission,
        )

    def insert_all(self, table: str, body: bytes) -> list[dict[str, Any]]:
        """Send one `tabledata.insertAll` request, already encoded, and give its `insertErrors`.

        An empty list means that every row is in.

        Raises:
            SinkUnavailable: the outcome is unknown, or streaming does not know the table yet.
            SinkRefused: as `call`; MissingTableError when there is no such table.
        """
        doing = "stream rows"
        place = self.place
        path = f"/projects/{place.project}/datasets/{place.dataset}/tables/{table}/insertAll"

        def send() -> object:
            # Past the client's own method, which spends most of its time in encoding rows that we
            # have as JSON already; login, address, headers and proxies stay the client's.
            connection = cast("Any", self.client)._connection
            return connection.api_request(
                "POST",
                path,
                data=body,
                content_type="application/json",
                timeout=self.timeout,
            )

        try:
            answered = self.call(doing, send, table=table, permission=TABLES_UPDATE_DATA)
        except MissingTableError as error:
            if self.has_table(table):
                raise SinkUnavailable(
                    f"{place.table(table)} is there, but streaming does not know it yet, as it "
                    f"was made a short while ago: {error.answer.said}",
                    retry_after=error.answer.retry_after,
                ) from error
            raise
        refused = _insert_errors(answered)
        if refused is None:
            what = "what came is not what BigQuery answers"
            raise self.error(no_answer(what), doing, table=table)
        return refused

    def has_table(self, table: str) -> bool:
        """Ask whether a table exists.

        Raises:
            SinkUnavailable, SinkRefused: as `call`.
        """
        try:
            self.call(
                "look for the table",
                lambda: self.client.get_table(self.reference(table), **self.once),
                table=table,
                permission=TABLES_GET,
            )
        except MissingTableError:
            return False
        return True

    def locate(self) -> str | None:
        """Ask where the dataset is, and keep it for jobs.

        Raises:
            SinkUnavailable, SinkRefused: as `call`; MissingTableError without a dataset.
        """

        def ask() -> str | None:
            found = self.client.get_dataset(self.dataset, **self.once)
            return cast("str | None", cast("Any", found).location)

        self.location = self.call("look for the dataset", ask, permission=DATASETS_GET)
        return self.location

    def close(self) -> None:
        """Let go of the connections. Safe before use, and safe twice."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            cast("Any", client).close()

    def _where_to_look(self, trouble: Trouble) -> str:
        """Say what to do when there was no connection."""
        if self._address:
            return f"The address may be wrong, {self._address}; if it is right, {REACH}"
        return f"It was asked at {trouble.host or 'its own address'}: {REACH}"

    def _login_error(self, doing: str, error: LoginError | GoogleAuthError) -> SinkError:
        if not isinstance(error, LoginError):
            if self._adc is None:
                raise error
            error = self._adc.error_of(error)
        what = f"{self.place}: could not {doing}: {error}"
        if isinstance(error, LoginUnavailable):
            return SinkUnavailable(what)
        return SinkRefused(what)


def _insert_errors(answered: object) -> list[dict[str, Any]] | None:
    """Read the answer to `insertAll`; None when it is something else."""
    if not isinstance(answered, dict):
        return None
    found: object = cast("dict[str, object]", answered).get("insertErrors") or []
    if not isinstance(found, list):
        return None
    entries = cast("list[object]", found)
    readable = all(isinstance(entry, dict) for entry in entries)
    return cast("list[dict[str, Any]]", entries) if readable else None
