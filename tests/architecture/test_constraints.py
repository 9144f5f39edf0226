"""The pinned dependencies: complete, hashed, of one mind, and free of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.repository import ROOT, pyproject

RUN = Path(".ci/constraints.txt")
LINT = Path(".ci/constraints-lint.txt")


def entries(path: Path) -> list[str]:
    """Give the logical lines of a constraints file: continuations joined, comments left out."""
    joined = (ROOT / path).read_text("utf-8").replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and line[0] != "#"]


def pins(path: Path) -> dict[str, str]:
    """Give the pinned version of each package, by canonical name."""
    found = (re.match(r"([\w.-]+)==([\w.!+]+)", line) for line in entries(path))
    return {canonicalize_name(one[1]): one[2] for one in found if one}


def wanted(group: str) -> Iterator[Requirement]:
    """Give the requirements of a part of pyproject.toml: `run` or a dependency group."""
    project = pyproject()["project"]
    if group != "run":
        yield from map(Requirement, pyproject()["dependency-groups"][group])
        return
    yield from map(Requirement, project["dependencies"])
    yield from map(Requirement, pyproject()["build-system"]["requires"])
    for extra in project["optional-dependencies"].values():
        yield from (one for one in map(Requirement, extra) if one.name != project["name"])


@pytest.mark.parametrize(("group", "path"), [("run", RUN), ("build", RUN), ("lint", LINT)])
def test_every_requirement_is_pinned_to_a_version_that_fits(group: str, path: Path) -> None:
    pinned = pins(path)
    found = [(one, pinned.get(canonicalize_name(one.name))) for one in wanted(group)]
    wrong = [
        f"{one} ({version or 'not pinned'})"
        for one, version in found
        if version is None or not one.specifier.contains(version, prereleases=True)
    ]
    assert not wrong, f"{path} is older than pyproject.toml; run `make constraints`: {wrong}"


@pytest.mark.parametrize("path", [RUN, LINT])
def test_every_line_is_a_pin_with_hashes(path: Path) -> None:
    assert len(pins(path)) > 10
    pattern = re.compile(r"[\w.-]+==[\w.!+]+( ; [^#:]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    wrong = [line[:80] for line in entries(path) if not pattern.fullmatch(line)]
    assert not wrong, f"{path} may hold pins with hashes only, no options and no addresses: {wrong}"


def test_both_files_pin_the_same_versions() -> None:
    run, lint = pins(RUN), pins(LINT)
    assert {name: run[name] for name in run.keys() & lint} == {
        name: lint[name] for name in run.keys() & lint
    }
