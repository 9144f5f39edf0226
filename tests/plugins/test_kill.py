"""`CCSYNC_TEST_KILL` really kills, where it says, and only once when told so."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.plugins import PLUGINS

PROGRAM = """
import sys
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.contract.context import ContractContext
from ccsync_faulty import MOODY, SERIES
plugin = {"moody": MOODY, "series": SERIES}[sys.argv[1]]
sink = plugin.build(plugin.config(type=sys.argv[1], path=sys.argv[2]), ContractContext())
sink.open()
day = a_snapshot([a_record(name) for name in "abc"])
sink.deliver(day, None, lambda note: open(sys.argv[2] + ".memory", "wb").write(note))
sink.close()
"""


def deliver(kind: str, path: Path, **environment: str) -> int:
    """Deliver a day of three records in a process of its own, and give its exit code."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(path)],
        env={**os.environ, "PYTHONPATH": str(PLUGINS / "ccsync_faulty"), **environment},
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    ).returncode


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608


@pytest.mark.parametrize(
    ("point", "written"),
    [
        ("after-remember", 0),
        ("before-write:1", 0),
        ("after-write:1", 1),
        ("before-write:3", 2),
        ("after-write:3", 3),
        ("before-return", 3),
    ],
)
def test_series_dies_between_its_points(tmp_path: Path, point: str, written: int) -> None:
    path = tmp_path / "points.db"
    assert deliver("series", path, CCSYNC_TEST_KILL=point) == -signal.SIGKILL
    assert rows(path, "points") == written
    assert (tmp_path / "points.db.memory").exists()


@pytest.mark.parametrize(
    ("point", "written"), [("after-remember", 0), ("after-write:2", 0), ("before-return", 3)]
)
def test_moody_shows_a_whole_day_or_none(tmp_path: Path, point: str, written: int) -> None:
    path = tmp_path / "moody.db"
    assert deliver("moody", path, CCSYNC_TEST_KILL=point) == -signal.SIGKILL
    assert rows(path, "records") == written


def test_only_once(tmp_path: Path) -> None:
    path, marker = tmp_path / "points.db", tmp_path / "killed"
    once = {"CCSYNC_TEST_KILL": "before-write:2", "CCSYNC_TEST_KILL_ONCE": str(marker)}
    assert deliver("series", path, **once) == -signal.SIGKILL
    assert marker.exists()
    assert deliver("series", path, **once) == 0
    assert rows(path, "points") == 3


def test_a_point_that_is_never_reached_kills_nobody(tmp_path: Path) -> None:
    assert deliver("series", tmp_path / "points.db", CCSYNC_TEST_KILL="before-write:4") == 0
