"""Files tell what they are; of those that cannot be read people hear why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from ccsync.errors import CcsyncError, Exit
from ccsync.insights.files import database_in
from ccsync.insights.gathering import Span, from_lines
from ccsync.testing import a_record
from ccsync_stdout.lines import csv_header

from .conftest import Stream

SPAN = Span(today=dt.date(2026, 11, 22))


def refused(*paths: Path) -> CcsyncError:
    def read() -> None:
        assert database_in(paths) is None
        from_lines(paths, SPAN)

    with pytest.raises(CcsyncError) as caught:
        read()
    return caught.value


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x1f\x8b\x08", "compressed with gzip; unpack it first"),
        (b"PAR1", "a Parquet file"),
        (b"<!DOCTYPE html>\n<html>", "an HTML page, like those that --html writes"),
        (csv_header(), "CSV of the stdout sink, and cannot be read back. Name what to read: JSON"),
        (b'{\n "schema_version": 1,\n', "what --json wrote, and cannot be read back"),
    ],
)
def test_files_of_another_kind(tmp_path: Path, beginning: bytes, said: str) -> None:
    path = tmp_path / "usage"
    path.write_bytes(beginning + bytes(50))
    error = refused(path)
    assert f"{path}: is {said}" in str(error)
    assert error.exit == Exit.USAGE


@pytest.mark.parametrize("text", ["version: 1\n", "Claude Code usage\n", "\n\ufeff{}", "[{}]"])
def test_a_file_without_json_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(text)
    error = refused(path)
    assert f"{path}: holds no JSON lines, and is no DuckDB file. Name what to read" in str(error)
    assert error.exit == Exit.USAGE


def test_a_file_is_called_as_the_user_does(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_text('{"name": "mira"}\n')
    assert database_in([path], lambda _: "standard input") is None
    with pytest.raises(CcsyncError, match=r"^standard input:1: not a JSON line"):
        from_lines([path], SPAN, lambda _: "standard input")


def test_a_file_with_other_lines(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    path.write_text('{"name": "mira"}\n')
    error = refused(path)
    assert f"{path}:1: not a JSON line of ccsync's stdout sink" in str(error)
    assert error.exit == Exit.DATA_REFUSED


def test_a_file_that_ends_within_a_line(stream: Stream) -> None:
    stream.deliver(a_record())
    stream.path.write_bytes(stream.path.read_bytes()[:-20])
    assert ":1: a line of 2026-11-19 is torn, and no newer snapshot" in str(refused(stream.path))


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    path.touch()
    assert f"{path}: there is no usage in it yet; run ccsync sync first" in str(refused(path))


def test_a_database_is_read_alone(stream: Stream, tmp_path: Path) -> None:
    stream.deliver(a_record())
    path = tmp_path / "usage.duckdb"
    duckdb.connect(str(path)).close()
    assert database_in([path]) == path
    assert f"{path} is a database, which is read alone" in str(refused(stream.path, path))


def test_several_files_are_read_as_one(stream: Stream, tmp_path: Path) -> None:
    stream.deliver(a_record(sessions=100))
    newer = Stream(tmp_path / "newer.jsonl")
    newer.deliver(a_record(sessions=7), minutes=5)
    assert database_in([stream.path, newer.path]) is None
    summary = from_lines([stream.path, newer.path], SPAN)
    assert summary.total is not None
    assert summary.total.sessions == 7
