"""What `ccsync check` finds out: login, dataset, tables, permissions, streaming, views.

Writes nothing: permissions are asked for, a query is tried dry, and the one row that is streamed is
one that BigQuery cannot take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar, cast

import msgspec
from google.cloud import bigquery

from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync.sink import Finding
from ccsync.warehouse.columns import TABLES, USAGE_RAW, Column, Table
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery import errors, schema, viewing, wanted
from ccsync_bigquery.dead_letter import DeadLetters
from ccsync_bigquery.errors import AnswerError, ForbiddenError, MismatchError, MissingTableError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.permissions import JOBS_CREATE, TABLES_GET_DATA, TABLES_UPDATE_DATA
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig

T = TypeVar("T")

_WITHOUT_QUERIES = (
    "days are written all the same, but their rows again whenever one changes, and `ccsync verify` "
    "and `ccsync bigquery compact` cannot work"
)
_COUNT = "(SELECT COUNT(*) FROM `{table}` WHERE date = DATE '2026-01-01')"
_NO_DATE = "ccsync check"
_FIX_VIEWS = "run `ccsync bigquery views`"
_FIX_LAG = "wait: BigQuery takes some minutes, mostly less than 10, to know a new table or column"


def findings(config: BigQueryConfig, service: Service, jobs: Jobs) -> Iterator[Finding]:
    """Look at all that a sync needs; ends early where the rest cannot be known."""
    return _Check(config, service, jobs).findings()


class _Check:
    """One look at one dataset."""

    def __init__(self, config: BigQueryConfig, service: Service, jobs: Jobs) -> None:
        self._config = config
        self._service = service
        self._context = jobs.context
        self._lacking: set[str] = set()
        """Permissions that were found missing."""

    def findings(self) -> Iterator[Finding]:
        if unfit := DeadLetters(self._config.dead_letter_file).fault():
            yield _fault(unfit)
        try:
            yield self._login()
            yield self._dataset()
            tables = [self._table(table) for table in TABLES]
            yield from tables
            if any(one.level == "fault" for one in tables):
                return
            yield from self._permissions()
            yield self._query()
            if self._config.mode == "stream" and TABLES_UPDATE_DATA not in self._lacking:
                yield self._streaming()
            yield self._views()
        except SinkError as error:
            yield _fault(error)

    def _login(self) -> Finding:
        way = self._asked(self._service.log_in)
        account = f", as {self._service.account}" if self._service.account else ""
        return Finding("ok", f"{way}{account}")

    def _dataset(self) -> Finding:
        try:
            where = self._asked(self._service.locate)
        except ForbiddenError as error:
            return Finding("warning", f"{error.what}; its location stays unknown", error.advice)
        if wrong := wanted.misplaced(self._config, where):
            return _fault(wrong)
        return Finding("ok", f"the dataset {self._service.place} is in {where or 'no location'}")

    def _table(self, table: Table) -> Finding:
        try:
            live = self._asked(partial(schema.live_table, self._service, table))
        except SinkRefused as error:
            return _fault(error)
        is_told = self._service.location is not None
        if not is_told and (wrong := wanted.misplaced(self._config, live.location)):
            return _fault(wrong)
        columns = len(schema.schema_of(live))
        return Finding("ok", f"the table {table.name} is there, with every column ({columns})")

    def _permissions(self) -> Iterator[Finding]:
        """Ask what we may do with the tables' data."""
        for table in TABLES:
            try:
                held = self._asked(partial(self._held, table.name))
            except SinkRefused as error:
                yield Finding("warning", f"{error}; permissions are not known")
                return
            for permission in (TABLES_UPDATE_DATA, TABLES_GET_DATA):
                if permission not in held and permission not in self._lacking:
                    self._lacking.add(permission)
                    yield self._missing(permission, self._service.place.table(table.name))
        if not self._lacking:
            yield Finding("ok", "may write and read both tables")

    def _held(self, table: str) -> list[str]:
        def ask() -> list[str]:
            client = cast("Any", self._service.client)
            answer: dict[str, Any] = client.test_iam_permissions(
                self._service.reference(table),
                [TABLES_UPDATE_DATA, TABLES_GET_DATA],
                **self._service.once,
            )
            return [str(one) for one in answer.get("permissions") or ()]

        return self._service.call("ask for permissions", ask, table=table)

    def _missing(self, permission: str, where: str) -> Finding:
        service = self._service
        fix = errors.grant(
            permission, place=service.place, billing=service.billing, account=service.account
        )
        needed = permission == TABLES_UPDATE_DATA or (
            permission == JOBS_CREATE and self._config.mode == "load"
        )
        if needed:
            return Finding("fault", f"{where}: {permission} is missing, to write days", fix)
        what = f"{where}: {permission} is missing, which is optional: {_WITHOUT_QUERIES}"
        return Finding("warning", what, fix)

    def _query(self) -> Finding:
        """Try a query dry, which needs what a real one needs, and costs nothing."""
        names = (self._service.place.table(table.name) for table in TABLES)
        counts = ", ".join(_COUNT.format(table=name) for name in names)
        billed = f"billed to {self._service.billing}"

        def attempt() -> object:
            return self._service.call(
                "try a query", lambda: self._dry(f"SELECT {counts}"), permission=JOBS_CREATE
            )

        try:
            self._asked(attempt)
        except ForbiddenError as error:
            lacking = error.permission
            if lacking in self._lacking:
                return Finding("ok", f"jobs may be run, {billed}")
            if lacking == JOBS_CREATE:
                self._lacking.add(lacking)
                return self._missing(lacking, f"the project {self._service.billing}")
            return _fault(error)
        return Finding("ok", f"queries work, {billed} (tried dry)")

    def _dry(self, sql: str) -> object:
        return self._service.client.query(
            sql,
            job_config=bigquery.QueryJobConfig(dry_run=True, use_query_cache=False),
            project=self._service.billing,
            location=self._service.location,
            job_retry=None,
            **self._service.once,
        )

    def _streaming(self) -> Finding:
        """Stream a row that has every column, and a date that is none.

        The date comes last: of several errors BigQuery may tell the first one only, and a column
        that it does not know is what we want to hear of.
        """
        others = tuple(one for one in USAGE_RAW.columns if one.name != USAGE_RAW.partition)
        row = {**_values(others), USAGE_RAW.partition: _NO_DATE}
        body = msgspec.json.encode({"rows": [{"json": row}]})
        name = USAGE_RAW.name
        try:
            refused = self._asked(lambda: self._service.insert_all(name, body))
        except SinkUnavailable as error:
            lag = isinstance(error.__cause__, MissingTableError)
            fix = _FIX_LAG if lag else "look again in some minutes"
            return Finding("warning", str(error), fix)
        except SinkRefused as error:
            return _fault(error)
        said = [one for entry in refused for one in entry.get("errors") or ()]
        unknown = sorted({str(one.get("location")) for one in said if _is_unknown(one)})
        if unknown:
            what = f"streaming does not know yet of {', '.join(unknown)} in {name}"
            return Finding("warning", what, _FIX_LAG)
        if not refused:
            what = (
                f"{self._service.place.table(name)} took a row without a date, as no BigQuery does"
            )
            return Finding("warning", what, "see `endpoint`; no view shows that row")
        return Finding(
            "ok", "streaming is allowed (a row without a date was refused, as it should)"
        )

    def _views(self) -> Finding:
        place = self._service.place
        dialect = BigQuery(*place)
        missing: list[str] = []
        changed: list[str] = []
        for view in VIEWS:
            try:
                live = self._asked(partial(schema.read_table, self._service, view.name))
            except MissingTableError:
                missing.append(view.name)
            except ForbiddenError as error:
                return Finding("warning", error.what, error.advice)
            else:
                if not viewing.is_current(view, dialect, live):
                    changed.append(view.name)
        told = [
            f"{_some(names)} {what}"
            for names, what in (
                (missing, "are missing"),
                (changed, "are other than this version's"),
            )
            if names
        ]
        if told:
            return Finding("warning", f"{place}: {'; '.join(told)}", _FIX_VIEWS)
        return Finding("ok", f"all {len(VIEWS)} views are there, and of this version")

    def _asked(self, attempt: Callable[[], T]) -> T:
        """Ask with patience; who does not answer at all is asked once."""

        def once() -> T:
            try:
                return attempt()
            except SinkUnavailable as error:
                if _is_silent(error):
                    raise _SilentError(error) from error
                raise

        try:
            return self._context.retry(once)
        except _SilentError as silent:
            raise silent.error from silent.error.__cause__


