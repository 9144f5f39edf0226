"""`ccsync sinks`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from ccsync import __version__
from ccsync.cli.sinks import sinks

Run = Callable[..., Result]


def test_plain_lines_for_a_pipe(run: Run) -> None:
    result = run("sinks")
    assert result.exit_code == 0
    line = next(one for one in result.stdout.splitlines() if one.startswith("stdout\t"))
    assert line.split("\t")[1:3] == ["ccsync", __version__]


def test_sinks_that_bring_commands_say_so(run: Run) -> None:
    lines = {one.split("\t")[0]: one for one in run("sinks").stdout.splitlines()}
    assert lines["bigquery"].endswith("\tcommands: ccsync bigquery ...")
    assert "commands:" not in lines["stdout"]


def test_json(run: Run) -> None:
    rows: list[dict[str, Any]] = json.loads(run("sinks", "--json").stdout)
    row = next(one for one in rows if one["type"] == "stdout")
    assert row["package"] == "ccsync"
    assert row["fault"] is None
    assert row["summary"]


def test_a_table_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    sinks.main([], standalone_mode=False)
    assert "what it is" in screen.getvalue()
    assert "stdout" in screen.getvalue()
