"""The built distribution, and environments that hold the wheel and no source."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Built:
    """What `python -m build` made of the tracked files: a source archive, and a wheel from that."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """A virtual environment that holds the wheel and its pinned dependencies, and no source."""

    version: str
    bin: Path
    home: Path

    def run(
        self, program: str, *arguments: str, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, in an empty folder unless told otherwise."""
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=cwd or self.home,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "CI": "true"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            stdin=subprocess.DEVNULL,
        )


def must_succeed(command: Sequence[str | Path], cwd: Path) -> None:
    """Run a tool of the trade; its output is shown when it fails."""
    settings = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    environment = {**os.environ, **settings}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, f"{' '.join(map(str, command))} failed:\n{said}"


def linked(version: str) -> Path:
    """Say where `make tools` links an interpreter, if it found one."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ccsync" / "bin" / f"python{version}"


def interpreter(version: str) -> Path:
    """Give the interpreter that `make tools` linked; skips the test where there is none."""
    link = linked(version)
    if not link.exists():
        pytest.skip(f"Python {version} is not at {link}; `make tools` says where it looks for it")
    return link.resolve()
