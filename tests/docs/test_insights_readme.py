"""The commands of the README's section on insights run; its table names all that they write."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ccsync.testing import a_record, a_snapshot
from ccsync_stdout.lines import jsonl

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LAST_DAYS = " --from 28d"
"""In the block; the test's usage is of fixed days."""


def test_the_commands_run(tmp_path: Path) -> None:
    (block,) = re.findall(r"<!-- run: insights -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert LAST_DAYS in block
    lines = b"".join(jsonl(a_snapshot([a_record()])))
    (tmp_path / "usage.jsonl").write_bytes(lines)
    done = subprocess.run(
        ["bash", "-ec", block.replace(LAST_DAYS, "")],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "estimated cost" in done.stdout
    assert done.stdout.endswith("usage.html\n")
    document = json.loads((tmp_path / "usage.json").read_text())
    assert document["total"]["sessions"] == 3
    described = set(re.findall(r"`(\w+)`", README.split("<!-- insights --json -->")[1]))
    assert set(document) - described == set()
