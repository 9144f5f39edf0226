"""Where the system refuses a file, `check` and a run give the same reason: the true one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from ccsync.errors import SinkRefused
from ccsync.testing.contract.context import ContractContext
from ccsync_duckdb.access import is_empty, obstacle
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import a_config, make

_AS_SOMEBODY = """
import json, os, sys
from pathlib import Path
from ccsync.errors import SinkRefused
from ccsync.testing.contract.context import ContractContext, nothing_to_remember
from ccsync.testing import a_record, a_snapshot
from ccsync_duckdb.sink import DuckDBSink
from tests.support.duckdb import a_config

def said(path):
    sink = DuckDBSink(a_config(path), ContractContext())
    checked = sink.check()[0]
    try:
        sink.open()
        sink.deliver(a_snapshot([a_record()]), None, nothing_to_remember)
    except SinkRefused as error:
        opened = str(error)
    else:
        opened = ""
    sink.close()
    return [checked.level, f"{checked.what}. {checked.fix}", opened]

ours, *theirs = map(Path, sys.argv[1:])
said(ours)  # everything is imported while it may be
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(json.dumps([said(path) for path in theirs]))
"""


def _unwritable_directory(path: Path) -> None:
    path.parent.chmod(0o555)


def _unwritable_file(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o777)


def _unreadable_file(path: Path) -> None:
    path.chmod(0)
    path.parent.chmod(0o777)


def _closed_directory(path: Path) -> None:
    path.parent.chmod(0)


def _closed_above(path: Path) -> None:
    path.parent.parent.chmod(0)


MISSING: dict[str, tuple[Callable[[Path], None], str, bool]] = {
    f"{arrange.__name__.strip('_')}-{'with' if there else 'without'} a file": (arrange, what, there)
    for arrange, what, without in (
        (_unwritable_directory, "this user may not write to the directory {folder}. Give it", True),
        (_closed_directory, "this user may not enter the directory {folder}. Give it to", True),
        (_closed_above, "this user may not enter a directory above {folder}. Give it to", True),
        (_unwritable_file, "this user may not write to it. Give it to the user that runs", False),
        (_unreadable_file, "this user may not read it. Give it to the user that runs", False),
    )
    for there in ((True, False) if without else (True,))
}


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    """A directory that all users may enter; pytest's own is for one user."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        there = Path(name).resolve()
        there.chmod(0o755)
        yield there
        for one in there.rglob("*"):
            one.chmod(0o700)


def _path(folder: Path, name: str) -> Path:
    return folder / name / "above" / "folder" / "usage.duckdb"


@pytest.fixture(scope="module")
def said(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a process that is somebody else says of each path: level, `check`'s words, a run's."""
    made = tmp_path_factory.mktemp("ours") / "usage.duckdb"
    make(made)
    for name, (arrange, _, there) in MISSING.items():
        path = _path(folder, name)
        path.parent.mkdir(parents=True)
        if there:
            shutil.copy(made, path)
            path.chmod(0o666)
        arrange(path)
    done = subprocess.run(
        [sys.executable, "-c", _AS_SOMEBODY, made, *(_path(folder, name) for name in MISSING)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(MISSING, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", MISSING)
def test_rights_that_are_missing(folder: Path, said: dict[str, list[str]], name: str) -> None:
    path = _path(folder, name)
    level, checked, opened = said[name]
    assert level == "fault"
    assert checked.startswith(f"{path}: {MISSING[name][1].format(folder=path.parent)}")
    assert opened == checked


def test_a_directory_that_is_there_is_not_called_missing() -> None:
    """Nobody can make a file in /proc, whatever its mode says."""
    sink = DuckDBSink(a_config(Path("/proc/usage.duckdb")), ContractContext())
    with pytest.raises(SinkRefused) as refused:
        sink.open()
    assert "is not there" not in str(refused.value)
    assert "/proc" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("no/usage.duckdb", "the directory {folder} is not there"),
        ("notes/usage.duckdb", "{folder} is not a directory"),
        ("notes/of/usage.duckdb", "the directory {folder} is not there"),
    ],
)
def test_a_directory_that_is_none(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "notes").touch()
    path = tmp_path / name
    sink = DuckDBSink(a_config(path), ContractContext())
    (checked,) = sink.check()
    assert checked.what == f"{path}: {what.format(folder=path.parent)}"
    with pytest.raises(SinkRefused) as refused:
        sink.open()
    assert str(refused.value) == f"{checked.what}. {checked.fix}"


def test_nothing_is_in_the_way_of_a_file_that_can_be_made(tmp_path: Path) -> None:
    assert obstacle(tmp_path / "usage.duckdb") is None


def test_what_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "usage.duckdb"
    assert not is_empty(path)
    path.touch()
    assert is_empty(path)
    assert not is_empty(tmp_path)
    path.write_text("notes")
    assert not is_empty(path)
