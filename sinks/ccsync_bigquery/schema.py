"""The tables in the client library's terms, and how they differ from those at BigQuery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec
from google.cloud import bigquery

from ccsync.warehouse.columns import Column, Table
from ccsync_bigquery import permissions, spelling
from ccsync_bigquery.errors import MismatchError

if TYPE_CHECKING:
    from ccsync_bigquery.service import Service


def fields(table: Table) -> list[bigquery.SchemaField]:
    """Give the columns as the client library wants them."""
    return [parsed(spelling.field(column)) for column in table.columns]


def missing_columns(table: Table, live: Sequence[bigquery.SchemaField]) -> list[str]:
    """Name the columns that are not there, nested ones as `model_usage.currency`."""
    return list(_missing(table.columns, read(live), ""))


def conflicts(table: Table, live: Sequence[bigquery.SchemaField]) -> list[str]:
    """Say of each live column that our rows do not fit why not.

    A column that may be null where ours may not is none: so are those that an upgrade adds. Nor is
    a column of somebody else's, unless it refuses rows that do not have it.
    """
    return list(_conflicts(table.columns, read(live), ""))


def misfits(table: Table, live: bigquery.Table) -> list[str]:
    """Say what about a live table no upgrade can put right."""
    if live.table_type != "TABLE":
        return [f"it is a {str(live.table_type).lower()}, and should be a table"]
    wrong = conflicts(table, schema_of(live))
    partitioning: Any = live.time_partitioning
    found = None if partitioning is None else (partitioning.type_, partitioning.field)
    if found != ("DAY", table.partition):
        wrong.append(f"it is not partitioned by the days of {table.partition}")
    return wrong


def lacks(name: str, missing: Sequence[str]) -> MismatchError:
    """Say that a table lacks columns, and what to do."""
    return MismatchError(
        f"{name} lacks {', '.join(missing)}: it was made by an older ccsync",
        "Run `ccsync bigquery init --upgrade`",
    )


def does_not_fit(name: str, wrong: Sequence[str], missing: Sequence[str]) -> MismatchError:
    """Say what no upgrade puts right, with the columns that are missing as well."""
    also = [f"it lacks {', '.join(missing)}"] if missing else []
    return MismatchError(f"{name} does not fit: {'; '.join([*wrong, *also])}", REMEDY)


def is_same(one: Sequence[bigquery.SchemaField], other: Sequence[bigquery.SchemaField]) -> bool:
    """Tell whether columns are alike in everything, descriptions and policy tags, too."""
    return [_raw(field) for field in one] == [_raw(field) for field in other]


def with_missing(
    table: Table, live: Sequence[bigquery.SchemaField]
) -> tuple[bigquery.SchemaField, ...]:
    """Give the live columns with what is missing added and our descriptions put right.

    Everything else of a live column stays: policy tags, defaults, its place.
    """
    raw = _with_missing(table.columns, [_raw(one) for one in live])
    return tuple(parsed(one) for one in raw)


def live_table(service: Service, table: Table) -> bigquery.Table:
    """Read a table, and make sure that it takes every column that we write.

    Raises:
        SinkUnavailable: BigQuery cannot be reached now.
        SinkRefused: the table is not there or may not be read, or its columns do not fit.
    """
    live = read_table(service, table.name)
    name = service.place.table(table.name)
    if wrong := conflicts(table, schema_of(live)):
        raise does_not_fit(name, wrong, missing_columns(table, schema_of(live)))
    if missing := missing_columns(table, schema_of(live)):
        raise lacks(name, missing)
    return live


def read_table(service: Service, name: str) -> bigquery.Table:
    """Read a table or view of the dataset.

    Raises:
        SinkUnavailable, SinkRefused: as `Service.call`; `MissingTableError` when it is not there.
    """

    def read() -> bigquery.Table:
        client: Any = service.client
        full = service.place.table(name)
        return cast("bigquery.Table", client.get_table(full, retry=None, timeout=service.timeout))

    return service.call("read the table", read, table=name, permission=permissions.TABLES_GET)


def schema_of(live: bigquery.Table) -> Sequence[bigquery.SchemaField]:
    """Give the columns of a live table; the client library does not type that."""
    return cast("Sequence[bigquery.SchemaField]", live.schema)  # pyright: ignore[reportUnknownMemberType]


REMEDY = "Move the table away (a copy keeps its rows), or name another dataset"
"""What to do about a table that no upgrade makes fit."""


class Field(msgspec.Struct):
    """What matters of a live column."""

    name: str
    type: str
    mode: str = "NULLABLE"
    description: str | None = None
    fields: tuple[Field, ...] = ()


def read(live: Sequence[bigquery.SchemaField]) -> tuple[Field, ...]:
    """Read live columns."""
    return tuple(msgspec.convert(_raw(one), Field) for one in live)


def parsed(raw: dict[str, Any]) -> bigquery.SchemaField:
    """Make a field of what the API gives."""
    make: Any = bigquery.SchemaField
    return cast("bigquery.SchemaField", make.from_api_repr(raw))


def _raw(one: bigquery.SchemaField) -> dict[str, Any]:
    """Give a field as the API does; the client library does not type that."""
    return cast("dict[str, Any]", one.to_api_repr())  # pyright: ignore[reportUnknownMemberType]


def _missing(columns: Sequence[Column], live: Sequence[Field], above: str) -> Iterator[str]:
    # Names of columns are the same in upper and lower case.
    there = {one.name.lower(): one for one in live}
    for column in columns:
        found = there.get(column.name)
        if found is None:
            yield above + column.name
        elif column.fields:
            yield from _missing(column.fields, found.fields, f"{above}{column.name}.")


def _conflicts(columns: Sequence[Column], live: Sequence[Field], above: str) -> Iterator[str]:
    ours = {column.name: column for column in columns}
    for found in live:
        name, kind = above + found.name, spelling.sql_name(found.type)
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
    columns: Sequence[Column], live: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    ours = {column.name: column for column in columns}
    for found in live:
        column = ours.pop(str(found["name"]).lower(), None)
        yield found if column is None else _described(column, found)
    for column in ours.values():
        yield spelling.field(column, required=False)


def _described(column: Column, found: dict[str, Any]) -> dict[str, Any]:
    described = {**found, "description": column.description}
    if column.fields:
        described["fields"] = list(_with_missing(column.fields, found.get("fields", ())))
    return described
