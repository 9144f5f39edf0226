"""Files that people edit: written, written again, and never replaced without being asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.cli.folder import write
from ccsync.errors import SettingsError


def test_files_are_written_and_may_be_written_again(tmp_path: Path) -> None:
    files = {tmp_path / "a" / "b" / "one": "1 é\n", tmp_path / "two": "2\r\n"}
    for _ in range(2):
        write(files, force=False)
        assert {path: path.read_bytes().decode() for path in files} == files


def test_an_edited_file_is_kept_and_nothing_else_written(tmp_path: Path) -> None:
    files = {tmp_path / name: f"{name}\n" for name in ("one", "two", "three")}
    write(files, force=False)
    (tmp_path / "one").unlink()
    (tmp_path / "two").write_text("mine\n")
    (tmp_path / "three").write_bytes(b"\xff")
    with pytest.raises(SettingsError) as raised:
        write(files, force=False)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("nothing was written")
    assert lines[1:-1] == [f"  {tmp_path}/two", f"  {tmp_path}/three"]
    assert "--force" in lines[-1]
    assert not (tmp_path / "one").exists()
    assert (tmp_path / "two").read_text() == "mine\n"

    write(files, force=True)
    assert {path: path.read_text() for path in files} == files


@pytest.mark.parametrize("below", ["one", "further/down/one"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"a file stands where a folder has to be; name a fold"):
        write({tmp_path / "file" / below: ""}, force=False)


def test_a_place_where_nothing_can_be_written() -> None:
    with pytest.raises(SettingsError, match=r"^/proc/ccsync/one: cannot be written: .*; name a f"):
        write({Path("/proc/ccsync/one"): ""}, force=True)


def test_a_directory_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(SettingsError, match="one: cannot be read: Is a directory"):
        write({tmp_path / "one": ""}, force=False)
