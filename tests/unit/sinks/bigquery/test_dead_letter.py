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


def test_a_pipe_that_nobody_reads_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = DeadLetters(str(tmp_path / "pipe")).keep(SNAPSHOT, ROWS)
    assert said.startswith("They could not be kept in ")
