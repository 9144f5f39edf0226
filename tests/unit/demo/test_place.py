"""The demo empties what a demo filled, and touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.demo.place import MARKER, default_directory, prepared
from ccsync.errors import SettingsError


def test_a_new_directory_is_private(tmp_path: Path) -> None:
    with prepared(tmp_path / "some" / "where") as place:
        assert place.root.stat().st_mode & 0o777 == 0o700
        assert [path.name for path in place.root.iterdir()] == [MARKER]


def test_an_earlier_demo_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    with prepared(tmp_path) as place:
        place.usage.write_text("old")
        place.state.mkdir()
        place.ledger.write_text("old")
        (place.root / "mine").write_text("kept")
    with prepared(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == [MARKER, "mine"]


def test_a_foreign_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ccsync.yaml").write_text("mine")
    with pytest.raises(SettingsError, match="no demo made it: nothing was touched"):
        prepared(tmp_path).__enter__()
    assert [path.name for path in tmp_path.iterdir()] == ["ccsync.yaml"]


def test_two_demos_do_not_share_one(tmp_path: Path) -> None:
    with prepared(tmp_path), pytest.raises(SettingsError, match="another demo is at work there"):
        prepared(tmp_path).__enter__()
    with prepared(tmp_path):
        pass


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"cannot be used: .*Name another one"):
        prepared(tmp_path / "file").__enter__()


def test_where_it_is_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nobody")
    assert default_directory({"XDG_CACHE_HOME": "/c"}) == Path("/c/ccsync/demo")
    assert default_directory({}) == Path("/nobody/.cache/ccsync/demo")
    assert default_directory({"XDG_CACHE_HOME": "c"}) == Path("/nobody/.cache/ccsync/demo")
