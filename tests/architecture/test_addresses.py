"""No file says where its author's packages come from, or where on which machine it was written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI

from tests.architecture.repository import ROOT, tracked_files

# In pieces, so that this file does not hold what it looks for.
WELL_KNOWN_REGISTRIES = [
    ".".join(pieces)
    for pieces in (
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("conda", "anaconda", "org"),
    )
]


def registries() -> list[str]:
    """Give the hosts of package registries: well known ones, and those in the settings of pip."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    settings = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    configured = re.findall(r"https?://(?:[^@/\s']*@)?([\w.-]+)", settings)
    # An address without letters, or the loopback, is nobody's registry in particular.
    named = [host for host in configured if "." in host and re.search(r"[a-z]", host)]
    return sorted({PyPI.netloc, PyPI.file_storage_domain, *WELL_KNOWN_REGISTRIES, *named})


def host_pattern(hosts: list[str]) -> re.Pattern[str]:
    """Match any of the hosts, or a host below one of them."""
    return re.compile(
        rf"(?<![\w-])({'|'.join(map(re.escape, hosts))})(?![\w-]|\.\w)", re.IGNORECASE
    )


def path_pattern() -> re.Pattern[str]:
    """Match paths below anybody's home directory, and the path of this checkout."""
    anywhere = r"/(?:root|home/\w+|Users/\w+)/"
    own = [re.escape(f"{path}/") for path in (ROOT, Path.home()) if len(path.parts) > 2]
    return re.compile(rf"(?<![\w.])(?:{'|'.join([anywhere, *own])})")


def lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    """Give each line of a tracked text file that the pattern finds, as `FILE:LINE: text`."""
    found: list[str] = []
    for path in tracked_files():
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_no_file_names_a_package_registry() -> None:
    found = lines_that_match(host_pattern(registries()))
    assert not found, "whoever installs decides where packages come from:\n" + "\n".join(found)


def test_no_file_holds_a_path_of_its_authors_machine() -> None:
    found = lines_that_match(path_pattern())
    assert not found, "these paths exist on one machine only:\n" + "\n".join(found)


@pytest.mark.parametrize("text", ["https://{}/simple", "host={}", "see mirror.{}:443.", "({})"])
def test_a_registry_would_be_found(text: str) -> None:
    pattern = host_pattern(registries())
    assert all(pattern.search(text.format(host)) for host in registries())


@pytest.mark.parametrize("text", ["https://{}.example/", "my-{}", "{}x"])
def test_other_hosts_are_left_alone(text: str) -> None:
    assert not host_pattern(registries()).search(text.format(WELL_KNOWN_REGISTRIES[0]))


@pytest.mark.parametrize("place", [ROOT, Path("/home") / "somebody", Path("/root")])
def test_a_path_of_a_machine_would_be_found(place: Path) -> None:
    assert path_pattern().search(f"open('{place / 'notes.txt'}')")


@pytest.mark.parametrize("text", ["/var/run/secrets/key", "https://x.example/home/page/", "/home/"])
def test_other_paths_are_left_alone(text: str) -> None:
    assert not path_pattern().search(text)
