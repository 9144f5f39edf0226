"""A file that somebody else made may hold views of his: they get at nothing but the file."""

# ruff: noqa: S608 - a name of this test gets into the SQL

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccsync.cli import main
from ccsync.errors import Exit, SinkRefused
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, ORGANIZATION
from ccsync.testing.contract.context import ContractContext, nothing_to_remember
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import a_config, change, make, query

CONTENT = "words-of-the-reader"


def _named(secret: Path) -> str:
    return f"FROM '{secret}'"


def _read_as_text(secret: Path) -> str:
    return f"FROM read_text('{secret}')"


def _listed(secret: Path) -> str:
    return f"FROM glob('{secret.parent}/*.csv')"


@pytest.fixture(scope="module", params=[_named, _read_as_text, _listed])
def planted(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A file of ccsync with a view in it that reads another file, and says that it is as ours."""
    path = tmp_path_factory.mktemp("planted") / "usage.duckdb"
    make(path)
    sink = DuckDBSink(a_config(path), ContractContext())
    sink.open()
    sink.deliver(a_snapshot([a_record()]), None, nothing_to_remember)
    sink.close()
    secret = path.with_name("secret.csv")
    secret.write_text(f"a\n{CONTENT}\n")
    reads: Callable[[Path], str] = request.param
    (text,) = (
        row["sql"]
        for row in query(path, "SELECT sql FROM duckdb_views() WHERE view_name = 'usage_daily'")
    )
    stolen = f"(SELECT max(CAST(one AS VARCHAR)) FROM ({reads(secret)}) AS one)"
    change(path, text.replace("VIEW usage_daily", "VIEW former", 1))
    change(
        path,
        f"CREATE OR REPLACE VIEW usage_daily AS SELECT * REPLACE ({stolen} AS actor_id) "
        "FROM former",
    )
    seen = str(query(path, "SELECT actor_id FROM usage_daily"))
    assert CONTENT in seen or str(secret) in seen, "without our guard the view does read it"
    return path


ASKED: list[Callable[[DuckDBSink], object]] = [
    lambda sink: list(sink.read(None, None)),
    lambda sink: (sink.open(), list(sink.read(None, None))),
    lambda sink: (sink.open(), sink.totals(ORGANIZATION, DAY)),
]


@pytest.mark.parametrize("ask", ASKED)
def test_a_sink_is_refused(planted: Path, ask: Callable[[DuckDBSink], object]) -> None:
    sink = DuckDBSink(a_config(planted), ContractContext())
    with pytest.raises(SinkRefused, match="a view in it asks for another file") as refused:
        ask(sink)
    sink.close()
    assert str(refused.value).startswith(str(planted))
    assert CONTENT not in str(refused.value)


def test_insights_are_refused(planted: Path) -> None:
    done = CliRunner().invoke(main, ["insights", str(planted), "--json"])
    assert "a view in it asks for another file" in done.output
    assert CONTENT not in done.output
    assert done.exit_code == Exit.REFUSED
