"""Distributions of others, installed beside ccsync without touching its environment."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.once import once

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"
DISTRIBUTIONS = ("ccsync_sqlite", "ccsync_faulty")


@pytest.fixture(scope="session")
def plugin_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plugins of tests/plugins once, and give the folder to put on `PYTHONPATH`.

    With it, the installed `ccsync` knows the sinks `sqlite`, `series` and `moody`. To use it, a
    conftest.py imports this fixture by name.
    """
    for needed in ("pip", "hatchling"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"installing the plugins of tests/plugins needs {needed}")
    return once(tmp_path_factory, "plugins", install)


def install(target: Path) -> None:
    """Install what is in tests/plugins into a folder; nothing comes from anywhere else."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    environment = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1"}
    done = subprocess.run(
        [*command, *(str(PLUGINS / name) for name in DISTRIBUTIONS)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
