"""The repository as its own tests see it: tracked files, pyproject.toml, parsed modules."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Give the files under version control that are there, relative to the root."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout: only files under version control are looked at")
    # The checkout may belong to another user, as in a container.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    names = listed.stdout.decode().split("\0")
    return tuple(Path(name) for name in names if name and (ROOT / name).is_file())


@cache
def pyproject() -> dict[str, Any]:
    """Give pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def wheel_packages() -> list[str]:
    """Give the folders that go into the wheel."""
    return list(pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def entry_points(group: str) -> dict[str, str]:
    """Give the entry points of a group, by name."""
    return dict(pyproject()["project"]["entry-points"].get(group, {}))


def supported_pythons() -> list[str]:
    """Give the Python versions that the classifiers promise, as `3.11`."""
    prefix = "Programming Language :: Python :: 3."
    classifiers: list[str] = pyproject()["project"]["classifiers"]
    return ["3." + one.removeprefix(prefix) for one in classifiers if one.startswith(prefix)]


def modules(folder: str) -> list[Path]:
    """Give the Python files below a folder, relative to the root, whether tracked yet or not."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py"))
