"""Each file is read once; what comes through a pipe is kept for as long as it is read."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from ccsync.errors import Exit
from ccsync.insights.given import GivenFileError, given


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    path, hard, soft, other = (tmp_path / name for name in ("usage", "hard", "soft", "other"))
    path.write_text("usage")
    hard.hardlink_to(path)
    soft.symlink_to(path)
    other.write_text("usage")
    with given([path, path, hard, soft, other]) as found:
        assert found.paths == (path, other)
        assert [found.name(one) for one in found.paths] == [str(path), str(other)]
        assert found.base_name(other) == "other"


def test_a_pipe_can_be_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("usage",))
    writer.start()
    with given([pipe]) as found:
        (path,) = found.paths
        assert path.read_text() == path.read_text() == "usage"
        assert path.parent.stat().st_mode & 0o077 == 0, "it names people"
        assert found.name(path) == str(pipe)
    writer.join()
    assert not path.parent.exists()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"usage")))
    with given([Path("-"), Path("-")]) as found:
        (path,) = found.paths
        assert path.read_text() == "usage"
        assert found.name(path) == "standard input"


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(GivenFileError) as caught, given([tmp_path / "gone"]):
        pass
    assert str(caught.value) == f"{tmp_path}/gone: cannot be read: No such file or directory"
    assert caught.value.exit == Exit.USAGE
