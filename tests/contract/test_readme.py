"""What sinks/README.md shows is what the tests run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "sinks" / "README.md"
SQLITE = ROOT / "tests" / "plugins" / "ccsync_sqlite"

pytestmark = pytest.mark.skipif(
    not README.exists(), reason="sinks/README.md is not beside these tests"
)


def blocks() -> list[str]:
    return re.findall(
        r"^```(?:python|toml)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize(
    ("number", "name"), [(0, "ccsync_sqlite/__init__.py"), (1, "pyproject.toml")]
)
def test_the_sink_is_the_one_that_is_tested(number: int, name: str) -> None:
    assert blocks()[number] == (SQLITE / name).read_text("utf-8"), (
        f"copy {name} into the block of sinks/README.md"
    )


def test_the_sink_is_short() -> None:
    sink = blocks()[0].partition("class SqliteSink")[2].partition("\nPLUGIN")[0]
    assert len(sink.strip().splitlines()) <= 60


def test_the_test_of_the_sink_passes(tmp_path: Path) -> None:
    (tmp_path / "test_sqlite.py").write_text(blocks()[2], "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "-rs"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SQLITE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "no fixture `recreate`" in done.stdout, "what is not tested is said"
