"""Runs the command in this process, in a folder and a world of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ccsync.cli import main
from ccsync.cli.session import Session

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*args: str, **environ: str) -> Result:
        return CliRunner().invoke(main, args, obj=partial(Session, environ=environ))

    return invoke
