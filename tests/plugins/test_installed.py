"""Sinks of another distribution come through the same door as ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CCSYNC = Path(sys.executable).parent / "ccsync"


def run(*arguments: str, path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CCSYNC, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(path), "ANTHROPIC_ADMIN_KEY": "sk-ant-example"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_they_are_listed_with_their_distribution(plugin_path: Path, tmp_path: Path) -> None:
    done = run("sinks", "--json", path=plugin_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {row["type"]: (row["package"], row["version"]) for row in json.loads(done.stdout)}
    assert found["sqlite"] == ("ccsync-sqlite", "1.0")
    assert found["series"] == found["moody"] == ("ccsync-faulty", "1.0")
    assert found["stdout"][0] == "ccsync"


@pytest.mark.parametrize("kind", ["sqlite", "series", "moody"])
def test_init_writes_settings_that_validate(plugin_path: Path, tmp_path: Path, kind: str) -> None:
    for arguments in (["init", "--sink", f"mine={kind}"], ["config", "validate"]):
        done = run(*arguments, path=plugin_path, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert f"type: {kind}" in (tmp_path / "ccsync.yaml").read_text()


def test_a_fault_in_their_settings_is_found(plugin_path: Path, tmp_path: Path) -> None:
    run("init", "--sink", "mine=sqlite", path=plugin_path, cwd=tmp_path)
    settings = tmp_path / "ccsync.yaml"
    settings.write_text(settings.read_text().replace("path:", "paht:"))
    done = run("config", "validate", path=plugin_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "sinks.mine.paht" in done.stderr
    assert "path" in done.stderr


def test_without_them_the_type_is_unknown(tmp_path: Path) -> None:
    done = run("init", "--sink", "sqlite", path=tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "no sink of type 'sqlite' is installed" in done.stderr
