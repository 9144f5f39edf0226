"""The chart's package: into dist/, and to a registry that whoever calls names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

TIMEOUT = 300.0
"""Seconds that one command of helm may take."""

_UNKNOWN = re.compile(r"not found|\b404\b|(manifest|name) unknown|denied|\b403\b", re.IGNORECASE)
"""How registries say that something is not there; some say that you may not see it."""

_LOOPBACK = re.compile(r"oci://(localhost|127\.[\d.]+|\[::1\])[:/]")


class PublishError(Exception):
    """The package could not be made or pushed; says why, and what to do."""


def package(chart: Path, to: Path) -> Path:
    """Pack the chart, and give the file.

    Raises:
        PublishError: helm is absent, or does not like the chart.
    """
    to.mkdir(exist_ok=True)
    saved = re.search(r"saved it to: (.+)", _helm("package", chart, "--destination", to))
    if saved is None:
        raise PublishError(f"helm package does not say which file it wrote to {to}")
    return Path(saved[1].strip())


def push(chart: Path, to: Path, repository: str, options: Sequence[str] = ()) -> str:
    """Push the chart unless this very version is there; gives a line that says what was done.

    Args:
        chart: its directory.
        to: where the package goes.
        repository: `oci://HOST/PATH`; the chart's name is added.
        options: of `helm pull` and `helm push`, as for another authority.

    Raises:
        PublishError: the registry cannot be asked, refuses it, or has other content by that
            version: whoever runs it would get something else from one day to the next.
    """
    if not re.match(r"oci://[^/]+(/.+)?$", repository) or repository.endswith("/"):
        raise PublishError(
            f"{repository!r} is no place for it; write REPO=oci://HOST/PATH, and the chart's name "
            "is added"
        )
    said = yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))
    name, version = said["name"], said["version"]
    packed = package(chart, to)
    if _LOOPBACK.match(repository):
        options = (*options, "--plain-http")
    there = f"{repository}/{name}:{version}"
    with tempfile.TemporaryDirectory() as directory:
        if pulled := _pull(f"{repository}/{name}", version, Path(directory), options):
            if _content(pulled) != _content(packed):
                raise PublishError(
                    f"{there} is there with other content; raise `version` in Chart.yaml"
                )
            return f"{there} is there already, the same; nothing was pushed"
    answer = _helm("push", packed, repository, *options)
    digest = re.search(r"sha256:[0-9a-f]{64}", answer)
    return f"pushed {there}" + (f"@{digest[0]}" if digest else "")


def _pull(chart: str, version: str, to: Path, options: Sequence[str]) -> Path | None:
    """Fetch a version; None if it is not there."""
    try:
        _helm("pull", chart, "--version", version, "--destination", to, *options)
    except PublishError as error:
        if _UNKNOWN.search(str(error)):
            return None
        raise
    return next(to.glob("*.tgz"))


def _content(packed: Path) -> dict[str, object]:
    """Give what is in a package, without times; Chart.yaml as data, each helm writes it its way."""
    found: dict[str, object] = {}
    with tarfile.open(packed) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            data = file.read()
            is_chart = member.name.count("/") == 1 and member.name.endswith("/Chart.yaml")
            found[member.name] = yaml.safe_load(data) if is_chart else data
    return found


def _program() -> str:
    """Find helm: the one that `.ci/helm` brought, else the one on PATH."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    for name in ("helm4", "helm3"):
        path = Path(cache) / "ccsync" / "bin" / name
        if path.exists():
            return str(path)
    if path_helm := shutil.which("helm"):
        return path_helm
    raise PublishError("there is no helm: `.ci/helm` brings it, or says why it cannot")


def _helm(*arguments: str | Path) -> str:
    """Run helm; gives all that it prints.

    Raises:
        PublishError: it failed; with its own words.
    """
    done = subprocess.run(
        [_program(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise PublishError(f"helm {arguments[0]}: {done.stdout.strip()}")
    return done.stdout
