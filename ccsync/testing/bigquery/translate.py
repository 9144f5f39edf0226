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
from sqlglot.errors import ErrorLevel, SqlglotError

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key
from ccsync.testing.bigquery.errors import ApiError, invalid
from ccsync.testing.bigquery.parameters import Parameters
from ccsync.testing.bigquery.repairs import name_columns, repair
from ccsync.testing.bigquery.sql import Tree, invalid_query, parse
from ccsync.testing.bigquery.storage import visible

_DEEPEST = 16
"""How many levels views may be nested (quota of BigQuery)."""

_READ = "bigquery.tables.getData"


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

    locations: set[str] = field(default_factory=set[str])


class Translator:
    """Turns trees into DuckDB's SQL, with the tables and views of one catalog."""

    def __init__(self, catalog: Catalog, access: Access) -> None:
        """Take the catalog and the permissions."""
        self._catalog = catalog
        self._access = access

    def select(self, tree: Tree, scope: Scope) -> Tree:
        """Give a query as DuckDB takes it; notes in the scope what it reads.

        Raises:
            ApiError: a table that is not there, a missing permission or parameter, or SQL that
                this double does not run.
        """
        name_columns(tree)
        return self.prepared(tree, scope)

    def prepared(self, tree: Tree, scope: Scope, *, keep: Tree | None = None) -> Tree:
        """Put parameters, tables and views in place and repair the rest.

        Args:
            tree: is changed, and given back.
            scope: as for `select`.
            keep: the target of DML, a table that is left alone.

        Raises:
            ApiError: as `select`.
        """
        scope.parameters.put_into(tree)
        self._place_tables(tree, scope, scope.default_dataset or {}, keep, 0)
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
            resource = self.resource(key, scope)
            self._access.require(_READ, *key)
            alias = table.alias or table.name
            if resource["type"] == "VIEW":
                query = parse(resource["view"]["query"])
                inside = {"projectId": key[0]}
                self._place_tables(query, scope, inside, None, depth + 1)
                made: Tree = exp.Subquery(this=query)
            else:
                scope.read[key] = resource
                made = exp.to_table(visible(key), dialect="duckdb")
            table.replace(exp.alias_(made, alias, table=True, quoted=True))


def generate(tree: Tree) -> str:
    """Write a tree in DuckDB's SQL.

    Raises:
        ApiError: 400, something DuckDB has no words for.
    """
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise invalid_query(f"this double does not run that: {error}") from error


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
