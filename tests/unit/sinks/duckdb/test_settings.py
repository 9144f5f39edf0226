"""What may be named as a file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ccsync.errors import SettingsError
from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync_duckdb import PLUGIN, DuckDBConfig
from tests.support.duckdb import a_config


@pytest.mark.parametrize(
    "path", ["usage.duckdb", "/var/lib/a b/usage.db", "./it's.duckdb", "2026:1.duckdb"]
)
def test_files(path: str) -> None:
    assert list(PLUGIN.faults(a_config(Path(path)), {})) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (":memory:", "ends with the run"),
        ("md:my_db", "an address"),
        ("https://files.example/usage.duckdb", "an address"),
        ("s3://bucket/usage.duckdb", "an address"),
        ("folder/", "a directory"),
    ],
)
def test_what_is_no_file(path: str, said: str) -> None:
    config = msgspec.convert({"type": "duckdb", "path": path}, DuckDBConfig)
    (fault,) = PLUGIN.faults(config, {})
    assert fault.path == "path"
    assert said in fault.message


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "duckdb", "path": ""}, DuckDBConfig)


def test_a_relative_path_counts_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    assert a_config(Path("link/usage.duckdb")).file == tmp_path.resolve() / "there/usage.duckdb"


def test_a_path_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert a_config(Path("~/usage.duckdb")).file == tmp_path.resolve() / "usage.duckdb"


def test_a_link_to_itself_has_a_path(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert a_config(loop).file.name == "loop"
    assert PLUGIN.alone(a_config(loop)) == ("path", str(a_config(loop).file))


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("other", ["./one.duckdb", "folder/../one.duckdb", "link", "hard"])
def test_two_sinks_on_one_file_are_a_fault_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, there: bool
) -> None:
    if other == "hard" and not there:
        return  # there is no second name of what is not there
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("one.duckdb")
    if there:
        (tmp_path / "one.duckdb").touch()
        (tmp_path / "hard").hardlink_to("one.duckdb")
    settings = tmp_path / "ccsync.yaml"
    settings.write_text(
        "version: 1\nsource: {api_key: some-key-of-ours}\nsinks:\n"
        "  one:\n    type: duckdb\n    path: one.duckdb\n"
        f"  two:\n    type: duckdb\n    path: {other}\n"
    )
    with pytest.raises(SettingsError) as caught:
        load(settings, installed(), {})
    assert caught.value.faults == (
        f"{settings}:9:11: sinks.two.path: is the same as sinks.one.path; "
        "give each of these sinks one of its own, or they would get in each other's way",
    )
    settings.write_text(settings.read_text().replace(f"path: {other}", "path: other.duckdb"))
    assert len(load(settings, installed(), {}).settings.sinks) == 2
