"""The stdout sink's README: its settings load, and its ways to read a file are right."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync_stdout.lines import jsonl

README = Path(__file__).resolve().parents[2] / "sinks" / "ccsync_stdout" / "README.md"
OTHER_SOURCE = "11111111-2222-4333-8444-555555555555"
RIGHT = 5 + 7 + 20 + 300
"""Sessions that `written` shows."""


def blocks(language: str) -> list[str]:
    text = README.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def revision(
    sessions: int, *more: int, minutes: int, source: str = ORGANIZATION, ago: int = 0
) -> bytes:
    """Give the lines of one revision of a day: one person per count of sessions."""
    day = DAY - dt.timedelta(days=ago)
    records = [
        a_record(f"person{number}@northwind.example", date=day, sessions=count)
        for number, count in enumerate((sessions, *more))
    ]
    fetched_at = FETCHED_AT + dt.timedelta(minutes=minutes)
    return b"".join(jsonl(a_snapshot(records, day=day, fetched_at=fetched_at, source_id=source)))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Give a file of several runs; one was killed between two lines, one took a person back."""
    half = revision(1000, 1000, minutes=2).splitlines(keepends=True)[0]
    path = tmp_path / "usage.jsonl"
    path.write_bytes(
        revision(1, 2, 3, minutes=0)
        + revision(20, minutes=1, ago=1)
        + half
        + revision(300, minutes=0, source=OTHER_SOURCE)
        + revision(5, 7, minutes=3)
    )
    return path


def said(command: list[str], directory: Path) -> str:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}"


def test_settings_load(tmp_path: Path) -> None:
    (settings,) = blocks("yaml")
    path = tmp_path / "ccsync.yaml"
    path.write_text(f"version: 1\nsource: {{api_key: x}}\n{settings}")
    assert load(path, installed(), {}).settings.sinks


@pytest.mark.parametrize("code", blocks("python"))
def test_python_reads_it_right(code: str, written: Path) -> None:
    assert said([sys.executable, "-c", code], written.parent) == str(RIGHT)


def test_jq_reads_it_right(written: Path) -> None:
    bash = shutil.which("bash")
    if bash is None or shutil.which("jq") is None:
        pytest.skip("jq or bash is not here")
    (commands,) = blocks("sh")
    assert said([bash, "-ec", commands], written.parent) == str(RIGHT)
    assert len((written.parent / "newest.jsonl").read_text().splitlines()) == 4


def test_a_torn_line_stops_the_plain_reader_and_not_ours(written: Path) -> None:
    whole = written.read_bytes()
    written.write_bytes(revision(900, minutes=-9)[:-40] + whole)
    plain, ours = blocks("python")
    assert "JSONDecodeError" in said([sys.executable, "-c", plain], written.parent)
    assert said([sys.executable, "-c", ours], written.parent) == str(RIGHT)


def test_a_torn_line_that_nothing_newer_follows_is_refused(written: Path) -> None:
    with written.open("ab") as stream:
        stream.write(revision(900, minutes=9)[:-40])
    _, ours = blocks("python")
    assert "usage.jsonl:9: a line of" in said([sys.executable, "-c", ours], written.parent)
