"""Opening: a file is made whole and private, known again, and refused in words that help."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, ORGANIZATION
from ccsync.testing.contract.context import ContractContext, nothing_to_remember
from ccsync.warehouse.columns import SCHEMA_VERSION, TABLES
from ccsync.warehouse.views import VIEWS
from ccsync_duckdb.errors import MemoryNeededError, explained, explained_os
from ccsync_duckdb.sink import DuckDBSink
from ccsync_duckdb.upgrading import upgrade
from tests.support.duckdb import a_config, change, held, query, shown
from tests.support.duckdb import make as made

from .conftest import Make

NAMES = "SELECT table_name AS name FROM information_schema.tables ORDER BY name"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def deliver(sink: DuckDBSink, *people: str) -> None:
    day = a_snapshot([a_record(one) for one in people])
    assert sink.deliver(day, None, nothing_to_remember).kind.value == "delivered"


def test_a_file_is_made_with_tables_and_views(make: Make, path: Path) -> None:
    sink = make()
    identity = sink.open()
    assert identity.startswith(f"{path} ")
    sink.close()
    ours = [*(table.name for table in TABLES), *(view.name for view in VIEWS), "ccsync_file"]
    assert [row["name"] for row in query(path, NAMES)] == sorted(ours)
    assert list(path.parent.iterdir()) == [path], "nothing is left beside it"


def test_the_file_and_its_log_are_private(make: Make, path: Path) -> None:
    before = os.umask(0o022)
    try:
        sink = make()
        sink.open()
        deliver(sink, "mira")
        log = path.with_name("usage.duckdb.wal")
        assert (mode(path), mode(log)) == (0o600, 0o600)
        sink.close()
        assert (mode(path), log.exists()) == (0o600, False)
        assert os.umask(0o022) == 0o022, "the mask is as it was"
    finally:
        os.umask(before)


def test_the_same_file_is_the_same_destination(make: Make, path: Path) -> None:
    first, second = make(), make()
    identity = first.open()
    assert first.open() == identity, "again, after an outage"
    first.close()
    first.close()
    assert second.open() == identity
    second.close()
    path.unlink()
    assert make().open() != identity, "made anew"


@pytest.mark.usefixtures("new")
def test_a_file_whose_tables_were_dropped_is_another_destination(make: Make, path: Path) -> None:
    sink = make()
    identity = sink.open()
    deliver(sink, "mira")
    sink.close()
    change(path, "DROP TABLE usage_raw")
    again = make()
    assert again.open() != identity
    deliver(again, "otto")
    again.close()
    assert [one.actor_id for one in shown(path, ORGANIZATION, DAY)] == ["otto"]


@pytest.mark.usefixtures("new")
@pytest.mark.parametrize(
    "spoilt",
    [
        "DROP VIEW usage_daily",
        "CREATE OR REPLACE VIEW usage_daily AS SELECT 1 AS one; "
        "UPDATE ccsync_file SET views = 'those of another version'",
    ],
)
def test_views_are_brought_up_to_date(make: Make, path: Path, spoilt: str) -> None:
    sink = make()
    identity = sink.open()
    deliver(sink, "mira")
    sink.close()
    change(path, spoilt)
    again = make()
    assert again.open() == identity
    again.close()
    assert [one.actor_id for one in shown(path, ORGANIZATION, DAY)] == ["mira"]


def _without_a_byte(path: Path) -> None:
    path.touch(0o644)


def _without_a_table(path: Path) -> None:
    change(path, "SELECT 1")
    path.chmod(0o600)


@pytest.mark.parametrize("arrange", [_without_a_byte, _without_a_table])
def test_what_is_empty_is_as_good_as_not_there(
    make: Make, path: Path, arrange: Callable[[Path], None]
) -> None:
    arrange(path)
    before = path.read_bytes()
    assert "is empty; the first `ccsync sync` fills it" in make().check()[0].what
    with pytest.raises(SinkRefused, match=r"the (file|database) is empty\. `ccsync sync` fills"):
        list(make().read(None, None))
    with pytest.raises(SinkRefused, match=r"the (file|database) is empty\. `ccsync sync` fills"):
        upgrade(path)
    assert path.read_bytes() == before, "looking changes nothing"
    sink = make()
    sink.open()
    deliver(sink, "mira")
    sink.close()
    assert shown(path, ORGANIZATION, DAY)
    assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_file_that_another_process_has_is_left_alone(make: Make, path: Path) -> None:
    """A DuckDB is about to make a database of it."""
    path.touch()
    was = path.stat().st_ino
    with held(path) as process, pytest.raises(SinkUnavailable, match=f"PID {process}"):
        make().open()
    assert (path.stat().st_ino, path.stat().st_size) == (was, 0)


def test_a_path_with_odd_characters(tmp_path: Path) -> None:
    for name in ('it\'s "a" file.duckdb', "memory.duckdb", "temp", "ccsync.db"):
        sink = DuckDBSink(a_config(tmp_path / name), ContractContext())
        sink.open()
        deliver(sink, "mira")
        sink.close()
        assert shown(tmp_path / name, ORGANIZATION, DAY)


def _sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE notes (text)")


def _damaged(path: Path) -> None:
    change(path, "CREATE TABLE notes AS SELECT range AS n FROM range(1000)")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    path.write_bytes(content)


def _of_newer_library(path: Path) -> None:
    """Raise the storage version in the main header, and mend its checksum as DuckDB wants it."""
    change(path, "SELECT 1")
    content = bytearray(path.read_bytes())
    content[12:20] = (5000).to_bytes(8, "little")
    path.write_bytes(content)
    with pytest.raises(duckdb.Error) as refused:
        duckdb.connect(str(path))
    computed = re.search(r"computed checksum (\d+)", str(refused.value))
    assert computed
    content[0:8] = int(computed[1]).to_bytes(8, "little")
    path.write_bytes(content)


def _ours(path: Path, then: str) -> None:
    made(path)
    change(path, then)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "sqlite": (_sqlite, "not a DuckDB database, but a file of another program. Name another file"),
    "text": (lambda path: path.write_text("hello " * 999), "a file of another program"),
    "a directory": (lambda path: path.mkdir(), "this is a directory"),
    "damaged": (_damaged, "the file is damaged. Move it away"),
    "of a newer library": (_of_newer_library, "newer DuckDB.*pip install --upgrade duckdb"),
    "of something else": (
        lambda path: change(path, "CREATE TABLE orders (id INT); CREATE VIEW x AS FROM orders"),
        "of something else: it has the tables orders, x, and not `ccsync_file`.*Name another file",
    ),
    "older": (
        lambda path: _ours(path, "UPDATE ccsync_file SET schema_version = 0"),
        rf"older ccsync .*version 0, now it is {SCHEMA_VERSION}.*`ccsync duckdb upgrade /",
    ),
    "newer": (
        lambda path: _ours(path, "UPDATE ccsync_file SET schema_version = 99"),
        "newer ccsync .*version 99.*Update ccsync",
    ),
    "a table in a view's place": (
        lambda path: _ours(path, "DROP VIEW cohorts; CREATE TABLE cohorts (a INT)"),
        "did not make has the name.*cohorts",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_and_left_as_it_is(make: Make, path: Path, name: str) -> None:
    arrange, said = WRONG[name]
    arrange(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(SinkRefused, match=said) as refused:
        make().open()
    assert str(path) in str(refused.value)
    if name != "a table in a view's place":
        assert before == (path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize("name", sorted({*WRONG} - {"a table in a view's place"}))
def test_a_wrong_file_cannot_be_read_either(make: Make, path: Path, name: str) -> None:
    arrange, said = WRONG[name]
    arrange(path)
    with pytest.raises(SinkRefused, match=said):
        list(make().read(None, None))


def test_reading_makes_no_file(make: Make, path: Path) -> None:
    with pytest.raises(SinkRefused, match=r"there is no such file.*ccsync sync` makes"):
        list(make().read(None, None))
    assert list(path.parent.iterdir()) == []


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    sink = DuckDBSink(a_config(tmp_path / "no" / "usage.duckdb"), ContractContext())
    with pytest.raises(SinkRefused, match=f"the directory {tmp_path}/no is not there. Make it"):
        sink.open()


@pytest.mark.usefixtures("new")
def test_another_process_has_the_file(make: Make, path: Path) -> None:
    first = make()
    first.open()
    first.close()
    with held(path) as process:
        with pytest.raises(SinkUnavailable, match=rf"(?s)PID {process}\).*Close it there"):
            first.open()
        with pytest.raises(SinkUnavailable, match=f"PID {process}"):
            list(first.read(None, None))
    first.open()


@pytest.mark.usefixtures("new")
def test_another_sink_of_this_run_has_the_file(make: Make) -> None:
    make().open()
    with pytest.raises(SinkRefused, match=r"for another sink.*a file of its own"):
        make().open()


def test_two_runs_that_begin_at_one_moment_make_one_file(path: Path) -> None:
    """Both may find it missing; one of them makes it, and the other one waits or has it."""
    program = (
        "import sys; from pathlib import Path; from ccsync_duckdb.making import make_file;"
        "sys.stdin.readline(); make_file(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(path)]
    runs = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(2)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    for run in runs:
        run.communicate()
    assert [run.returncode for run in runs] == [0, 0]
    assert list(path.parent.iterdir()) == [path]
    sink = DuckDBSink(a_config(path), ContractContext())
    sink.open()
    sink.close()


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (duckdb.IOException("Could not set lock on file"), SinkUnavailable, "another container"),
        (
            duckdb.IOException('Cannot open file "x": Permission denied'),
            SinkRefused,
            "not let this user",
        ),
        (duckdb.IOException("Could not write file: No space left on device"), SinkRefused, "full"),
        (duckdb.IOException("x: Read-only file system"), SinkRefused, "mounted volume"),
        (duckdb.IOException("something new about the file"), SinkUnavailable, "something new"),
        (duckdb.FatalException("database has been invalidated"), SinkUnavailable, "invalidated"),
        (
            duckdb.TransactionException("Failed to commit: Checkpoint failed: odd"),
            SinkUnavailable,
            "not lost",
        ),
        (
            duckdb.TransactionException("Checkpoint failed: failed to allocate data of size 7 KiB"),
            MemoryNeededError,
            "not enough memory",
        ),
    ],
)
def test_other_words_of_duckdb(
    path: Path, error: duckdb.Error, kind: type[Exception], said: str
) -> None:
    known = explained(path, error)
    assert isinstance(known, kind)
    assert said in str(known)
    assert str(path) in str(known)
    assert known.fix


def test_what_is_our_own_bug_stays_one(path: Path) -> None:
    assert explained(path, duckdb.ParserException("syntax error")) is None


def test_errors_of_the_operating_system(path: Path) -> None:
    assert "disk is full" in str(explained_os(path, OSError(28, "No space left on device")))
    assert "cannot be used: Odd" in str(explained_os(path, OSError(999, "Odd")))
