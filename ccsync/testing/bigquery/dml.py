"""INSERT, UPDATE and DELETE, with what streamed rows forbid.

For 30 minutes UPDATE and DELETE may not touch a row that insertAll wrote; the other rows of the
table may be changed meanwhile ("Transform data with DML": limitations).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.outcome import Outcome
from ccsync.testing.bigquery.scans import bytes_processed, require_partition_filters, scans
from ccsync.testing.bigquery.sql import Tree, invalid_query
from ccsync.testing.bigquery.storage import Key, Storage, stored, streamed_since
from ccsync.testing.bigquery.translate import Scope, Translator
from ccsync.testing.bigquery.wording import generate, worded

_UNTOUCHABLE = dt.timedelta(minutes=30)
_WRITE = "bigquery.tables.updateData"
_READ = "bigquery.tables.getData"


class Dml:
    """Changes rows."""

    def __init__(
        self, storage: Storage, catalog: Catalog, access: Access, translator: Translator
    ) -> None:
        """Change the tables of a catalog."""
        self._storage = storage
        self._engine = storage.engine
        self._catalog = catalog
        self._access = access
        self._translator = translator

    def run(
        self, tree: exp.Insert | exp.Update | exp.Delete, scope: Scope, *, dry_run: bool
    ) -> Outcome:
        """Run a statement, whose tree it changes; a dry run checks it and counts its bytes.

        Raises:
            ApiError: it is wrong, not allowed, or would change rows streamed just now.
            duckdb.Error: it failed.
        """
        statement = tree.key.upper()
        if statement != "INSERT" and tree.args.get("where") is None:
            raise invalid_query(f"{statement} must have a WHERE clause")
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        key = self._translator.key(target, scope)
        resource = self._translator.resource(key, scope)
        if resource["type"] != "TABLE":
            raise invalid_query(f"Cannot run DML on {'.'.join(key)}, a {resource['type']}")
        self._access.require(_WRITE, *key)
        if statement == "INSERT":
            return self._insert(tree, target, key, scope, dry_run=dry_run)
        self._access.require(_READ, *key)
        scope.read[key] = resource
        self._translator.prepared(tree, scope, keep=target)
        alias = target.alias or target.name
        place = exp.to_table(stored(key), dialect="duckdb")
        target.replace(exp.alias_(place, alias, table=True, quoted=True))
        with self._engine.lock:
            size = self._check(tree, key, scope)
            affected = 0 if dry_run else self._engine.execute(generate(tree))
        return Outcome(statement, bytes=size, affected=affected, target=key, read=set(scope.read))

    def _insert(self, tree: Any, target: Tree, key: Key, scope: Scope, *, dry_run: bool) -> Outcome:
        if not isinstance(tree.this, exp.Schema):
            columns = [str(one["name"]) for one in self._storage.fields(key)]
            listed = [exp.Identifier(this=name, quoted=True) for name in columns]
            tree.set("this", exp.Schema(this=target, expressions=listed))
        self._translator.prepared(tree, scope, keep=target)
        target.replace(exp.to_table(stored(key), dialect="duckdb"))
        size = 0
        source = tree.expression
        if isinstance(source, exp.Query) and not isinstance(source, exp.Values):
            size = self._bytes(source, scope)
        affected = 0 if dry_run else self._engine.execute(generate(tree))
        return Outcome("INSERT", bytes=size, affected=affected, target=key, read=set(scope.read))

    def _check(self, tree: Any, key: Key, scope: Scope) -> int:
        """Refuse what must not be changed; gives the bytes that are read."""
        rows = exp.select("1").from_(tree.this.copy()).where(tree.args["where"].this.copy())
        others = tree.args.get("from_") or tree.args.get("from")
        if others is not None:
            rows = rows.join(others.this.copy(), join_type="cross")
        size = self._bytes(rows, scope)
        fresh = f'"{tree.this.alias}".{streamed_since(scope.now - _UNTOUCHABLE)}'
        if self._engine.value(f"SELECT count(*) FROM ({generate(rows)} AND {fresh})"):  # noqa: S608
            raise ApiError(
                400,
                "invalidQuery",
                f"UPDATE or DELETE statement over table {'.'.join(key)} would affect rows in the"
                " streaming buffer, which is not supported",
                "q",
            )
        return size

    def _bytes(self, tree: Tree, scope: Scope) -> int:
        found = scans(self._engine, worded(tree, scope.read), scope.read)
        require_partition_filters(found, scope.read)
        return bytes_processed(self._engine, found, scope.read)
