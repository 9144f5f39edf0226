"""The DuckDB sink's README: its settings load, its queries and its program run."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.settings.model import SinkConfig
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.contract.context import ContractContext
from ccsync_duckdb import DuckDBConfig
from ccsync_duckdb.commands import duckdb as commands
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import a_config

README = Path(__file__).resolve().parents[2] / "sinks" / "ccsync_duckdb" / "README.md"
TEXT = README.read_text("utf-8")
DAY = dt.date(2026, 11, 19)
PERSON = "person@company.example"


def marked(kind: str, language: str = "sql") -> dict[str, str]:
    """Give the blocks that have a mark of a kind, by its name."""
    pattern = rf"^<!-- {kind}(?:: ([\w-]+))? -->\n```{language}\n(.*?)^```$"
    return dict(re.findall(pattern, TEXT, re.MULTILINE | re.DOTALL))


EXAMPLES = marked("example")


def revision(sessions: int, hour: int) -> Snapshot:
    people = (PERSON, "other@company.example")
    records = [a_record(one, date=DAY, sessions=sessions) for one in people]
    fetched_at = dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC)
    return a_snapshot(records, day=DAY, fetched_at=fetched_at)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a day that was corrected."""
    path = tmp_path_factory.mktemp("readme") / "usage.duckdb"
    sink = DuckDBSink(a_config(path), ContractContext())
    sink.open()
    for snapshot in (revision(3, 1), revision(4, 2)):
        sink.deliver(snapshot, None, lambda _note: None)
    sink.close()
    return path


@pytest.fixture
def file(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(filled, tmp_path))


def test_settings_load(tmp_path: Path) -> None:
    (block,) = marked("settings", "yaml").values()
    path = tmp_path / "ccsync.yaml"
    path.write_text(block, "utf-8")
    environ = {"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-x"}
    (config,) = load(path, installed(), environ).settings.sinks.values()
    assert config == DuckDBConfig(type="duckdb", path="usage.duckdb")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(file: Path, name: str) -> None:
    with duckdb.connect(str(file), read_only=True) as connection:
        for statement in EXAMPLES[name].split(";"):
            if statement.strip():
                connection.execute(f"{statement}")
        if name != "export":
            return
    with duckdb.connect() as connection:
        exported = connection.execute("SELECT sum(sessions) FROM 'daily_user.parquet'").fetchall()
    assert exported == [(8,)]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_the_first_query_shows_the_corrected_day(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as connection:
        (row,) = connection.execute(EXAMPLES["first"]).fetchall()
    assert row[:4] == (DAY, 2, 8, "USD")


PROGRAMS = marked("python", "python")
WITHOUT_PYTZ = "import sys; sys.modules['pytz'] = None\n"
"""DuckDB does not require it, so a reader may not have it."""


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [("first", str(DAY), ""), ("times", "\N{BOX DRAWINGS LIGHT DOWN AND RIGHT}", "')]\n")],
)
def test_the_program_runs(file: Path, name: str, begins: str, ends: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", WITHOUT_PYTZ + PROGRAMS[name]],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins)
    assert done.stdout.endswith(ends)
    assert str(DAY) in done.stdout


def test_programs_are_all_run() -> None:
    assert set(PROGRAMS) == {"first", "times"}


def test_forgetting_a_person_leaves_the_totals(file: Path) -> None:
    totals = "SELECT sessions, estimated_cost FROM org_daily"
    identity = opened(file)
    with duckdb.connect(str(file)) as connection:
        before = connection.execute(totals).fetchall()
        connection.execute(marked("privacy")["forget"])
        assert connection.execute(totals).fetchall() == before
        assert connection.execute("SELECT complete FROM sync_audit").fetchall() == [(True,)]
        connection.execute(marked("privacy")["copy"])
    copy = file.with_name("clean.duckdb")
    assert PERSON.encode() not in copy.read_bytes()
    copy.replace(file)
    assert opened(file) == identity
    with duckdb.connect(str(file)) as connection:
        assert connection.execute(totals).fetchall() == before


def opened(path: Path) -> str:
    sink = DuckDBSink(a_config(path), ContractContext())
    identity = sink.open()
    sink.close()
    return identity


def test_settings_that_are_named_exist_and_all_are_named() -> None:
    table = TEXT.split("\n## Settings")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    own = set(DuckDBConfig.__struct_fields__) - set(SinkConfig.__struct_fields__)
    assert named == own


def test_commands_that_are_named_exist() -> None:
    assert set(re.findall(r"ccsync\s+duckdb\s+(\w+)", TEXT)) == set(commands.commands)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        text = (README.parent / path).read_text("utf-8") if path else TEXT
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
        assert not anchor or anchor in anchors, target
