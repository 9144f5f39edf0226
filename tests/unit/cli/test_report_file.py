"""Where a report goes, and that it gets there however a run ends."""

from __future__ import annotations

import json
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ccsync.cli import main
from ccsync.cli.report_file import LIMIT, ReportFile, report_file
from ccsync.cli.session import Session
from ccsync.errors import Exit, SettingsError, StateUnavailable
from ccsync.report import Report
from ccsync.testing import FakeRuntime

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "termination-log"
    path.write_bytes(b"")
    return path


def a_report(error: StateUnavailable | None = None) -> Report:
    made = Report("run-1", "1.2.3", FakeRuntime().now())
    made.error = error
    return made


def read(path: Path) -> Any:
    content = path.read_bytes()
    assert len(content) <= LIMIT
    return json.loads(content)


def test_the_file_that_was_named(tmp_path: Path, log: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("of an older run")
    file = report_file(str(path), POD, log)
    assert file is not None
    assert path.read_bytes() == b"", "nobody takes an older report for this run's"
    file.write(a_report())
    assert read(path)["run_id"] == "run-1"
    assert log.read_bytes() == b"", "one place is enough"


def test_in_a_pod_it_is_the_termination_message(log: Path) -> None:
    file = report_file(None, POD, log)
    assert file is not None
    file.write(a_report())
    assert read(log)["exit"] == 0


def test_outside_of_a_pod_there_is_none(log: Path) -> None:
    assert report_file(None, {}, log) is None
    assert report_file(None, {"KUBERNETES_SERVICE_HOST": ""}, log) is None


@pytest.mark.parametrize("path", ["nowhere/termination-log", ".", "/proc/version"])
def test_a_pod_without_such_a_file_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report_file(None, POD, Path(path)) is None


def test_what_was_named_has_to_be_writable(tmp_path: Path, log: Path) -> None:
    for path in (tmp_path / "nowhere" / "report.json", tmp_path, ""):
        with pytest.raises(SettingsError, match="cannot be written"):
            report_file(str(path), POD, log)


def test_a_pipe_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    # Waits for the reader, and lets it see no end before everything is written.
    held = os.open(path, os.O_WRONLY)
    try:
        ReportFile(path).write(a_report())
    finally:
        os.close(held)
    reader.join(10)
    assert len(got) == 1
    assert json.loads(got[0])["run_id"] == "run-1"


@pytest.mark.parametrize(
    ("asked", "error", "raises"),
    [
        (True, None, True),
        (True, StateUnavailable("away"), False),
        (False, None, False),
    ],
)
def test_a_file_that_goes_away_meanwhile(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    asked: bool,
    error: StateUnavailable | None,
    raises: bool,
) -> None:
    """It hides no graver end, and what nobody asked for spoils no good one."""
    path = tmp_path / "report.json"
    file = ReportFile(path, asked=asked)
    path.unlink()
    path.mkdir()
    if raises:
        with pytest.raises(SettingsError, match="cannot be written: Is a directory"):
            file.write(a_report(error))
    else:
        file.write(a_report(error))
        assert "cannot be written: Is a directory" in capsys.readouterr().err


def sync(log: Path, *arguments: str, **environ: str) -> Result:
    make = partial(Session, environ={**POD, **environ}, termination_log=log)
    return CliRunner().invoke(main, ["sync", *arguments], obj=make)


def test_faulty_settings_are_a_termination_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ccsync.yaml").write_text("version: 1\nsorce: {}\n")
    assert sync(log).exit_code == Exit.USAGE
    said = read(log)
    assert said["exit"] == 2
    assert "ccsync.yaml:2:1: sorce" in said["error"]
    assert said["means"] == "usage or settings; trying again does not help"


def test_a_shard_that_cannot_be_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = sync(log, "--shard", "8/8")
    assert result.exit_code == Exit.USAGE
    assert "the last one is 7/8" in read(log)["error"]
    result = sync(log, CCSYNC_SHARDS="8")
    assert result.exit_code == Exit.USAGE
    assert "JOB_COMPLETION_INDEX is not set" in read(log)["error"]
    assert "ccsync.yaml" not in result.output
