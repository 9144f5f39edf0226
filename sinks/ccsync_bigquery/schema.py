"""The tables in the client library's terms, and how they differ from those at BigQuery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from google.cloud import bigquery

from ccsync.errors import SinkRefused
from ccsync.warehouse.columns import Column, Table

if TYPE_CHECKING:
    from ccsync_bigquery.service import Service

_API_NAMES = {"INT64": "INTEGER", "BOOL": "BOOLEAN"}
"""The API answers with the older names, whichever were given when the table was made."""

_SQL_NAMES = {
    "INTEGER": "INT64",
    "BOOLEAN": "BOOL",
    "FLOAT": "FLOAT64",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}


def fields(table: Table) -> list[bigquery.SchemaField]:
    """Give the columns as the client library wants them."""
    return [field(column) for column in table.columns]


def field(column: Column, *, required: bool | None = None) -> bigquery.SchemaField:
    """Give one column; `required` overrides its own: BigQuery adds none that must not be null."""
    return bigquery.SchemaField(
        column.name,
        _API_NAMES.get(column.type, column.type),
        mode=_mode(column, column.required if required is None else required),
        description=column.description,
        fields=[field(one) for one in column.fields],
    )


def missing_columns(table: Table, live: Sequence[bigquery.SchemaField]) -> list[str]:
    """Name the columns that are not there, nested ones as `model_usage.currency`."""
    return list(_missing(table.columns, live, ""))


def conflicts(table: Table, live: Sequence[bigquery.SchemaField]) -> list[str]:
    """Say of each live column that our rows do not fit why not.

    A column that may be null where ours may not is none: so are those that an upgrade adds. Nor is
    a column of somebody else's, unless it refuses rows that do not have it.
    """
    return list(_conflicts(table.columns, live, ""))


def with_missing(
    table: Table, live: Sequence[bigquery.SchemaField]
) -> tuple[bigquery.SchemaField, ...]:
    """Give the live columns with what is missing added and our descriptions put right.

    Everything else of a live column stays: policy tags, defaults, its place.
    """
    return tuple(_with_missing(table.columns, live))


def live_table(service: Service, table: Table) -> bigquery.Table:
    """Read a table, and make sure that it takes every column that we write.

    Raises:
        SinkUnavailable: BigQuery cannot be reached now.
        SinkRefused: the table is not there or may not be read, or its columns do not fit.
    """
    name = service.place.table(table.name)
    live = service.call(
        f"read the table {name}",
        lambda: service.client.get_table(name, retry=None, timeout=service.timeout),
        table=table.name,
        permission="bigquery.tables.get",
    )
    if wrong := conflicts(table, live.schema):
        raise SinkRefused(f"{name} does not fit: {'; '.join(wrong)}. {REMEDY}")
    if missing := missing_columns(table, live.schema):
        raise SinkRefused(
            f"{name} lacks {', '.join(missing)}: it was made by an older ccsync. Run `ccsync "
            "bigquery init --upgrade`"
        )
    return live


REMEDY = "Move the table away (a copy keeps its rows), or name another dataset"
"""What to do about a table that no upgrade makes fit."""


def sql_name(api_type: str) -> str:
    """Give a type's name as SQL and `ccsync.warehouse` spell it."""
    return _SQL_NAMES.get(api_type, api_type)


def _mode(column: Column, required: bool) -> str:
    if column.repeated:
        return "REPEATED"
    return "REQUIRED" if required else "NULLABLE"


def _by_name(live: Sequence[bigquery.SchemaField]) -> dict[str, bigquery.SchemaField]:
    """Names of columns are the same in upper and lower case."""
    return {one.name.lower(): one for one in live}


def _missing(
    columns: Sequence[Column], live: Sequence[bigquery.SchemaField], above: str
) -> Iterator[str]:
    there = _by_name(live)
    for column in columns:
        found = there.get(column.name)
        if found is None:
            yield above + column.name
        elif column.fields:
            yield from _missing(column.fields, found.fields, f"{above}{column.name}.")


def _conflicts(
    columns: Sequence[Column], live: Sequence[bigquery.SchemaField], above: str
) -> Iterator[str]:
    ours = {column.name: column for column in columns}
    for found in live:
        name, kind = above + found.name, sql_name(found.field_type)
        column = ours.get(found.name.lower())
        if column is None:
            if found.mode == "REQUIRED":
                yield f"{name} is required, and ccsync does not know it"
        elif kind != column.type:
            yield f"{name} is {kind}, and should be {column.type}"
        elif (found.mode == "REPEATED") != column.repeated:
            is_not, be_not = ("not ", "") if column.repeated else ("", "not ")
            yield f"{name} is {is_not}repeated, and should {be_not}be"
        elif found.mode == "REQUIRED" and not column.required:
            yield f"{name} is required, and ccsync writes null where the API says nothing"
        elif column.fields:
            yield from _conflicts(column.fields, found.fields, f"{name}.")


def _with_missing(
    columns: Sequence[Column], live: Sequence[bigquery.SchemaField]
) -> Iterator[bigquery.SchemaField]:
    ours = {column.name: column for column in columns}
    there = _by_name(live)
    for found in live:
        column = ours.get(found.name.lower())
        yield found if column is None else _described(column, found)
    for column in columns:
        if column.name not in there:
            yield field(column, required=False)


def _described(column: Column, found: bigquery.SchemaField) -> bigquery.SchemaField:
    as_sent = found.to_api_repr()
    as_sent["description"] = column.description
    if column.fields:
        as_sent["fields"] = [
            one.to_api_repr() for one in _with_missing(column.fields, found.fields)
        ]
    return bigquery.SchemaField.from_api_repr(as_sent)
