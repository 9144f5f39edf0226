"""The dashboards and alerts in config/ and in the chart are those that the sources give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("config/dashboards", "helm/ccsync/files")


def contents(root: Path) -> dict[str, str]:
    """Give every file."""
    return {
        str(path.relative_to(root)): path.read_text("utf-8")
        for place in PLACES
        for path in sorted((root / place).rglob("*"))
        if path.is_file()
    }


def test_files_are_fresh(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "dashboards", tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted, there = contents(tmp_path), contents(ROOT)
    assert wanted
    assert sorted(there) == sorted(wanted), "run `make dashboards`"
    stale = [name for name, text in wanted.items() if there[name] != text]
    assert not stale, "run `make dashboards`"


def test_the_readme_names_every_folder() -> None:
    readme = (ROOT / "config" / "dashboards" / "README.md").read_text("utf-8")
    folders = {path.name for path in (ROOT / "config" / "dashboards").iterdir() if path.is_dir()}
    assert folders
    assert all(f"`{folder}/" in readme for folder in folders), folders
