"""What is in the image, and what is not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from packaging.utils import canonicalize_name

from ccsync import __version__
from tests.architecture.repository import ROOT, entry_points
from tests.support.command import Json
from tests.support.containers import USER, Image

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

ADDED = 190
"""Megabytes that the image may have beside its base."""

ENVIRONMENT = PurePosixPath("opt/venv")
PROGRAMS = re.compile(r"(pip[\d.]*|gcc.*|g\+\+.*|cc|c\+\+|make|ld|hatchling|pyproject-build|uv)")
BUILDERS = re.compile(
    r"(pip|setuptools|wheel|hatchling|build|editables|uv|pytest|vl_convert)(-.*)?"
)
UNCHECKED = 1
"""The flags of bytecode that is taken as it is, whatever the times of files are (PEP 552)."""


@pytest.fixture(scope="module")
def archive(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tarfile.TarFile]:
    """Give every file of the image."""
    directory = tmp_path_factory.mktemp("image")
    with image.unpack(directory) as archive:
        yield archive
    (directory / "image.tar").unlink()


@pytest.fixture(scope="module")
def members(archive: tarfile.TarFile) -> dict[PurePosixPath, tarfile.TarInfo]:
    """Give what is known of each file, by path from the root."""
    return {PurePosixPath(one.name): one for one in archive}


@pytest.fixture(scope="module")
def settings(image: Image) -> Json:
    """Give how the image is to be run, and its labels."""
    found: Json = image.tool.inspect(image.name)["Config"]
    return found


def pinned(file: str) -> dict[str, str]:
    """Give the pins of a file that hold on Linux."""
    text = (ROOT / ".ci" / file).read_text("utf-8")
    found = re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*?))? \\$", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version, rule in found if "'nt'" not in rule}


def test_it_is_run_by_number_and_as_the_command(settings: Json) -> None:
    assert settings["User"] == f"{USER}:{USER}"
    assert settings["Entrypoint"] == ["ccsync"]
    assert not settings.get("Cmd")
    assert settings["StopSignal"] in {"SIGTERM", "15"}
    assert "PYTHONUNBUFFERED=1" in settings["Env"]


def test_its_labels_say_what_it_is(image: Image, settings: Json) -> None:
    prefix = "org.opencontainers.image."
    labels = {name.removeprefix(prefix): text for name, text in settings["Labels"].items()}
    assert labels["version"] == __version__
    assert re.fullmatch(r"[0-9a-f]{40}(-modified)?", labels["revision"])
    assert labels["source"].startswith("https://")
    assert labels["licenses"] == "Apache-2.0"
    assert labels["base.name"].partition("@")[0] == image.base.partition("@")[0]


def test_it_adds_little_to_its_base(image: Image) -> None:
    added = image.tool.inspect(image.name)["Size"] - image.tool.inspect(image.base)["Size"]
    assert added < ADDED * 10**6


def test_no_program_gives_other_rights(members: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    assert PurePosixPath("usr/bin/su") in members, "the base has programs that did"
    special = [path for path, one in members.items() if one.isfile() and one.mode & 0o6000]
    assert special == []


def test_nothing_but_tmp_can_be_written(members: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    writable = {
        path
        for path, one in members.items()
        if (one.isfile() or one.isdir()) and (one.mode & 0o002 or USER in {one.uid, one.gid})
    }
    assert writable == {PurePosixPath("tmp")}


def test_there_is_nothing_to_install_or_compile_with(
    members: dict[PurePosixPath, tarfile.TarInfo],
) -> None:
    programs = [path for path in members if path.parent.name in {"bin", "sbin"}]
    assert [path for path in programs if PROGRAMS.fullmatch(path.name)] == []
    packages = [path for path in members if path.parent.name in {"site-packages", "dist-packages"}]
    assert [path for path in packages if BUILDERS.fullmatch(path.name)] == []
    assert [path for path in members if path.name in {"ensurepip", "python-wheels"}] == []


def test_it_holds_what_is_pinned_and_nothing_else(
    members: dict[PurePosixPath, tarfile.TarInfo],
) -> None:
    folders = [path.name for path in members if path.suffix == ".dist-info"]
    installed = dict(name.removesuffix(".dist-info").split("-", 1) for name in folders)
    found = {canonicalize_name(name): version for name, version in installed.items()}
    assert found == {**pinned("constraints-image.txt"), "ccsync": __version__}


def test_nothing_of_the_build_is_left(members: dict[PurePosixPath, tarfile.TarInfo]) -> None:
    top = {path.parts[1] for path in members if path.parts[0] == "opt" and len(path.parts) > 1}
    assert top == {"venv"}
    left = [path for path in members if path.name in {"pip.conf", "constraints-image.txt"}]
    left += [path for path in members if path.parts[:2] in {("run", "secrets"), ("source",)}]
    assert [path for path in left if members[path].isfile()] == []


def test_everything_is_compiled(
    archive: tarfile.TarFile, members: dict[PurePosixPath, tarfile.TarInfo]
) -> None:
    sources = [
        path for path in members if path.is_relative_to(ENVIRONMENT) and path.suffix == ".py"
    ]
    assert len(sources) > 1000
    (tag,) = {path.suffixes[-2] for path in members if path.match("ccsync/__pycache__/job.*.pyc")}
    for source in sources:
        bytecode = source.parent / "__pycache__" / f"{source.stem}{tag}.pyc"
        assert bytecode in members, source
        opened = archive.extractfile(members[bytecode])
        assert opened is not None
        assert int.from_bytes(opened.read(8)[4:], "little") == UNCHECKED, source


def test_the_command_shows_its_sinks(image: Image) -> None:
    done = image.run("sinks")
    assert done.exit == 0, done
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == sorted(
        entry_points("ccsync.sinks")
    )


@pytest.mark.parametrize(
    "modules", ["google.cloud.bigquery", "opentelemetry.sdk, grpc", "google.auth, obstore"]
)
def test_client_libraries_can_be_imported(image: Image, modules: str) -> None:
    """The base has the shared libraries that they need."""
    done = image.run("-c", f"import {modules}", entrypoint="python")
    assert done.exit == 0, done


def test_its_packages_are_listed(image: Image, tmp_path: Path) -> None:
    """`make sbom` says of this image what is in it."""
    environment = {**os.environ, "CCSYNC_IMAGE_TOOL": image.tool.name, "IMAGE": image.name}
    environment["SBOM"] = str(tmp_path / "image.cdx.json")
    done = subprocess.run(
        [ROOT / ".ci" / "image", "sbom"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    listed = json.loads((tmp_path / "image.cdx.json").read_text("utf-8"))
    libraries = [one for one in listed["components"] if one["type"] == "library"]
    found = {one["name"]: one["version"] for one in libraries}
    assert found == pinned("constraints-image.txt")
    assert listed["metadata"]["component"]["purl"] == f"pkg:pypi/ccsync@{__version__}"
