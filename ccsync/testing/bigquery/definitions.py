"""DDL as resources: what CREATE TABLE and CREATE VIEW say, as tables.insert would say it.

Source: "Data definition language (DDL) statements in GoogleSQL" and the REST type `Table`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.sql import Tree, invalid_query

_T = exp.DataType.Type

_TYPES = {
    **dict.fromkeys((_T.BIGINT, _T.INT), "INTEGER"),
    **dict.fromkeys((_T.TEXT, _T.VARCHAR), "STRING"),
    **dict.fromkeys((_T.DATETIME, _T.TIMESTAMP, _T.TIMESTAMPNTZ), "DATETIME"),
    _T.DOUBLE: "FLOAT",
    _T.BOOLEAN: "BOOLEAN",
    _T.DATE: "DATE",
    _T.TIME: "TIME",
    _T.TIMESTAMPTZ: "TIMESTAMP",
    _T.DECIMAL: "NUMERIC",
    _T.BIGDECIMAL: "BIGNUMERIC",
    _T.JSON: "JSON",
}
_DAY = 86_400_000
_UNITS = ("HOUR", "DAY", "MONTH", "YEAR")


def table_body(create: exp.Create) -> dict[str, Any]:
    """Give the body of a table: schema, partitioning, clustering and options.

    Raises:
        ApiError: 400, something this double does not know.
    """
    body: dict[str, Any] = {}
    if isinstance(create.this, exp.Schema):
        body["schema"] = {"fields": [field_of(one) for one in create.this.expressions]}
    properties = list(_properties(create))
    body |= _options(properties)
    days = body.pop("partition_expiration_days", None)
    for one in properties:
        if isinstance(one, exp.PartitionedByProperty):
            body["timePartitioning"] = _partitioning(one.this)
        elif isinstance(one, exp.Cluster | exp.ClusterProperty):
            body["clustering"] = {"fields": [column.name for column in one.expressions]}
    if days is not None:
        if "timePartitioning" not in body:
            raise invalid_query("partition_expiration_days is for partitioned tables only")
        body["timePartitioning"]["expirationMs"] = str(int(days * _DAY))
    return body


def view_body(create: exp.Create, query: str, fields: list[Field]) -> dict[str, Any]:
    """Give the body of a view.

    Args:
        create: the statement.
        query: its query as it was written.
        fields: of the query's result; as many as `renamed_columns` found.

    Raises:
        ApiError: 400, an option this double does not know.
    """
    if isinstance(create.this, exp.Schema):
        listed = create.this.expressions
        fields = [_listed(one, field) for one, field in zip(listed, fields, strict=True)]
    view = {"query": query, "useLegacySql": False}
    options = _options(_properties(create))
    return {**options, "view": view, "schema": {"fields": fields}}


def renamed_columns(create: exp.Create, fields: list[Field]) -> list[str]:
    """Give the names a view's list of columns has, if they are not those of its query.

    Raises:
        ApiError: 400, the list has not as many as the query.
    """
    if not isinstance(create.this, exp.Schema):
        return []
    names = [one.name for one in create.this.expressions]
    if len(names) != len(fields):
        raise invalid_query(
            f"The number of view columns ({len(names)}) does not match that of its query"
            f" ({len(fields)})"
        )
    return [] if names == [field["name"] for field in fields] else names


def field_of(column: Tree) -> Field:
    """Give a column of DDL as a field.

    Raises:
        ApiError: 400, a type this double does not know.
    """
    kind = column.args.get("kind")
    if not isinstance(column, exp.ColumnDef) or not isinstance(kind, exp.DataType):
        raise invalid_query(f"this double does not know: {column.sql('bigquery')}")
    field = {"name": column.name, **_type(kind)}
    for rule in _rules(column):
        if isinstance(rule, exp.NotNullColumnConstraint):
            field["mode"] = "REQUIRED"
        elif isinstance(rule, exp.Properties):
            field |= _options(rule.expressions)
        else:
            raise invalid_query(f"this double does not know: {rule.sql('bigquery')}")
    return field


def _rules(column: Tree) -> list[Tree]:
    return [one.args["kind"] for one in column.args.get("constraints") or ()]


def _type(kind: exp.DataType) -> dict[str, Any]:
    if kind.this == _T.ARRAY:
        return {**_type(kind.expressions[0]), "mode": "REPEATED"}
    if kind.this == _T.STRUCT:
        fields = [field_of(one) for one in kind.expressions]
        return {"type": "RECORD", "mode": "NULLABLE", "fields": fields}
    if kind.this not in _TYPES or kind.expressions:
        raise invalid_query(f"this double does not know the type {kind.sql('bigquery')}")
    return {"type": _TYPES[kind.this], "mode": "NULLABLE"}


def _properties(create: exp.Create) -> list[Tree]:
    properties = create.args.get("properties")
    return list(properties.expressions) if properties is not None else []


def _options(properties: Iterable[Tree]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for one in properties:
        if not isinstance(one, exp.Property) or type(one) is not exp.Property:
            continue
        value = one.args["value"]
        match one.name:
            case "description":
                said["description"] = value.name
            case "friendly_name":
                said["friendlyName"] = value.name
            case "labels":
                said["labels"] = {
                    pair.expressions[0].name: pair.expressions[1].name for pair in value.expressions
                }
            case "require_partition_filter":
                said["requirePartitionFilter"] = bool(value.this)
            case "partition_expiration_days":
                said["partition_expiration_days"] = Decimal(value.name)
            case name:
                raise invalid_query(f"Unknown option: {name}")
    return said


def _partitioning(by: Tree) -> dict[str, Any]:
    """Give PARTITION BY date, DATE(moment), DATE_TRUNC(date, MONTH)... as `timePartitioning`."""
    unit = by.args.get("unit")
    kind = unit.name.upper() if unit is not None else "DAY"
    column = by if isinstance(by, exp.Identifier | exp.Column) else by.this
    if kind not in _UNITS or not isinstance(column, exp.Identifier | exp.Column):
        raise invalid_query(f"this double does not know PARTITION BY {by.sql('bigquery')}")
    return {"type": kind, "field": column.name}


def _listed(column: Tree, field: Field) -> Field:
    named = {**field, "name": column.name}
    for rule in _rules(column):
        if isinstance(rule, exp.Properties):
            named |= _options(rule.expressions)
    return named
