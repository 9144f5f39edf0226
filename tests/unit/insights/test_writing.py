"""A file is written whole, for its owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.errors import SettingsError
from ccsync.insights.writing import check_page, write_private


def test_it_is_private_even_where_another_was(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new ✓")
    assert path.read_text("utf-8") == "new ✓"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path], "nothing else is left"


def test_what_was_there_stays_when_it_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "half a page \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="No such file"):
        write_private(tmp_path / "absent" / "page.html", "new")


def test_a_page_replaces_a_page_only(tmp_path: Path) -> None:
    page = tmp_path / "page"
    check_page(page, [])
    for harmless in ("", "<!doctype html>\n<html>", "\ufeff\n<!DOCTYPE HTML>"):
        page.write_text(harmless)
        check_page(page, [])
    for other in ('{"date": "2026-11-19"}\n', "<html>", "x"):
        page.write_text(other)
        with pytest.raises(SettingsError, match=r"is a file, and no HTML page, so it was not "):
            check_page(page, [])


def test_a_page_never_replaces_what_is_read(tmp_path: Path) -> None:
    usage, soft, hard = (tmp_path / name for name in ("usage", "soft", "hard"))
    absent = tmp_path / "absent"
    usage.write_text("<!doctype html>")
    soft.symlink_to(usage)
    hard.hardlink_to(usage)
    for page in (usage, soft, hard, tmp_path / "." / "usage"):
        with pytest.raises(SettingsError, match="is the file that is read; name another one"):
            check_page(page, [absent, usage])
    with pytest.raises(SettingsError, match="is the file that is read"):
        check_page(tmp_path / "." / "absent", [absent])


def test_a_page_is_a_regular_file() -> None:
    with pytest.raises(SettingsError, match="--html /dev/null: is no regular file"):
        check_page(Path("/dev/null"), [])
