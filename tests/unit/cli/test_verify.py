"""`ccsync verify` with sinks that fail in ways of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync.errors import Exit
from ccsync.simulator import SIMULATED_KEY, Organization, Simulator
from ccsync.sink import DELIVERED, Outcome, Sink, SinkConfig, SinkContext, SinkPlugin, Totals
from ccsync.snapshot import Snapshot


class Readable:
    """Answers with what it was given."""

    def __init__(self, answer: Totals | BaseException) -> None:
        self.answer = answer

    def open(self) -> str:
        return "here"

    def deliver(
        self,
        snapshot: Snapshot,
        memory: bytes | None,
        remember: Callable[[bytes], None],
    ) -> Outcome:
        return DELIVERED

    def totals(self, source_id: str, day: dt.date) -> Totals:
        assert source_id
        assert day
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def close(self) -> None:
        pass


def _plugin(make: Callable[[], Sink]) -> SinkPlugin[SinkConfig]:
    def build(_config: SinkConfig, _context: SinkContext) -> Sink:
        return make()

    return SinkPlugin(config=SinkConfig, build=build, summary="for tests", example="")


def _unbuildable() -> Sink:
    raise ImportError("no such library")


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), SystemExit(0)])
def test_a_bug_of_one_sink_hides_no_other(error: BaseException, tmp_path: Path) -> None:
    lookup: dict[str, SinkPlugin[Any]] = {
        "unbuildable": _plugin(_unbuildable),
        "buggy": _plugin(lambda: Readable(error)),
        "fine": _plugin(lambda: Readable(Totals())),
    }
    settings = tmp_path / "ccsync.yaml"
    with Simulator(Organization(3, 10)) as api:
        sinks = "".join(f"  {name}: {{type: {name}}}\n" for name in lookup)
        settings.write_text(
            f"version: 1\nsource: {{api_key: {SIMULATED_KEY}, base_url: '{api.base_url}'}}\n"
            f"state: none\nsinks:\n{sinks}"
        )
        result = CliRunner().invoke(
            main,
            ["--config", str(settings), "verify", "--from", "2d", "--to", "1d"],
            obj=partial(Session, environ={}, lookup=lookup),
        )
    assert result.exit_code == Exit.BUG, result.output
    assert result.stdout.count(" fine: equal (") == 2
    assert result.stderr.count(" buggy: a bug in the sink, please report it: ") == 2
    assert "unbuildable: a bug in the sink, please report it: ImportError" in result.stderr
