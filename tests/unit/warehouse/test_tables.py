"""Tables as SQL."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
import sqlglot.expressions as exp

from ccsync.warehouse.columns import TABLES, USAGE_RAW, Table
from ccsync.warehouse.dialect import BigQuery, DuckDB, Options
from ccsync.warehouse.tables import create_table

BIGQUERY = BigQuery("my-project", "usage")


def by_name(table: Table) -> str:
    return table.name


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_duckdb_makes_the_table_once_and_describes_it(table: Table) -> None:
    dialect = DuckDB("usage")
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA usage").fetchall()
        for _ in range(2):
            connection.execute(create_table(table, dialect)).fetchall()
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() "
            "WHERE schema_name = 'usage'"
        ).fetchall()
        (about,) = connection.execute("SELECT comment FROM duckdb_tables()").fetchall()
    assert about == (table.description,)
    assert [(name, nullable, comment) for name, _, nullable, comment in columns] == [
        (one.name, not (one.required or one.repeated), one.description) for one in table.columns
    ]
    kinds = {name: kind for name, kind, _, _ in columns}
    assert kinds["date"] == "DATE"
    assert kinds["schema_version"] == "BIGINT"
    if table is USAGE_RAW:
        assert "estimated_cost DECIMAL(38,18)" in kinds["model_usage"]
        assert kinds["model_usage"].startswith("STRUCT(")
        assert kinds["model_usage"].endswith(")[]")


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_bigquery_statement_says_all_of_it(table: Table) -> None:
    text = create_table(table, BIGQUERY)
    (statement,) = sqlglot.parse(text, read="bigquery")
    assert isinstance(statement, exp.Create)
    assert statement.args["exists"]
    schema = statement.this
    assert schema.this.sql("bigquery").replace("`", "") == f"my-project.usage.{table.name}"
    assert [column.name for column in schema.expressions] == [one.name for one in table.columns]
    required = [bool(column.find(exp.NotNullColumnConstraint)) for column in schema.expressions]
    assert required == [one.required for one in table.columns]
    assert f"\nPARTITION BY date\nCLUSTER BY {', '.join(table.cluster)}\n" in text
    told = {literal.this for literal in statement.find_all(exp.Literal)}
    assert {table.description, *(one.description for one in table.columns)} <= told
    assert 'labels=[("managed_by", "ccsync"), ("schema_version", "1")]' in text
    assert "expiration" not in text
    assert "require_partition_filter" not in text


def test_bigquery_types_are_written_out() -> None:
    text = create_table(USAGE_RAW, BIGQUERY)
    assert "\n  tool_actions ARRAY<STRUCT<tool STRING OPTIONS (description=" in text
    assert "estimated_cost BIGNUMERIC OPTIONS (description=" in text


def test_options_are_set_where_there_are_any() -> None:
    options = Options(
        labels={"team": "platform", "managed_by": "somebody"},
        partition_expiration_days=400,
        require_partition_filter=True,
    )
    text = create_table(USAGE_RAW, BIGQUERY, options)
    assert (
        '  labels=[("managed_by", "ccsync"), ("schema_version", "1"), ("team", "platform")],\n'
        "  partition_expiration_days=400,\n"
        "  require_partition_filter=TRUE\n"
    ) in text
    assert create_table(USAGE_RAW, DuckDB(), options) == create_table(USAGE_RAW, DuckDB())
