"""What `ccsync check` advises when the API does not answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ccsync.cli.probe import Probe
from ccsync.errors import SourceUnavailable
from ccsync.testing import FakeRuntime


@pytest.mark.parametrize(
    ("said", "end"),
    [("nobody is there", "stand in between? check waits 10s"), ("it answered 503", ". check")],
)
def test_what_follows_a_question_begins_after_its_mark(said: str, end: str) -> None:
    def log_in() -> None:
        raise SourceUnavailable(said)

    source: Any = SimpleNamespace(credential=None, log_in=log_in)
    probe = Probe(source, FakeRuntime(), variable="", hurried="check waits 10s only")
    ((_, finding),) = probe.findings()
    assert end in finding.fix
    assert "?." not in finding.fix
