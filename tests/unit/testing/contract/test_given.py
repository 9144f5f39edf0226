"""What an author gives: what is missing and required is an error, what is optional skips aloud."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TEST = """
import pytest
from ccsync.sink import DELIVERED, SinkConfig, SinkPlugin
from ccsync.testing import SinkContract


class Nothing:
    def open(self):
        return "nothing"

    def deliver(self, snapshot, memory, remember):
        return DELIVERED

    def close(self):
        pass


class TestNothing(SinkContract):
    plugin = SinkPlugin(config=SinkConfig, build=Nothing, summary="s", example="  x: {type: n}")

    FIXTURES
"""
BUILD = """
    @pytest.fixture
    def build(self):
        return lambda context: Nothing()
"""
SHOWN = """
    @pytest.fixture
    def shown(self):
        return lambda source_id, day: []
"""


def outcome(tmp_path: Path, fixtures: str, *chosen: str) -> str:
    """Run some tests of the contract as an author would, and give what pytest says."""
    (tmp_path / "test_it.py").write_text(TEST.replace("    FIXTURES\n", fixtures))
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--rootdir=."]
    done = subprocess.run(
        [*command, "-k", " or ".join(chosen)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def test_a_missing_required_fixture_is_an_error(tmp_path: Path) -> None:
    said = outcome(tmp_path, SHOWN, "test_every_record_is_shown")
    assert "override the fixture `config`, or `build`" in said
    assert re.search(r"\b1 error\b", said), said
    (tmp_path / "test_it.py").unlink()
    said = outcome(tmp_path, BUILD, "test_every_record_is_shown")
    assert "override the fixture `shown`" in said
    assert re.search(r"\b1 error\b", said), said


OPTIONAL = {
    "outage": "test_outage_in_the_middle",
    "refusal": "test_refusal_is_reported",
    "recreate": "test_recreated_destination_is_noticed",
    "poison": "test_refused_record_is_named",
    "requests": "test_each_request_asks_whether_to_proceed",
    "secrets": "test_secrets_stay_secret",
}


def test_a_missing_optional_fixture_skips_with_its_reason(tmp_path: Path) -> None:
    said = outcome(tmp_path, BUILD + SHOWN, *OPTIONAL.values(), "test_every_record_is_shown")
    for fixture in OPTIONAL:
        assert re.search(rf"SKIPPED.*no fixture `{fixture}`: not tested", said), said
    assert re.search(rf"\b1 failed, {len(OPTIONAL)} skipped\b", said), said
    # And what is tested says what is wrong.
    assert "of 2026-11-19, 25 of 25 are not shown" in said
    assert "northwind.example" in said
