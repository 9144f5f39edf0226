"""What is in the wheel and in the source archive."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest

from tests.architecture.repository import entry_points, pyproject, tracked_files, wheel_packages
from tests.packaging.distribution import Built

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def names_in_wheel(built: Built) -> set[PurePosixPath]:
    """Give the files of the wheel."""
    with zipfile.ZipFile(built.wheel) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


def metadata_file(built: Built, name: str) -> str:
    """Give the text of a file of the wheel's dist-info folder."""
    with zipfile.ZipFile(built.wheel) as archive:
        (path,) = (one for one in archive.namelist() if one.endswith(f".dist-info/{name}"))
        return archive.read(path).decode()


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(built: Built) -> None:
    packages = [PurePosixPath(one) for one in wheel_packages()]
    expected = {
        PurePosixPath(path.relative_to(package.parent))
        for path in tracked_files()
        for package in packages
        if path.is_relative_to(package)
    }
    present = {name for name in names_in_wheel(built) if not name.parts[0].endswith(".dist-info")}
    assert present == expected


def test_every_package_of_the_wheel_says_that_it_is_typed(built: Built) -> None:
    packages = {PurePosixPath(one).name for one in wheel_packages()}
    typed = {name.parts[0] for name in names_in_wheel(built) if name.name == "py.typed"}
    assert typed == packages, "type checkers ignore the types of a package without py.typed"


def test_the_wheel_registers_the_command_and_the_plugins(built: Built) -> None:
    parser = configparser.ConfigParser(delimiters=["="])
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(metadata_file(built, "entry_points.txt"))
    assert dict(parser["console_scripts"]) == pyproject()["project"]["scripts"]
    for group in ("ccsync.sinks", "ccsync.state"):
        assert dict(parser[group]) == entry_points(group)


def test_the_wheel_carries_the_license(built: Built) -> None:
    assert "Apache License" in metadata_file(built, "licenses/LICENSE")


def test_the_source_archive_holds_what_is_built_and_its_tests(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        present = {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}
    wanted = ("ccsync", "sinks", "tests", "config")
    expected = {PurePosixPath(path) for path in tracked_files() if path.parts[0] in wanted}
    assert expected <= present
    assert {path.parts[0] for path in present if path.parts} <= {
        *wanted,
        *("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"),
    }
