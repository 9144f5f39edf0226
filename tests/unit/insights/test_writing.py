"""A file is written whole, for its owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccsync.insights.writing import write_private


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
