"""What one run took."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import Took, measure


def run(program: str, place: Path, *, limit: float = 30) -> Took:
    command = [sys.executable, "-I", "-S", "-c", program]
    return measure(command, place / "out", place / "errors", {"SAID": "hello"}, limit=limit)


def test_streams_are_appended_and_the_exit_code_is_given(tmp_path: Path) -> None:
    program = "import os, sys; print(os.environ['SAID']); sys.exit(3)"
    assert run(program, tmp_path).exit == run(program, tmp_path).exit == 3
    assert (tmp_path / "out").read_text() == "hello\nhello\n"


def test_children_are_counted(tmp_path: Path) -> None:
    child = "x = bytearray(80_000_000)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{child}'])"
    assert run(program, tmp_path).peak_mb > 80


def test_the_memory_of_whoever_measures_is_not_counted(tmp_path: Path) -> None:
    held = bytearray(b"x" * 200_000_000)
    assert run("pass", tmp_path).peak_mb < 60
    assert len(held) == 200_000_000


def test_a_signal_is_a_negative_code(tmp_path: Path) -> None:
    assert run("import os; os.kill(os.getpid(), 9)", tmp_path).exit == -9


def test_what_never_ends_is_ended(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="not done after"):
        run("import time; time.sleep(60)", tmp_path, limit=0.5)


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-program could not be started"):
        measure([str(tmp_path / "no-such-program")], tmp_path / "out", tmp_path / "errors")
