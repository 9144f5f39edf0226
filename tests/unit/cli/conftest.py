"""Runs the command in this process, in a folder and a world of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from ccsync import redact
from ccsync.cli import main
from ccsync.cli.session import Session

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*args: str, **environ: str) -> Result:
        return CliRunner().invoke(main, args, obj=partial(Session, environ=environ))

    return invoke


@pytest.fixture(autouse=True)
def leave_no_traces() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    redact.forget()
    for name in ("httpx", "httpcore"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
        library.setLevel(logging.NOTSET)
