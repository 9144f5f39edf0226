"""A file of an older schema version: rows are kept, and the file stays the same destination."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ccsync.cli import main
from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.sink import Shown
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.contract.context import nothing_to_remember
from ccsync.warehouse.columns import SCHEMA_VERSION
from ccsync_duckdb.upgrading import upgrade
from tests.support import duckdb
from tests.support.duckdb import change, held, query

from .conftest import Make

OLDER = """
DROP VIEW current_days;
DROP VIEW usage_daily;
ALTER TABLE usage_raw DROP COLUMN extra;
ALTER TABLE usage_raw ADD COLUMN of_somebody_else VARCHAR;
ALTER TABLE usage_raw ALTER COLUMN model_usage TYPE STRUCT(
  currency VARCHAR, model VARCHAR, input_tokens BIGINT, output_tokens BIGINT,
  cache_read_tokens BIGINT, cache_creation_tokens BIGINT, estimated_cost DECIMAL(38, 18),
  estimated_cost_minor DECIMAL(38, 18))[] USING list_transform(model_usage, lambda m: {
    'currency': m.currency, 'model': m.model, 'input_tokens': m.input_tokens,
    'output_tokens': m.output_tokens, 'cache_read_tokens': m.cache_read_tokens,
    'cache_creation_tokens': m.cache_creation_tokens, 'estimated_cost': m.estimated_cost,
    'estimated_cost_minor': m.estimated_cost_minor});
ALTER TABLE sync_days ALTER COLUMN mode DROP NOT NULL;
UPDATE usage_raw SET schema_version = 0;
UPDATE sync_days SET schema_version = 0;
UPDATE ccsync_file SET schema_version = 0, views = 'older';
"""
"""As an ccsync might have made it that knew fewer columns, and in another order."""


@pytest.fixture
def identity(make: Make, new: Path) -> str:
    """Deliver a day to a new file, and make an older one of it."""
    sink = make()
    named = sink.open()
    day = a_snapshot([a_record("mira"), a_record("otto", model_usage=(), tool_actions=())])
    sink.deliver(day, None, nothing_to_remember)
    sink.close()
    change(new, OLDER)
    return named


def read(make: Make) -> list[Shown]:
    return list(make().read(None, None))


def test_upgrade_keeps_what_is_there(make: Make, path: Path, identity: str) -> None:
    with pytest.raises(SinkRefused, match="ccsync duckdb upgrade"):
        make().open()
    assert upgrade(path) == 0
    day = a_snapshot([a_record("mira"), a_record("otto", model_usage=(), tool_actions=())])
    (shown,) = read(make)
    assert sorted(shown.records, key=lambda one: one.actor_id) == list(day.records())
    assert shown.snapshot_id == day.snapshot_id
    versions = query(path, "SELECT schema_version AS one FROM usage_raw UNION FROM (SELECT 1)")
    assert versions == [{"one": SCHEMA_VERSION}]
    sink = make()
    assert sink.open() == identity
    sink.deliver(a_snapshot([a_record("juno")]), None, nothing_to_remember)
    sink.close()
    (shown,) = read(make)
    assert [one.actor_id for one in shown.records] == ["juno"]


def test_what_a_row_must_have_is_required_again(path: Path, identity: str) -> None:
    del identity
    upgrade(path)
    required = (
        "SELECT column_name, is_nullable FROM duckdb_columns() WHERE table_name = 'sync_days'"
    )
    assert {row["is_nullable"] for row in query(path, required)} == {False}


def test_upgrading_twice_changes_nothing(make: Make, path: Path, identity: str) -> None:
    del identity
    upgrade(path)
    before = read(make)
    assert upgrade(path) == SCHEMA_VERSION
    assert read(make) == before


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path: Path, identity: str) -> None:
    del identity
    change(path, "UPDATE usage_raw SET sessions = 1; ALTER TABLE usage_raw DROP COLUMN date")
    before = query(path, "SELECT * EXCLUDE written_at FROM usage_raw ORDER BY ALL")
    with pytest.raises(SinkRefused, match=r"NOT NULL.*date.*Move it away"):
        upgrade(path)
    assert query(path, "SELECT * EXCLUDE written_at FROM usage_raw ORDER BY ALL") == before


def test_files_that_cannot_be_upgraded(path: Path) -> None:
    with pytest.raises(SinkRefused, match=r"there is no such file\. Nothing to do"):
        upgrade(path)
    change(path, "CREATE TABLE notes (text VARCHAR)")
    with pytest.raises(SinkRefused, match="of something else: it has the tables notes"):
        upgrade(path)
    duckdb.make(path)
    change(path, "UPDATE ccsync_file SET schema_version = 9")
    with pytest.raises(SinkRefused, match="Update ccsync"):
        upgrade(path)
    with held(path), pytest.raises(SinkUnavailable, match="PID"):
        upgrade(path)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["duckdb", "upgrade", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_for_files(path: Path, identity: str) -> None:
    del identity
    code, out, _ = run(str(path))
    assert (code, out) == (0, f"{path}: from schema version 0 to {SCHEMA_VERSION}\n")
    assert run(str(path))[1] == f"{path}: is up to date (schema version {SCHEMA_VERSION})\n"
    code, _, said = run(str(path), str(path.with_name("no.duckdb")))
    assert code == 3
    assert "no.duckdb: there is no such file" in said
    code, _, said = run(str(path), "--sink", "local")
    assert code == 2
    assert "give one of them" in said


def test_the_command_for_the_sinks_of_the_settings(
    path: Path, identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del identity
    monkeypatch.chdir(path.parent)
    settings = (
        "version: 1\nsource: {api_key: x}\nsinks: {local: {type: duckdb, path: usage.duckdb}}\n"
    )
    Path("ccsync.yaml").write_text(settings, "utf-8")
    assert run()[:2] == (0, f"{path}: from schema version 0 to {SCHEMA_VERSION}\n")
    assert run("--sink", "local")[0] == 0
    assert run("--sink", "other")[0] == 2