class _SilentError(Exception):
    """Carries an error past those who would try again."""

    def __init__(self, error: SinkUnavailable) -> None:
        super().__init__(str(error))
        self.error = error


def _is_silent(error: SinkUnavailable) -> bool:
    """Tell whether trying again is of no use for somebody who waits for an answer."""
    cause = error.__cause__
    return isinstance(cause, OSError | MissingTableError)


def _some(views: list[str]) -> str:
    if len(views) == len(VIEWS):
        return "the views"
    return f"{len(views)} of {len(VIEWS)} views ({', '.join(views)})"


def _fault(error: SinkError) -> Finding:
    if isinstance(error, AnswerError | MismatchError):
        return Finding("fault", error.what, error.advice)
    fix = "look again when it is there" if isinstance(error, SinkUnavailable) else ""
    return Finding("fault", str(error), fix)


def _values(columns: tuple[Column, ...]) -> dict[str, object]:
    """Give each column a value of its type; the source id is "", which no view shows."""
    return {column.name: _value(column) for column in columns}


def _value(column: Column) -> object:
    plain: dict[str, object] = {
        "BOOL": False,
        "INT64": 0,
        "BIGNUMERIC": "0",
        "DATE": "2026-01-01",
        "TIMESTAMP": "2026-01-01T00:00:00Z",
    }
    value = _values(column.fields) if column.type == "RECORD" else plain.get(column.type, "")
    return [value] if column.repeated else value


def _is_unknown(error: dict[str, Any]) -> bool:
    return "no such field" in str(error.get("message")).lower()
