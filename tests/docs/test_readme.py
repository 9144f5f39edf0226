"""The README's blocks are run, its settings are loaded, its table of exit codes is the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ccsync.cli import COMMANDS
from ccsync.errors import Exit
from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.simulator import SIMULATED_KEY, Organization, Simulator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_first_real_run_does_what_it_says(tmp_path: Path) -> None:
    (first,) = re.findall(r"<!-- run: first -->\n```sh\n(.*?)```", README, re.DOTALL)
    lines = first.replace("sk-ant-admin01-...", SIMULATED_KEY).strip().splitlines()
    with Simulator(Organization(seed=1, users=4)) as api:
        # The one thing that a reader has and a test has not: the real API.
        here = f"sed -i 's#^source:#source:\\n  base_url: {api.base_url}#' ccsync.yaml"
        place = lines.index("ccsync init") + 1
        pace = "sed -i 's#^source:#source:\\n  requests_per_minute: 0#' ccsync.yaml"
        script = "\n".join(["set -e", *lines[:place], here, pace, *lines[place:]])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the key belongs to" in done.stdout
    assert (tmp_path / "usage.jsonl").read_text().count("\n") > 0


@pytest.mark.parametrize("text", blocks("yaml"))
def test_settings_load(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(text)
    environ = {
        "ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-x",
        "CCSYNC_HASH_KEY": "0123456789abcdef",
        "HONEYCOMB_API_KEY": "a-key",
    }
    assert load(path, installed(), environ).settings.sinks


def test_exit_codes_are_those_of_the_code() -> None:
    table = README.split("## Exit codes")[1].split("##")[0]
    numbers = {
        int(number)
        for row in re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)
        for number in row.split(",")
    }
    assert numbers == {int(code) for code in Exit}


def test_every_command_is_named() -> None:
    named = set(re.findall(r"`ccsync ([a-z]+)", README)) | {"demo"}
    assert set(COMMANDS) <= named


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
