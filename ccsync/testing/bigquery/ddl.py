"""CREATE, DROP and ALTER: SQL that lands in the catalog.

Permissions are those of "Data definition language (DDL) statements in GoogleSQL": creating needs
bigquery.tables.create on the dataset, OR REPLACE bigquery.tables.update on the table as well.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog
from ccsync.testing.bigquery.definitions import field_of, renamed_columns, table_body, view_body
from ccsync.testing.bigquery.engine import Rows
from ccsync.testing.bigquery.errors import ApiError, already_exists
from ccsync.testing.bigquery.outcome import Outcome
from ccsync.testing.bigquery.sql import Statement, Tree, defining_query, invalid_query
from ccsync.testing.bigquery.storage import Storage
from ccsync.testing.bigquery.translate import Scope, Translator


class Ddl:
    """Makes, changes and removes tables and views."""

    def __init__(
        self, storage: Storage, catalog: Catalog, access: Access, translator: Translator
    ) -> None:
        """Change a catalog."""
        self._storage = storage
        self._catalog = catalog
        self._access = access
        self._translator = translator

    def run(self, statement: Statement, scope: Scope, *, dry_run: bool) -> Outcome:
        """Run a statement; a dry run only checks it.

        Raises:
            ApiError: it is wrong, or not allowed.
            duckdb.Error: the query in it is wrong.
        """
        tree: Any = statement.tree
        kind = str(tree.args.get("kind") or "").upper()
        if isinstance(tree, exp.Create) and kind == "SCHEMA":
            return self._create_schema(tree, scope, dry_run=dry_run)
        if isinstance(tree, exp.Create) and kind in ("TABLE", "VIEW"):
            return self._create(statement, tree, kind, scope, dry_run=dry_run)
        if isinstance(tree, exp.Drop) and kind in ("TABLE", "VIEW"):
            return self._drop(tree, kind, scope, dry_run=dry_run)
        if isinstance(tree, exp.Alter) and kind == "TABLE":
            return self._alter(tree, scope, dry_run=dry_run)
        raise invalid_query(f"this double does not run {tree.key.upper()} {kind}")

    def _create(
        self, statement: Statement, tree: exp.Create, kind: str, scope: Scope, *, dry_run: bool
    ) -> Outcome:
        name = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        key = self._translator.key(name, scope)
        scope.locations.add(self._catalog.dataset(key[:2])["location"])
        self._access.require("bigquery.tables.create", *key[:2])
        before = self._catalog.get(key)
        done = "CREATE"
        if before is not None and tree.args.get("exists"):
            done = "SKIP"
        elif before is not None:
            if not tree.args.get("replace"):
                raise already_exists(f"Table {key[0]}:{key[1]}.{key[2]}")
            if before["type"] != kind:
                raise invalid_query(
                    f"{'.'.join(key)} is not a {kind}, so it cannot be replaced as one"
                )
            self._access.require("bigquery.tables.update", *key)
            done = "REPLACE"
        body, rows = self._body(statement, tree, kind, scope, dry_run=dry_run)
        if done != "SKIP" and not dry_run:
            if done == "REPLACE":
                self._catalog.delete(key)
            self._catalog.create(key, body)
            if rows is not None and rows.values:
                self._storage.append(key, rows.values, streamed_at=None)
        said = f"CREATE_{kind}" + ("_AS_SELECT" if rows is not None else "")
        return Outcome(said, operation=done, target=key, read=set(scope.read))

    def _body(
        self, statement: Statement, tree: exp.Create, kind: str, scope: Scope, *, dry_run: bool
    ) -> tuple[dict[str, Any], Rows | None]:
        """Give the resource, and the rows of CREATE TABLE ... AS SELECT."""
        query = tree.expression
        if kind == "TABLE" and query is None:
            return table_body(tree), None
        if query is None:
            raise invalid_query("Syntax error: Expected keyword AS but got end of statement")
        text = defining_query(statement.text)
        engine = self._storage.engine
        wording = self._translator.select(text, scope)
        fields = wording.columns(engine)
        if kind == "TABLE":
            body = {"schema": {"fields": fields}, **table_body(tree)}
            return body, Rows(fields, []) if dry_run else engine.select(wording.sql)
        names = renamed_columns(tree, fields)
        if names:
            text = _renamed(query.copy(), names).sql(dialect="bigquery")
        return view_body(tree, text, fields), None

    def _drop(self, tree: exp.Drop, kind: str, scope: Scope, *, dry_run: bool) -> Outcome:
        name: Any = tree.find(exp.Table)
        key = self._translator.key(name, scope)
        found = self._catalog.get(key)
        if found is None and tree.args.get("exists"):
            return Outcome(f"DROP_{kind}", operation="SKIP", target=key)
        found = self._translator.resource(key, scope)
        if found["type"] != kind:
            raise invalid_query(f"Cannot drop {'.'.join(key)} as a {kind}: it is a {found['type']}")
        self._access.require("bigquery.tables.delete", *key)
        if not dry_run:
            self._catalog.delete(key)
        return Outcome(f"DROP_{kind}", operation="DROP", target=key)

    def _alter(self, tree: exp.Alter, scope: Scope, *, dry_run: bool) -> Outcome:
        key = self._translator.key(tree.this, scope)
        found = self._translator.resource(key, scope)
        self._access.require("bigquery.tables.update", *key)
        fields = list(found["schema"]["fields"])
        names = {one["name"].casefold() for one in fields}
        for action in tree.args["actions"]:
            added = field_of(action)
            if added["name"].casefold() not in names:
                fields.append(added)
            elif not action.args.get("exists"):
                raise invalid_query(f"Column already exists: {added['name']}")
        if not dry_run:
            self._catalog.patch(key, {"schema": {"fields": fields}})
        return Outcome("ALTER_TABLE", operation="ALTER", target=key)

    def _create_schema(self, tree: exp.Create, scope: Scope, *, dry_run: bool) -> Outcome:
        project, dataset = _place(tree.this, scope)
        self._access.require("bigquery.datasets.create", project)
        try:
            self._catalog.dataset((project, dataset))
        except ApiError as error:
            if error.status != 404:
                raise
        else:
            if not tree.args.get("exists"):
                raise already_exists(f"Dataset {project}:{dataset}")
            return Outcome("CREATE_SCHEMA", operation="SKIP")
        said = tree.find(exp.LocationProperty)
        body = {"location": said.name} if said is not None else {}
        if not dry_run:
            self._catalog.create_dataset((project, dataset), body)
        return Outcome("CREATE_SCHEMA", operation="CREATE")


def _place(name: exp.Table, scope: Scope) -> tuple[str, str]:
    """Give a dataset's place: `p.d` in one pair of backticks, or in two, or without a project."""
    project, _, dataset = ".".join(filter(None, (name.catalog, name.db))).rpartition(".")
    return project or scope.project, dataset


def _renamed(query: Tree, names: list[str]) -> Tree:
    """Give a query with other names for its columns."""
    inner: Any = query
    while isinstance(inner, exp.SetOperation | exp.Subquery):
        inner = inner.this
    if len(inner.expressions) != len(names):
        raise invalid_query("this double renames no columns of SELECT *")
    for one, name in zip(list(inner.expressions), names, strict=True):
        one.replace(exp.alias_(one.unalias().copy(), name))
    return query
