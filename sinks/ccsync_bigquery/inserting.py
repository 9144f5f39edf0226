"""Streams rows: a few requests at a time, and each row counts only when BigQuery acknowledged it.

What did not get in is kept, sent again before anything new, and sent again as it was: rows that are
there twice are harmless, rows that are not there are not. No more is in memory than the bodies
under way and those that failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.sink import SinkContext
from ccsync_bigquery.batches import Batch, batches
from ccsync_bigquery.errors import TooLargeError
from ccsync_bigquery.names import Place
from ccsync_bigquery.row_errors import (
    InvalidRow,
    InvalidRowsError,
    RowError,
    UnreadableError,
    counted,
    judge,
    summary,
)
from ccsync_bigquery.workers import Workers

__all__ = ["Inserter", "InvalidRow", "InvalidRowsError", "Streaming"]

MOST_INVALID = 1000
"""Once so many rows are known to be refused, no further ones are pulled. Under `on_rejected: skip`
the next delivery, without those, finds the next ones."""

_TOO_LARGE = RowError("tooLarge", "", "row is too large")


class Streaming(Protocol):
    """What is needed of `ccsync_bigquery.service.Service`."""

    @property
    def place(self) -> Place:
        """The dataset."""
        ...

    def insert_all(self, table: str, body: bytes) -> list[dict[str, Any]]:
        """Send one request; give its `insertErrors`. Called from several threads at once."""
        ...


class Inserter:
    """Streams rows into the tables of one dataset."""

    def __init__(
        self,
        service: Streaming,
        context: SinkContext,
        *,
        batch_rows: int,
        batch_bytes: int,
        in_flight: int,
    ) -> None:
        """Take the parts.

        Args:
            service: does the requests; its time for one is bounded.
            context: what the core lends; used from the calling thread only.
            batch_rows: most rows of a request.
            batch_bytes: most bytes of a request, unless a single row has more.
            in_flight: most requests under way at once.
        """
        self._service = service
        self._context = context
        self._batch_rows = batch_rows
        self._batch_bytes = batch_bytes
        self._in_flight = in_flight

    def insert(self, table: str, rows: Iterable[tuple[Record | None, bytes]]) -> None:
        """Bring rows into a table; returning means that BigQuery acknowledged every one.

        Args:
            table: its name, as `usage_raw`.
            rows: each with the record that it shows, if it shows one. They are pulled as they are
                needed, once.

        Raises:
            InvalidRowsError: BigQuery will never take some of the rows; most others are in.
            SinkRefused: it takes nothing until someone changes something.
            SinkUnavailable: some rows did not get in while patience lasted.
        """

        def send(batch: Batch) -> list[dict[str, Any]]:
            return self._service.insert_all(table, batch.body)

        source = batches(rows, max_rows=self._batch_rows, max_bytes=self._batch_bytes)
        with Workers(send, self._in_flight) as workers:
            insertion = _Insertion(
                table, self._service.place.table(table), source, self._context, workers
            )
            try:
                self._context.retry(insertion.attempt)
            except SinkUnavailable as error:
                if not insertion.invalid:
                    raise
                # They stay refused when BigQuery is back.
                raise insertion.refusal(untried=True) from error
        if insertion.invalid:
            raise insertion.refusal()


class _Insertion:
    """The rows of one call on their way."""

    def __init__(
        self,
        table: str,
        where: str,
        source: Iterable[Batch],
        context: SinkContext,
        workers: Workers[Batch, list[dict[str, Any]]],
    ) -> None:
        self._table = table
        self._where = where
        self._source = iter(source)
        self._context = context
        self._workers = workers
        self._waiting: deque[Batch] = deque()
        """To be sent before anything new is pulled."""
        self._failed: list[Batch] = []
        """Of this attempt; the next one sends them."""
        self._trouble: SinkUnavailable | None = None
        self._fatal: BaseException | None = None
        self._too_large: int | None = None
        """Bytes of the smallest request that was too large."""
        self.invalid: list[InvalidRow] = []
        self._fitting = 0
        """Rows that BigQuery took, or would have taken."""

    def attempt(self) -> None:
        """Send all that is left; called again after a pause when BigQuery was unavailable."""
        self._waiting.extend(self._failed)
        self._failed.clear()
        self._trouble = None
        while True:
            while self._workers.busy < self._workers.most and self._send_one():
                pass
            if not self._workers.busy:
                break
            self._settle(*self._workers.take())
        if self._fatal is not None:
            raise self._fatal
        if self._trouble is not None:
            raise self._trouble

    def refusal(self, *, untried: bool = False) -> InvalidRowsError | SinkRefused:
        """Say which rows are refused; if it is every row, the table is to blame."""
        if len(self.invalid) > 1 and not self._fitting:
            return SinkRefused(
                f"{self._where}: BigQuery takes not one of {counted(len(self.invalid))}: "
                f"{summary(self.invalid)}. The table does not fit what ccsync writes: "
                "`ccsync bigquery init --upgrade` compares them"
            )
        if self._has_enough and next(self._source, None) is not None:
            untried = True
        return InvalidRowsError(self.invalid, untried=untried)

    @property
    def _has_enough(self) -> bool:
        return len(self.invalid) >= MOST_INVALID

    def _send_one(self) -> bool:
        """Start the next request, if there is to be one."""
        if self._trouble is not None or self._fatal is not None:
            return False
        batch = self._next()
        if batch is None:
            return False
        self._context.proceed()
        self._workers.give(batch)
        return True

    def _next(self) -> Batch | None:
        while self._waiting or not self._has_enough:
            batch = self._waiting.popleft() if self._waiting else next(self._source, None)
            if batch is None or not self._is_too_large(batch):
                return batch
            self._waiting.extendleft(reversed(batch.halves()))
        return None

    def _is_too_large(self, batch: Batch) -> bool:
        return self._too_large is not None and len(batch) > 1 and len(batch.body) >= self._too_large

    def _settle(self, batch: Batch, answer: list[dict[str, Any]] | BaseException) -> None:
        """Decide what follows from an answer."""
        match answer:
            case TooLargeError() if len(batch) == 1:
                row = batch.rows()[0]
                self.invalid.append(InvalidRow(row.record, row.line, [_TOO_LARGE]))
            case TooLargeError():
                self._too_large = min(len(batch.body), self._too_large or len(batch.body))
                self._waiting.extendleft(reversed(batch.halves()))
            case SinkUnavailable():
                self._wait_for(batch, answer)
            case BaseException():
                self._fatal = self._fatal or answer
            case _:
                self._read(batch, answer)

    def _read(self, batch: Batch, insert_errors: list[dict[str, Any]]) -> None:
        """Find out about each row of a request that was answered."""
        try:
            verdict = judge(self._table, insert_errors, len(batch))
        except UnreadableError as error:
            self._wait_for(batch, SinkUnavailable(f"{self._where}: {error}"))
            return
        self._fitting += len(batch) - len(verdict.invalid) - len(verdict.again)
        if verdict.invalid:
            rows = batch.rows()
            for index, errors in sorted(verdict.invalid.items()):
                self.invalid.append(InvalidRow(rows[index].record, rows[index].line, errors))
        if verdict.again:
            left = batch if len(verdict.again) == len(batch) else batch.only(verdict.again)
            self._wait_for(left, SinkUnavailable(f"{self._where}: {verdict.trouble}"))

    def _wait_for(self, batch: Batch, trouble: SinkUnavailable) -> None:
        """Keep a batch for the next attempt; of several pauses asked for, the longest counts."""
        self._failed.append(batch)
        if self._trouble is None:
            self._trouble = trouble
        else:
            pauses = [self._trouble.retry_after, trouble.retry_after]
            self._trouble.retry_after = max(
                (one for one in pauses if one is not None), default=None
            )
