"""Views and examples in a file that the sink made: equal to plain Python, exactly.

Read as an analyst does, with a DuckDB of one's own; in its own time zone.
"""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import duckdb
import msgspec
import pytest

from ccsync.testing.contract.context import ContractContext
from ccsync.warehouse.columns import TABLES, Column, Table
from ccsync.warehouse.dialect import DuckDB
from ccsync.warehouse.examples import EXAMPLES, Example
from ccsync.warehouse.views import VIEWS, View
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import a_config
from tests.unit.warehouse import example_truth, view_truth
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.engine import MOMENT, moment, plain
from tests.unit.warehouse.scene import TODAY, Scene, make_scene


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene()


@pytest.fixture(scope="module")
def connection(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Generator[duckdb.DuckDBPyConnection]:
    """Let the sink make a file, put every odd thing in, and open it to be read."""
    path = tmp_path_factory.mktemp("views") / "usage.duckdb"
    sink = DuckDBSink(a_config(path), ContractContext())
    sink.open()
    sink.close()
    with duckdb.connect(str(path)) as writing:
        for table, rows in zip(TABLES, (scene.rows, scene.commits), strict=True):
            _insert(writing, table, rows)
    with duckdb.connect(str(path), read_only=True) as reading:
        reading.execute("SET TimeZone = 'America/New_York'")
        yield reading


def _insert(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    encode = msgspec.json.Encoder(decimal_format="string").encode
    kind = DuckDB("main").type_of(Column("row", "RECORD", "", fields=table.columns))
    names = ", ".join(column.name for column in table.columns)
    connection.execute(
        f"INSERT INTO {table.name} ({names}) SELECT unnest(CAST(line::JSON AS {kind})) "
        "FROM (SELECT unnest(?::VARCHAR[]) AS line)",
        [[encode(row).decode() for row in rows]],
    )


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Give the rows of a query, in order."""
    kinds = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
    wanted = ", ".join(
        f'epoch_us("{name}")' if kind == MOMENT else f'"{name}"' for name, kind in kinds.items()
    )
    rows = connection.execute(f"SELECT {wanted} FROM ({sql})").fetchall()
    return [
        {
            name: moment(value) if kind == MOMENT else plain(value)
            for (name, kind), value in zip(kinds.items(), row, strict=True)
        }
        for row in rows
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
def test_view_shows_the_truth(
    connection: duckdb.DuckDBPyConnection, scene: Scene, view: View
) -> None:
    shown = ask(connection, f"SELECT * FROM {view.name}")
    expected = list(view_truth.TRUTH[view.name](scene))
    assert list(shown[0]) == [name for name, _ in view.columns]
    assert difference(view_truth.ordered(shown), view_truth.ordered(expected)) == ""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.name))
def test_example_answers_in_order(
    connection: duckdb.DuckDBPyConnection, scene: Scene, example: Example
) -> None:
    answer = ask(connection, example.sql(DuckDB(today=TODAY)))
    assert difference(answer, list(example_truth.TRUTH[example.name](scene))) == ""
