from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from ccsync.testing import a_record, a_snapshot
from ccsync.warehouse.rows import RowEncoder
from ccsync_bigquery.dead_letter import DeadLetters
from ccsync_bigquery.row_errors import InvalidRow, RowError

SNAPSHOT = a_snapshot([a_record()])
LINE = RowEncoder(SNAPSHOT, run_id="run", written_at=SNAPSHOT.fetched_at).line(a_record())
ROWS = [
    InvalidRow(a_record(), LINE, [RowError("invalid", "is_remote", "bad value: mira")]),
    InvalidRow(None, b'{"a":"\xc3\xbc"}', [RowError("invalid", "", "")]),
]


def test_rows_are_kept_with_what_was_said_of_them(tmp_path: Path) -> None:
    path = tmp_path / "refused.ndjson"
    said = DeadLetters(str(path)).keep(SNAPSHOT, ROWS)
    assert said == f"2 rows appended to {path}, with BigQuery's words"
    first, second = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert first == {
        "date": str(SNAPSHOT.day),
        "source_id": SNAPSHOT.source_id,
        "snapshot_id": SNAPSHOT.snapshot_id,
        "errors": [{"reason": "invalid", "location": "is_remote", "message": "bad value: mira"}],
        "row": json.loads(LINE),
    }
    assert second["row"] == {"a": "ü"}


def test_the_file_is_for_its_owner_alone_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "refused.ndjson"
    before = os.umask(0)
    try:
        for _ in range(2):
            DeadLetters(str(path)).keep(SNAPSHOT, ROWS)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text("utf-8").splitlines()) == 4


def test_nothing_is_made_before_there_is_something_to_keep(tmp_path: Path) -> None:
    DeadLetters(str(tmp_path / "refused.ndjson"))
    assert list(tmp_path.iterdir()) == []


def test_without_a_file_the_setting_is_named() -> None:
    assert "`dead_letter_file`" in DeadLetters(None).keep(SNAPSHOT, ROWS)


@pytest.mark.parametrize(
    ("name", "why"), [("absent/file", "No such file or directory"), ("", "Is a directory")]
)
def test_a_file_that_cannot_be_written_is_told_and_raises_nothing(
    tmp_path: Path, name: str, why: str
) -> None:
    said = DeadLetters(str(tmp_path / name)).keep(SNAPSHOT, ROWS)
    assert said.startswith("They could not be kept in ")
    assert said.endswith(why)
    assert "mira" not in said


@pytest.mark.parametrize(
    ("name", "why"),
    [("absent/file", "absent is not there"), ("", "it is a folder"), ("a/b", "a is not a folder")],
)
def test_a_file_that_cannot_be_written_is_known_before(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "a").write_text("")
    fault = DeadLetters(str(tmp_path / name)).fault()
    assert fault is not None
    assert fault.what.startswith(f"the file {tmp_path / name} (`dead_letter_file`) cannot be ")
    assert fault.what.endswith(why)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_files_and_folders_of_others_are_known_before(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "refused.ndjson"
    path.parent.mkdir()
    path.touch(mode=0o400)
    assert "may not write it" in str(DeadLetters(str(path)).fault())
    path.unlink()
    path.parent.chmod(0o500)
    assert "may not make files in" in str(DeadLetters(str(path)).fault())


def test_a_home_directory_that_nobody_knows_is_told_and_raises_nothing() -> None:
    """As in a container whose user has no entry in /etc/passwd, and no HOME."""
    letters = DeadLetters("~nobody-of-that-name/refused.ndjson")
    fault = letters.fault()
    assert fault is not None
    assert fault.what.endswith("no home directory is known for ~nobody-of-that-name")
    assert letters.keep(SNAPSHOT, ROWS).startswith("They could not be kept in ")


def test_looking_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "refused.ndjson"
    assert DeadLetters(None).fault() is None
    assert DeadLetters(str(path)).fault() is None
    assert not path.exists()
    path.touch()
    assert DeadLetters(str(path)).fault() is None


def test_a_pipe_that_nobody_reads_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = DeadLetters(str(tmp_path / "pipe")).keep(SNAPSHOT, ROWS)
    assert said.startswith("They could not be kept in ")
