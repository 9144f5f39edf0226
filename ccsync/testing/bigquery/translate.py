"""BigQuery's tree made DuckDB's: tables found, views put in place, the rest repaired.

A view is its query, run anew each time ("Introduction to logical views"), so it is expanded where
it stands. Who reads one needs bigquery.tables.getData on it and,
as it is no authorized view, on what it reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key
from ccsync.testing.bigquery.errors import ApiError, invalid
from ccsync.testing.bigquery.parameters import Parameters
from ccsync.testing.bigquery.repairs import name_columns, repair
from ccsync.testing.bigquery.sql import Tree, invalid_query, parse
from ccsync.testing.bigquery.storage import visible
from ccsync.testing.bigquery.wording import Wording, worded

_DEEPEST = 16
"""How many levels views may be nested (quota of BigQuery)."""

_READ = "bigquery.tables.getData"

_MOST_KNOWN = 5000


@dataclass
class Scope:
    """Where a query is run: what it may name and what it turned out to read."""

    project: str
    now: dt.datetime
    parameters: Parameters
    default_dataset: Mapping[str, str] | None = None
    """`defaultDataset` of the request."""

    read: dict[Key, dict[str, Any]] = field(default_factory=dict[Key, dict[str, Any]])
    """Resources of the tables it reads, views not among them."""

    named: dict[Key, str | None] = field(default_factory=dict[Key, str | None])
    """What it reads, in the order it is looked up: of a view its query, None of a table."""

    locations: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class _Translation:
    """A query as DuckDB takes it, and what has to be as it was for it to be true."""

    wording: Wording
    named: dict[Key, str | None]
    """See `Scope`."""

    schemas: list[Any]
    """Of the tables among them."""

    now: dt.datetime | None
    """None if it does not ask for the present."""


_known: dict[tuple[str, ...], _Translation] = {}
"""For the whole process: tests ask many doubles the same."""


class Translator:
    """Turns trees into DuckDB's SQL, with the tables and views of one catalog."""

    def __init__(self, catalog: Catalog, access: Access) -> None:
        """Take the catalog and the permissions."""
        self._catalog = catalog
        self._access = access

    def select(self, text: str, scope: Scope) -> Wording:
        """Give a query as DuckDB takes it; notes in the scope what it reads.

        Raises:
            ApiError: a table that is not there, a missing permission or parameter, or SQL that
                this double does not run.
        """
        key = (text, repr(scope.parameters), repr(scope.default_dataset), scope.project)
        known = _known.get(key)
        if known is None or not self._holds(known, scope):
            tree = parse(text)
            name_columns(tree)
            self._place(tree, scope, None)
            present = tree.find(exp.CurrentTimestamp, exp.CurrentDate)
            tree = repair(tree, scope.now)
            known = _Translation(
                worded(tree, scope.read),
                scope.named,
                _schemas(scope),
                scope.now if present else None,
            )
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[key] = known
        return known.wording

    def _holds(self, known: _Translation, scope: Scope) -> bool:
        """Read again what a translation reads, and say whether it still is as it was.

        Raises:
            ApiError: as `select`.
        """
        if known.now not in (None, scope.now):
            return False
        for key, query in known.named.items():
            if self._look_up(key, scope) != query:
                return False
        return known.schemas == _schemas(scope)

    def prepared(self, tree: Tree, scope: Scope, *, keep: Tree | None = None) -> Tree:
        """Put parameters, tables and views in place and repair the rest.

        Args:
            tree: is changed, and given back.
            scope: as for `select`.
            keep: the target of DML, a table that is left alone.

        Raises:
            ApiError: as `select`.
        """
        self._place(tree, scope, keep)
        return repair(tree, scope.now)

    def key(self, table: exp.Table, scope: Scope, default: Mapping[str, str] | None = None) -> Key:
        """Give the place a table's name in a query stands for.

        Raises:
            ApiError: 400, it lacks the dataset.
        """
        default = scope.default_dataset or {} if default is None else default
        dataset = table.db or default.get("datasetId", "")
        if not dataset:
            raise invalid(
                f'Table "{table.name}" must be qualified with a dataset (e.g. dataset.table).'
            )
        project = table.catalog or (
            scope.project if table.db else default.get("projectId", scope.project)
        )
        return project, dataset, table.name

    def resource(self, key: Key, scope: Scope) -> dict[str, Any]:
        """Give the resource of a table or view that a query names.

        Raises:
            ApiError: 404, it is not there.
        """
        place = f"{key[0]}:{key[1]}"
        location = str(self._catalog.dataset(key[:2])["location"])
        scope.locations.add(location)
        found = self._catalog.get(key)
        if found is None:
            raise ApiError(
                404,
                "notFound",
                f"Not found: Table {place}.{key[2]} was not found in location {location}",
            )
        return found

    def _place(self, tree: Tree, scope: Scope, keep: Tree | None) -> None:
        scope.parameters.put_into(tree)
        self._place_tables(tree, scope, scope.default_dataset or {}, keep, 0)

    def _look_up(self, key: Key, scope: Scope) -> str | None:
        """Note what a query reads; gives the query of a view, None of a table."""
        resource = self.resource(key, scope)
        self._access.require(_READ, *key)
        query: str | None = None
        if resource["type"] == "VIEW":
            query = str(resource["view"]["query"])
        else:
            scope.read[key] = resource
        scope.named[key] = query
        return query

    def _place_tables(
        self,
        tree: Tree,
        scope: Scope,
        default: Mapping[str, str],
        keep: Tree | None,
        depth: int,
    ) -> None:
        if depth > _DEEPEST:
            raise invalid_query("Too many levels of nested views and/or subqueries.")
        for table in list(tree.find_all(exp.Table)):
            if table is keep or _is_local(table) or not isinstance(table.this, exp.Identifier):
                continue
            key = self.key(table, scope, default)
            text = self._look_up(key, scope)
            alias = table.alias or table.name
            if text is not None:
                query = parse(text)
                inside = {"projectId": key[0]}
                self._place_tables(query, scope, inside, None, depth + 1)
                made: Tree = exp.Subquery(this=query)
            else:
                made = exp.to_table(visible(key), dialect="duckdb")
            table.replace(exp.alias_(made, alias, table=True, quoted=True))


def _schemas(scope: Scope) -> list[Any]:
    return [one["schema"] for one in scope.read.values()]


def _is_local(table: exp.Table) -> bool:
    """Say whether a name is that of a WITH clause around it."""
    if table.db:
        return False
    node: Tree | None = table
    while node is not None:
        names = {cte.alias.casefold() for cte in getattr(node, "ctes", ())}
        if table.name.casefold() in names:
            return True
        node = node.parent
    return False
