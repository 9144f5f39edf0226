"""The shape of the repository: top level, sinks and their registration, length of modules."""

from __future__ import annotations

import pytest

from tests.architecture.repository import (
    ROOT,
    entry_points,
    modules,
    tracked_files,
    wheel_packages,
)

TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "ccsync",
    "config",
    "pyproject.toml",
    "sinks",
    "tests",
}
LATER = {"Dockerfile", "helm"}
"""Belong to the top level too, once they are there."""

LONGEST_MODULE = {"ccsync": 300, "sinks": 300, "tests": 650}
"""A module of tests is a list of cases: one reads one of them, not all."""


def sink_folders() -> set[str]:
    """Give the packages in `sinks/`."""
    return {
        path.parts[1] for path in tracked_files() if path.parts[0] == "sinks" and path.parts[2:]
    }


def test_the_top_level_is_what_it_should_be() -> None:
    present = {path.parts[0] for path in tracked_files()}
    visible = {name for name in present if not name.startswith(".")}
    assert visible - TOP_LEVEL - LATER == set(), "the top level is fixed; find a folder for these"
    assert TOP_LEVEL - visible == set(), "these belong to the top level"


def test_every_sink_is_registered() -> None:
    registered = {
        entry_point.partition(":")[0].partition(".")[0]
        for entry_point in entry_points("ccsync.sinks").values()
    }
    assert sink_folders() == registered, "pyproject.toml: [project.entry-points.'ccsync.sinks']"


def test_every_sink_is_in_the_wheel() -> None:
    packaged = set(wheel_packages())
    assert packaged == {"ccsync"} | {f"sinks/{name}" for name in sink_folders()}, (
        "pyproject.toml: packages of [tool.hatch.build.targets.wheel]; a sink that is not there "
        "works in a checkout and is missing for everybody else"
    )


@pytest.mark.parametrize("group", ["ccsync.sinks", "ccsync.state"])
def test_every_entry_point_names_a_module(group: str) -> None:
    for name, entry_point in entry_points(group).items():
        dotted = entry_point.partition(":")[0].replace(".", "/")
        places = [
            ROOT / root / f"{dotted}{end}"
            for root in ("", "sinks")
            for end in (".py", "/__init__.py")
        ]
        assert any(place.is_file() for place in places), f"{group}: {name} = {entry_point}"


def test_no_module_is_too_long() -> None:
    lengths = {
        path: (len((ROOT / path).read_text("utf-8").splitlines()), most)
        for folder, most in LONGEST_MODULE.items()
        for path in modules(folder)
    }
    too_long = [
        f"{path}: {length} lines" for path, (length, most) in lengths.items() if length > most
    ]
    assert not too_long, "is there a second thing in one of these?\n" + "\n".join(too_long)
