"""The README's lines about the container do what they say."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from ccsync import __version__
from tests.architecture.repository import ROOT
from tests.integration.image.outside import VOLUME, Outside

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

HERE = ("--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=256:256")
"""What a test adds: servers on the loopback, limits that need no rights."""


def test_a_container_syncs(outside: Outside) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"<!-- run: container -->\n```sh\n(.*?)```", readme, re.DOTALL)
    make, run = block.replace("\\\n", "").strip().splitlines()
    assert shlex.split(make)[-1] == VOLUME
    assert f"localhost/ccsync:{__version__}" in run
    for written, here in (
        ("docker run", shlex.join([*outside.image.tool.command, "run", *HERE])),
        ("-e ANTHROPIC_ADMIN_KEY", "-e ANTHROPIC_ADMIN_KEY -e RECEIVER_KEY"),
        (f"-v {VOLUME}:", f"-v {outside.volume}:"),
        (f"localhost/ccsync:{__version__}", outside.image.name),
    ):
        assert run.count(written) == 1, written
        run = run.replace(written, here)
    outside.configure(state=f"file://{VOLUME}")
    done = subprocess.run(
        ["bash", "-c", run],
        cwd=outside.directory,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", **outside.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    outside.assert_true()
