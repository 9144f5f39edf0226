from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest

from ccsync.errors import SettingsError
from ccsync.state.file import FileStore
from ccsync.state.none import NoStore
from ccsync.state.store import default_url, open_state


def test_the_default_is_the_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
    assert default_url() == "file:///somewhere/state/ccsync"
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", "/elsewhere")
    assert default_url() == "file:///elsewhere/.local/state/ccsync"
    assert open_state(None).where == default_url()


def test_a_url_finds_its_store(tmp_path: Path) -> None:
    assert isinstance(open_state(f"file://{tmp_path}"), FileStore)
    assert isinstance(open_state("none"), NoStore)


@pytest.mark.parametrize("url", ["ftp://host/path", "nothing", "FILE:///x"])
def test_an_unknown_url_is_a_fault_that_names_the_known_ones(url: str) -> None:
    with pytest.raises(SettingsError, match=r"is not understood; known are file://\.\.\., .*none"):
        open_state(url)


def test_a_path_is_asked_back_as_a_url() -> None:
    with pytest.raises(SettingsError, match="did you mean file:///var/lib/ccsync"):
        open_state("/var/lib/ccsync")


def test_two_packages_for_one_scheme_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    points = importlib.metadata.EntryPoints(
        importlib.metadata.EntryPoint("file", f"{package}:open_store", "ccsync.state")
        for package in ("one", "two")
    )

    def both(**_: Any) -> importlib.metadata.EntryPoints:
        return points

    monkeypatch.setattr(importlib.metadata, "entry_points", both)
    with pytest.raises(SettingsError, match="two installed packages offer file://; remove one"):
        open_state("file:///x")
