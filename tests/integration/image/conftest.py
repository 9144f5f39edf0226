"""The image, built once per test run, and a place outside it to run it from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from ccsync.testing.otlp import OtlpReceiver
from tests.architecture.repository import ROOT
from tests.integration.image.outside import Outside
from tests.support.containers import Image, Tool, find_base, find_tool
from tests.support.once import once

NAME = "localhost/ccsync:test"
BUILD = 900.0
"""Seconds that a build may take on a cold machine."""


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Build it as `make image` does. Layers are kept, so that a second build takes seconds."""
    tool = find_tool()
    base = find_base(tool)
    directory = once(tmp_path_factory, "image", partial(build, tool, base))
    return Image(tool, NAME, base, directory)


def build(tool: Tool, base: str, directory: Path) -> None:
    """Build it; a directory goes with it."""
    done = subprocess.run(
        [ROOT / ".ci" / "image"],
        env={**os.environ, "CCSYNC_IMAGE_TOOL": tool.name, "IMAGE": NAME, "BASE": base},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    directory.mkdir()


@pytest.fixture
def outside(image: Image, tmp_path: Path) -> Iterator[Outside]:
    """Let two people have worked on each of five days; settings send that to a receiver."""
    organization = ScriptedOrganization()
    with Simulator(organization) as api, OtlpReceiver() as receiver:
        outside = Outside(image, tmp_path, api, organization, receiver)
        outside.put_days()
        outside.configure()
        yield outside
