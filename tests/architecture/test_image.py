"""What the container image is built from: pinned, hashed, and no more than it needs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.repository import ROOT, pyproject
from tests.architecture.test_constraints import RUN, entries, pins

IMAGE = Path(".ci/constraints-image.txt")
BUILD = Path(".ci/constraints-build.txt")
LEFT_OUT = {"all", "testing", "insights"}
"""Extras that are no use in a container: nobody looks at a page there; `all` is all others."""

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def requirements() -> list[Requirement]:
    """Give what ccsync and its extras in the image ask for."""
    project = pyproject()["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    wanted = [text for name, texts in extras.items() if name not in LEFT_OUT for text in texts]
    return [Requirement(text) for text in [*project["dependencies"], *wanted]]


def test_the_image_has_the_extras() -> None:
    pinned = pins(IMAGE)
    missing = [str(one) for one in requirements() if canonicalize_name(one.name) not in pinned]
    assert not missing, f"{IMAGE} is older than pyproject.toml; run `make constraints`"


@pytest.mark.parametrize("path", [IMAGE, BUILD])
def test_every_pin_is_the_one_that_is_tested(path: Path) -> None:
    """Same version and same hashes as in the environment of the tests; markers may be simpler."""

    def by_version(file: Path) -> dict[str, set[str]]:
        found = {line.split()[0]: set(re.findall(r"--hash=(\S+)", line)) for line in entries(file)}
        assert all(found.values()), f"{file}: without hashes"
        return found

    tested, here = by_version(RUN), by_version(path)
    assert len(here) > 5
    assert {name: tested.get(name) for name in here} == here, "run `make constraints`"


def test_nothing_that_builds_or_tests_goes_into_the_image() -> None:
    tools = {"hatchling", "build", "editables", "pip", "setuptools", "pytest", "uv"}
    tools |= {"jinja2", "vl-convert-python"}
    assert pins(IMAGE).keys() & tools == set()


def test_packages_are_installed_by_hash_alone() -> None:
    """Or from a file that was made in the build itself; and never compiled from source."""
    text = DOCKERFILE.replace("\\\n", " ")
    installs = re.findall(r"install --no-compile[^;\"]*", text)
    assert len(installs) == 2, installs
    fetched, own = installs
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(fetched.split())
    assert {"--no-index", "--no-deps", "/opt/wheel/*.whl"} <= set(own.split())


def test_both_stages_have_one_base_that_can_be_replaced() -> None:
    """With another base below, the interpreter of the environment would not be there."""
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "${BASE}"]
    named = r"^ARG BASE=docker\.io/library/python:3\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?$"
    assert re.search(named, DOCKERFILE, re.MULTILINE)


def test_only_what_it_is_built_from_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {one.removeprefix("!") for one in rules if one.startswith("!")} == {
        name for names in copied for name in names.split()
    }


def test_a_script_builds_it() -> None:
    script = ROOT / ".ci" / "image"
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [script, "tool"],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "CCSYNC_IMAGE_TOOL": "no-such-tool"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "none of no-such-tool works here" in done.stderr
