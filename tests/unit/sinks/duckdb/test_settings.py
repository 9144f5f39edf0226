"""What may be named as a file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

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
