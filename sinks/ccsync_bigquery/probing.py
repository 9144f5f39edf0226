"""Waits until new tables really take rows.

Streaming learns of a table later than everybody else: for minutes it answers that there is none,
and then, for a while, it may acknowledge rows and lose them (googleapis/python-bigquery issue
1331). So rows are streamed that no view shows, until a query finds them:

1. A row that cannot be taken, for it has a field too many, until streaming complains about that
   field and nothing else: it knows the table and all of its columns. Nothing is written so far.
2. A whole row under a name of its own, then a query for that name; and another one, until the last
   one written is found.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ccsync.errors import SinkUnavailable
from ccsync.warehouse.columns import PROBE_SOURCE_ID, SCHEMA_VERSION, Column, Table
from ccsync_bigquery.errors import ForbiddenError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.permissions import JOBS_CREATE, TABLES_GET_DATA
from ccsync_bigquery.service import Service

SNAPSHOT_ID = "probe"

LONGEST = dt.timedelta(minutes=10)
"""Streaming was seen to take five (googleapis/google-cloud-go issue 975)."""

_TOO_MANY = "ccsync_probe"
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries; the last one again and again."""

_LOOKS = (0.5, 1.5, 3.0)
"""Seconds before each look for a row; rows are seen "within seconds" of their acknowledgement."""

_QUERY = (JOBS_CREATE, TABLES_GET_DATA)
"""What only looking for rows needs: a sync that streams does without."""

_ENDS = "Nothing is lost: run it again, it goes on waiting"


class _NotYetError(Exception):
    """The table does not take rows yet; the text says how that shows."""


class Prober:
    """Tries out tables, for at most ten minutes in all."""

    def __init__(self, service: Service, jobs: Jobs) -> None:
        """Take the door to BigQuery; connects to nothing."""
        self._service = service
        self._jobs = jobs
        self._context = jobs.context
        self._began = self._context.now()
        self._numbers = itertools.count(1)

    def wait(self, tables: Sequence[Table]) -> str:
        """Wait until streamed rows arrive in each table.

        Returns:
            Why nobody can be sure that they do, for no query may look; "" when they do.

        Raises:
            SinkUnavailable: they did not arrive in ten minutes.
            SinkRefused: rows may not be written, or a table is gone.
        """
        try:
            for table in tables:
                self._until(self._is_known, table)
                self._until(self._takes_rows, table)
        except ForbiddenError as error:
            if error.permission in _QUERY:
                return str(error)
            raise
        return ""

    def run_job(self) -> None:
        """Run a query that reads nothing: load jobs need the same permission, and write all rows.

        Raises:
            SinkUnavailable: no answer, and patience is used up.
            SinkRefused: jobs may not be run.
        """
        self._jobs.query("run a job", "SELECT 1 AS one", {}, permission=JOBS_CREATE)

    def _until(self, holds: Any, table: Table) -> None:
        name = self._service.place.table(table.name)
        for pause in self._pauses():
            try:
                self._context.proceed()
                holds(table)
            except (SinkUnavailable, _NotYetError) as error:
                why = str(error)
            else:
                return
            waited = self._context.now() - self._began
            if waited >= LONGEST:
                raise SinkUnavailable(
                    f"{name} takes no rows yet, after {_minutes(LONGEST)}: {why}. {_ENDS}"
                )
            self._context.log(
                "bigquery.waiting",
                table=table.name,
                reason=why,
                waited_seconds=round(waited.total_seconds()),
                at_most_seconds=round(LONGEST.total_seconds()),
            )
            self._context.pause(pause)

    def _is_known(self, table: Table) -> None:
        """Stream what cannot be taken.

        Raises:
            _NotYetError: it is refused for something else.
        """
        refused = self._insert(table, {_TOO_MANY: 1})
        others = [error for error in refused if error.location != _TOO_MANY]
        if others:
            raise _NotYetError(f"streaming does not know all of its columns: {others[0].message}")

    def _takes_rows(self, table: Table) -> None:
        """Stream a row, and look for it.

        Raises:
            _NotYetError: it is refused, or cannot be found.
        """
        mark = f"{self._context.run_id}/probe-{next(self._numbers)}"
        refused = self._insert(table, {"run_id": mark})
        if refused:
            raise _NotYetError(f"streaming does not know all of its columns: {refused[0].message}")
        for pause in _LOOKS:
            self._context.pause(pause)
            if self._is_there(table, mark):
                return
        raise _NotYetError("a row was acknowledged, but no query finds it")

    def _insert(self, table: Table, more: dict[str, Any]) -> list[_Refusal]:
        row = {**_row(table.columns, self._context.now()), **more}
        body = msgspec.json.encode({"rows": [{"json": row}]})
        found = msgspec.convert(self._service.insert_all(table.name, body), list[_Refused])
        return [error for one in found for error in one.errors]

    def _is_there(self, table: Table, mark: str) -> bool:
        name = self._service.place.table(table.name)
        (row,) = self._jobs.query(
            "look for the row that was streamed",
            f"SELECT COUNT(*) AS found FROM `{name}` "  # noqa: S608 - no value is in it
            f"WHERE {table.partition} >= @since AND run_id = @mark",
            {"since": self._began.date(), "mark": mark},
            table=table.name,
            permission=JOBS_CREATE,
        )
        return int(row["found"]) > 0

    def _pauses(self) -> Iterator[float]:
        return itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1]))


class _Refusal(msgspec.Struct):
    """What streaming says about one field of a row."""

    reason: str = ""
    location: str = ""
    message: str = ""


class _Refused(msgspec.Struct):
    """What streaming says about a row."""

    errors: list[_Refusal] = []


_VALUES: dict[str, Any] = {"INT64": 0, "BOOL": False, "STRING": "", "BIGNUMERIC": "0"}
_NAMED = {
    "source_id": PROBE_SOURCE_ID,
    "snapshot_id": SNAPSHOT_ID,
    "schema_version": SCHEMA_VERSION,
}


def _row(columns: Sequence[Column], now: dt.datetime) -> dict[str, Any]:
    """Make a row that has something in each column, and says that it is no usage."""
    moments = {"DATE": str(now.date()), "TIMESTAMP": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}

    def value(column: Column) -> Any:
        if column.name in _NAMED:
            return _NAMED[column.name]
        one = _row(column.fields, now) if column.fields else {**_VALUES, **moments}[column.type]
        return [one] if column.repeated else one

    return {column.name: value(column) for column in columns}


def _minutes(time: dt.timedelta) -> str:
    return f"{time.total_seconds() / 60:.0f} minutes"
