"""One query, from BigQuery's words to rows: SELECT and scripts here, DML and DDL next door."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.ddl import Ddl
from ccsync.testing.bigquery.dml import Dml
from ccsync.testing.bigquery.engine import Rows
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.outcome import Outcome, refused
from ccsync.testing.bigquery.parameters import Parameters
from ccsync.testing.bigquery.scans import (
    bytes_processed,
    demands_filter,
    require_partition_filters,
    scans,
)
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.sql import Statement, datasets_named, invalid_query, statements
from ccsync.testing.bigquery.storage import Storage
from ccsync.testing.bigquery.translate import Scope, Translator


@dataclass(frozen=True)
class Query:
    """What is asked."""

    text: str = field(repr=False)
    project: str
    """That runs it; also the one of names that have none."""

    parameters: Parameters
    default_dataset: Mapping[str, str] | None = None
    location: str | None = None
    """Where it runs, and the data has to be; None for where the data is, if that is one place."""

    dry_run: bool = False


class Queries:
    """Runs queries."""

    def __init__(self, storage: Storage, catalog: Catalog, clock: Clock, access: Access) -> None:
        """Query the tables of a catalog."""
        self.counts_bytes = True
        """Whether answers say what was scanned. To find that out takes as long as the query."""
        self._engine = storage.engine
        self._catalog = catalog
        self._clock = clock
        self._access = access
        self._translator = Translator(catalog, access)
        self._dml = Dml(storage, catalog, access, self._translator)
        self._ddl = Ddl(storage, catalog, access, self._translator)

    def run(self, query: Query) -> Outcome:
        """Run a query or a script; of a script, the outcome is that of its last statement.

        A dry run of a script checks its first statement only: the others may need what it makes.

        Raises:
            ApiError: it is wrong, or not allowed; 400 `invalidQuery` for whatever DuckDB says.
        """
        found = statements(query.text)
        outcomes = [self._run(one, query) for one in (found[:1] if query.dry_run else found)]
        last = outcomes[-1]
        return last if len(found) == 1 else last.of_script(outcomes)

    def fields_of(self, query: Query) -> list[Field]:
        """Give the columns of a view's query; it may lack filters that reading the view needs.

        Raises:
            ApiError: as `run`, or no single SELECT.
        """
        found = statements(query.text)
        if len(found) != 1 or not isinstance(found[0].tree, exp.Query):
            raise invalid_query("A view is defined by one query")
        scope = Scope(query.project, self._clock.now(), query.parameters, query.default_dataset)
        try:
            return self._translator.select(found[0].text, scope).columns(self._engine)
        except duckdb.Error as error:
            raise refused(error) from error

    def where(self, text: str, project: str, default: Mapping[str, str]) -> str:
        """Give the location of the first dataset that a query names and that is there, or US."""
        try:
            named = datasets_named(text)
        except ApiError:
            named = ()
        usual = (default.get("projectId", project), default.get("datasetId", ""))
        for of_table, dataset in named:
            place = (of_table or project, dataset) if dataset else usual
            with contextlib.suppress(ApiError):
                return str(self._catalog.dataset(place)["location"])
        return "US"

    def _run(self, statement: Statement, query: Query) -> Outcome:
        scope = Scope(query.project, self._clock.now(), query.parameters, query.default_dataset)
        with _refusing():
            outcome = self._dispatch(statement, query, scope)
        _check_location(query, scope.locations)
        return outcome

    def _dispatch(self, statement: Statement, query: Query, scope: Scope) -> Outcome:
        tree = statement.tree
        if isinstance(tree, exp.Query):
            return self._select(statement, query, scope)
        if isinstance(tree, exp.Insert | exp.Update | exp.Delete):
            return self._dml.run(tree.copy(), scope, dry_run=query.dry_run)
        if isinstance(tree, exp.Create | exp.Drop | exp.Alter):
            return self._ddl.run(statement, scope, dry_run=query.dry_run)
        if not isinstance(tree, exp.Merge | exp.TruncateTable | exp.Command | exp.Declare):
            first = statement.text.split(maxsplit=1)[0]
            raise invalid_query(f'Syntax error: Unexpected identifier "{first}" at [1:1]')
        raise invalid_query(f"this double does not run {tree.key.upper()} statements")

    def _select(self, statement: Statement, query: Query, scope: Scope) -> Outcome:
        wording = self._translator.select(statement.text, scope)
        _check_location(query, scope.locations)
        size = 0
        if self.counts_bytes or query.dry_run or any(map(demands_filter, scope.read.values())):
            scanned = scans(self._engine, wording, scope.read)
            require_partition_filters(scanned, scope.read)
            size = bytes_processed(self._engine, scanned, scope.read)
        if query.dry_run:
            rows = Rows(wording.columns(self._engine), [])
        else:
            rows = self._engine.select(wording.sql)
        return Outcome(
            "SELECT", fields=rows.fields, rows=rows.values, bytes=size, read=set(scope.read)
        )


@contextlib.contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise refused(error) from error


def _check_location(query: Query, locations: Collection[str]) -> None:
    """Refuse a query whose data is elsewhere than it runs.

    Raises:
        ApiError: 404 `notFound`.
    """
    places = sorted(locations)
    where = query.location or next(iter(places), "US")
    strange = [one for one in places if one.upper() != where.upper()]
    if strange:
        raise ApiError(
            404,
            "notFound",
            f"Not found: a dataset of the query was not found in location {where}: it is in"
            f" {', '.join(strange)}",
        )
