"""A tree in DuckDB's words: as it is run, and as its plan shows what it filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from ccsync.testing.bigquery.columns import duckdb_type
from ccsync.testing.bigquery.engine import Engine
from ccsync.testing.bigquery.resources import copied
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.sql import Tree, invalid_query

Key: TypeAlias = tuple[str, str, str]


@dataclass
class Wording:
    """A query in DuckDB's SQL."""

    sql: str
    loose: str
    """One that has the same filters, but where no UNNEST depends on a row.

    DuckDB passes no filter below such an UNNEST, BigQuery does.
    """

    unnested: frozenset[str]
    """The columns that are not in `loose` any more, in lower case."""

    _columns: list[Field] = field(default_factory=list[Field], init=False, repr=False)

    def columns(self, engine: Engine) -> list[Field]:
        """Give the columns, without running it; DuckDB is asked once.

        Raises:
            ApiError: 400, a column of a type or name that BigQuery does not return.
            duckdb.Error: it is wrong.
        """
        if not self._columns:
            self._columns = engine.fields(self.sql)
        return copied(self._columns)


def worded(tree: Tree, tables: Mapping[Key, dict[str, Any]]) -> Wording:
    """Write a query in DuckDB's SQL.

    Args:
        tree: made by the translator.
        tables: resources of the tables it reads.

    Raises:
        ApiError: DuckDB has no words for it.
    """
    sql = generate(tree)
    loose, unnested = _loosened(tree, _repeated(tables))
    return Wording(sql, generate(loose) if unnested else sql, unnested)


def _repeated(tables: Mapping[Key, dict[str, Any]]) -> dict[str, str]:
    """Give the DuckDB type of each repeated column of some tables, by its name in lower case."""
    return {
        one["name"].casefold(): duckdb_type(one)
        for table in tables.values()
        for one in table["schema"]["fields"]
        if one["mode"] == "REPEATED"
    }


def generate(tree: Tree) -> str:
    """Write a tree in DuckDB's SQL.

    Raises:
        ApiError: 400, something DuckDB has no words for.
    """
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise invalid_query(f"this double does not run that: {error}") from error


def _loosened(tree: Tree, kinds: Mapping[str, str]) -> tuple[Tree, frozenset[str]]:
    if not any(_unnested(one, kinds) for one in tree.find_all(exp.Unnest)):
        return tree, frozenset()
    loose = tree.copy()
    names: set[str] = set()
    for unnest in loose.find_all(exp.Unnest):
        name = _unnested(unnest, kinds)
        if name:
            names.add(name)
            kind = exp.DataType.build(kinds[name], dialect="duckdb")
            unnest.expressions[0].replace(exp.cast(exp.null(), kind))
    return loose, frozenset(names)


def _unnested(unnest: exp.Unnest, kinds: Mapping[str, str]) -> str:
    """Give the repeated column that is unnested, "" for something else."""
    column = unnest.expressions[0] if unnest.expressions else None
    name = column.name.casefold() if isinstance(column, exp.Column | exp.Dot) else ""
    return name if name in kinds else ""
