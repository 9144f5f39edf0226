from __future__ import annotations

import datetime as dt
import fcntl
import os
import resource
import stat
from pathlib import Path

import pytest

from ccsync.errors import SettingsError, StateConflict, StateRefused, StateUnavailable
from ccsync.state.file import FileStore, open_store
from ccsync.testing import FakeRuntime
from tests.unit.state.sessions import files

DAY = dt.date(2026, 11, 19)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///var/lib/ccsync", "/var/lib/ccsync"),
        ("file://localhost/var/lib", "/var/lib"),
        ("file:///with%20blank", "/with blank"),
    ],
)
def test_a_url_names_a_directory(url: str, path: str) -> None:
    assert open_store(url).where == f"file://{path}"


@pytest.mark.parametrize(
    "url", ["file://var/lib/ccsync", "file:relative", "file://", "file:///x?mode=rw"]
)
def test_a_url_that_names_none_is_a_fault(url: str) -> None:
    with pytest.raises(SettingsError, match="write three slashes"):
        open_store(url)


def test_a_directory_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(StateRefused, match="Set state: to a directory that can be made"):
        FileStore(Path("/proc/nope/ccsync")).begin("run-1")


def test_a_new_store_is_empty(store: FileStore) -> None:
    assert store.load() == (None, "")
    assert store.read_memory("one", DAY) is None


def test_reading_makes_nothing(root: Path) -> None:
    store = FileStore(root)
    assert store.load() == (None, "")
    assert store.read_memory("one", DAY) is None
    assert store.is_alive("run-1") is False
    store.close()
    assert not root.exists()


def test_what_was_saved_is_loaded(store: FileStore) -> None:
    version = store.save(b"one", "")
    assert store.load() == (b"one", version)
    assert store.load()[1] == FileStore(Path(store.where[7:])).load()[1]
    second = store.save(b"two", version)
    assert store.load() == (b"two", second)
    assert second != version


@pytest.mark.parametrize("expected", ["", "an old version"])
def test_a_save_over_another_version_changes_nothing(store: FileStore, expected: str) -> None:
    version = store.save(b"one", "")
    with pytest.raises(StateConflict):
        store.save(b"two", expected)
    assert store.load() == (b"one", version)


def test_a_first_save_may_not_hide_that_the_document_is_gone(store: FileStore) -> None:
    with pytest.raises(StateConflict):
        store.save(b"two", "a version that was there")
    assert store.load() == (None, "")


def test_memory_is_kept_by_sink_and_day(store: FileStore, root: Path) -> None:
    store.write_memory("one", DAY, b"a")
    store.write_memory("two", DAY, b"b")
    store.write_memory("one", DAY, b"c")
    assert store.read_memory("one", DAY) == b"c"
    assert store.read_memory("two", DAY) == b"b"
    assert store.read_memory("one", DAY + dt.timedelta(days=1)) is None
    assert (root / "memory" / "one" / "2026-11-19").read_bytes() == b"c"


def test_nobody_else_can_read_it(root: Path) -> None:
    before = os.umask(0)
    try:
        store = FileStore(root)
        store.begin("run-1")
        store.save(b"one", "")
        store.write_memory("one", DAY, b"a")
        modes = {
            str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode)
            for path in [root, *root.rglob("*")]
        }
        store.close()
    finally:
        os.umask(before)
    assert modes == {
        ".": 0o700,
        "lock": 0o600,
        "ledger.json": 0o600,
        "memory": 0o700,
        "memory/one": 0o700,
        "memory/one/2026-11-19": 0o600,
        "runs": 0o700,
        "runs/run-1": 0o600,
    }


def test_a_directory_that_was_there_keeps_its_mode(root: Path) -> None:
    root.mkdir(parents=True, mode=0o750)
    root.chmod(0o750)
    store = FileStore(root)
    store.begin("run-1")
    store.close()
    assert stat.S_IMODE(root.stat().st_mode) == 0o750


def test_nothing_is_left_lying_about(store: FileStore, root: Path) -> None:
    version = ""
    for number in range(5):
        version = store.save(b"%d" % number, version)
        store.write_memory("one", DAY, b"%d" % number)
    store.close()
    assert files(root) == {"lock", "ledger.json", "memory/one/2026-11-19"}


@pytest.mark.parametrize("place", ["", "runs"])
def test_a_file_in_the_place_of_the_directory_is_refused(root: Path, place: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not a directory")
    store = FileStore(root)
    with pytest.raises(StateRefused, match=r"cannot be used: .* is a file, and state: needs"):
        store.begin("run-1")
    store.close()
    assert path.read_text() == "not a directory"


def test_a_directory_in_the_place_of_the_ledger_is_refused(store: FileStore, root: Path) -> None:
    (root / "ledger.json").mkdir()
    with pytest.raises(StateRefused, match="cannot be read"):
        store.load()


def test_a_file_in_the_place_of_the_memory_is_refused(store: FileStore, root: Path) -> None:
    (root / "memory").write_text("not a directory")
    with pytest.raises(StateRefused, match="cannot be written"):
        store.write_memory("one", DAY, b"note")
    with pytest.raises(StateRefused, match="cannot be read"):
        store.read_memory("one", DAY)


def test_a_full_disk_is_no_reason_to_give_up_for_good(store: FileStore, root: Path) -> None:
    """A limit on the size of files stands in for the disk."""
    version = store.save(b"one", "")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StateUnavailable, match="cannot be written: File too large"):
            store.save(b"two" * 1000, version)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.load() == (b"one", version)
    assert not (root / "new").exists()
    assert store.save(b"two", version)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_refused(root: Path) -> None:
    root.mkdir(parents=True)
    root.chmod(0o500)
    with pytest.raises(StateRefused, match="Give this user write permission"):
        FileStore(root).begin("run-1")


def test_a_frozen_holder_of_the_lock_is_not_waited_for_without_end(tmp_path: Path) -> None:
    runtime = FakeRuntime()
    store = FileStore(tmp_path, runtime)
    store.begin("run-1")
    with (tmp_path / "lock").open("rb") as frozen:
        fcntl.flock(frozen, fcntl.LOCK_EX)
        with pytest.raises(StateUnavailable, match="locked by another process"):
            store.save(b"{}", "")
    assert sum(runtime.pauses) == pytest.approx(30, abs=0.1)
    store.save(b"{}", "")
    store.close()
