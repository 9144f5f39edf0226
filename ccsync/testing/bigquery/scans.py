"""What a query scans, read off DuckDB's plan: partitions, columns, bytes.

A table with `requirePartitionFilter` is refused without a filter on its partitioning column that
reaches the scan ("Querying partitioned tables": require a partition filter); how far BigQuery
passes a filter down through views and joins is not documented: DuckDB's optimizer stands in for it.

Bytes are counted by the logical sizes of "Estimate query costs": 8 for INT64, FLOAT64, DATE and
TIMESTAMP, 16 for NUMERIC, 32 for BIGNUMERIC, 1 for BOOL, 2 plus its length for STRING; of the
columns that are read, in the partitions that are not pruned.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ccsync.testing.bigquery.columns import quoted
from ccsync.testing.bigquery.engine import Engine
from ccsync.testing.bigquery.resources import part
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.sql import invalid_query
from ccsync.testing.bigquery.storage import Key, stored
from ccsync.testing.bigquery.wording import Wording

_SIZES = {
    **dict.fromkeys(("INTEGER", "FLOAT", "DATE", "TIME", "DATETIME", "TIMESTAMP"), 8),
    "BOOLEAN": 1,
    "NUMERIC": 16,
    "BIGNUMERIC": 32,
}


@dataclass(frozen=True)
class Scan:
    """One table read by a plan."""

    key: Key
    columns: frozenset[str]
    """In lower case, those of filters too."""

    pruning: tuple[str, ...]
    """The filters on nothing but the partitioning column, in DuckDB's SQL."""


def scans(engine: Engine, wording: Wording, tables: Mapping[Key, dict[str, Any]]) -> list[Scan]:
    """Give the scans in the plan of a SELECT.

    Args:
        engine: the database.
        wording: of the SELECT.
        tables: resources of the tables it reads.

    Raises:
        duckdb.Error: it is wrong.
    """
    by_name = {stored(key): key for key in tables}
    try:
        plan = engine.plan(wording.loose)
    except duckdb.Error:
        plan = engine.plan(wording.sql)
    found: list[Scan] = []
    for node, above in _nodes(plan):
        extra = node["extra_info"]
        name = _normal(extra.get("Table", ""))
        if name in by_name:
            key = by_name[name]
            partition = frozenset({partition_column(tables[key]).casefold()})
            texts = _listed(extra.get("Filters")) + _conditions(above)
            filters = [(text, _columns(text)) for text in texts]
            columns = {_unquoted(one) for one in _listed(extra.get("Projections"))}
            columns.update(wording.unnested, *(used for _, used in filters))
            pruning = tuple(text for text, used in filters if used == partition)
            found.append(Scan(key, frozenset(columns), pruning))
    return found


def require_partition_filters(found: list[Scan], tables: Mapping[Key, dict[str, Any]]) -> None:
    """Refuse a query that reads every partition of a table which demands a filter.

    Raises:
        ApiError: 400 `invalidQuery`.
    """
    for scan in found:
        table = tables[scan.key]
        if demands_filter(table) and not scan.pruning:
            raise invalid_query(
                f"Cannot query over table '{'.'.join(scan.key)}' without a filter over column(s)"
                f" '{partition_column(table)}' that can be used for partition elimination"
            )


def demands_filter(table: dict[str, Any]) -> bool:
    """Tell whether a table's resource demands a filter on its partitions."""
    places = (table, part(table, "timePartitioning"))
    return any(one.get("requirePartitionFilter") for one in places)


def bytes_processed(engine: Engine, found: list[Scan], tables: Mapping[Key, dict[str, Any]]) -> int:
    """Count the bytes a query processes.

    Raises:
        duckdb.Error: a filter of the plan could not be applied again.
    """
    total = 0
    for scan in found:
        fields = tables[scan.key]["schema"]["fields"]
        sizes = [
            _size(one, quoted(one["name"]))
            for one in fields
            if one["name"].casefold() in scan.columns
        ]
        if sizes:
            where = " AND ".join(scan.pruning) or "true"
            total += int(
                engine.value(
                    f"SELECT coalesce(sum({' + '.join(sizes)}), 0)"  # noqa: S608
                    f" FROM {stored(scan.key)} WHERE {where}"
                )
            )
    return total


def partition_column(table: dict[str, Any]) -> str:
    """Give the column a table's resource says it is partitioned by, "" for none."""
    return str(part(table, "timePartitioning").get("field") or "")


def _size(field: Field, value: str) -> str:
    if field["mode"] == "REPEATED":
        inner = _size({**field, "mode": "NULLABLE"}, "x")
        return f"coalesce(list_sum(list_transform({value}, lambda x: {inner})), 0)"
    if field["type"] == "RECORD":
        parts = (_size(one, f"({value}).{quoted(one['name'])}") for one in field["fields"])
        return f"({' + '.join(parts)})"
    size = (
        str(_SIZES[field["type"]])
        if field["type"] in _SIZES
        else f"2 + strlen(CAST({value} AS VARCHAR))"
    )
    return f"CASE WHEN {value} IS NULL THEN 0 ELSE {size} END"


def _nodes(
    plan: list[dict[str, Any]], above: dict[str, Any] | None = None
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Give the nodes of a plan, each with the one above it."""
    for node in plan:
        yield node, above
        yield from _nodes(node["children"], node)


def _conditions(above: dict[str, Any] | None) -> list[str]:
    """Give what a filter right above a scan demands, AND taken apart."""
    if above is None or above["name"] != "FILTER":
        return []
    texts = _listed(above["extra_info"].get("Expression"))
    return [part for text in texts for part in _parts(text)]


@functools.lru_cache(maxsize=2000)
def _parts(text: str) -> tuple[str, ...]:
    with contextlib.suppress(SqlglotError):
        tree = sqlglot.parse_one(text, read="duckdb").unnest()
        if not isinstance(tree, exp.And):
            return (text,)
        return tuple(one.sql(dialect="duckdb") for one in tree.flatten())
    return ()


def _listed(said: Any) -> list[str]:
    items = cast("list[str]", said) if isinstance(said, list) else [str(said or "")]
    return [one.removeprefix("optional: ") for one in items if one]


@functools.lru_cache(maxsize=2000)
def _normal(name: str) -> str:
    """Give `memory."p.d".t` as `stored` writes it."""
    if not name:
        return ""
    table = exp.to_table(name, dialect="duckdb")
    return f"{quoted(table.db)}.{quoted(table.name)}"


def _unquoted(name: str) -> str:
    return name.strip('"').casefold()


@functools.lru_cache(maxsize=2000)
def _columns(text: str) -> frozenset[str]:
    """Give the columns of a filter; none of one that cannot be read."""
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        return frozenset()
    return frozenset(column.name.casefold() for column in tree.find_all(exp.Column))
