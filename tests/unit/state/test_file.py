from __future__ import annotations

import datetime as dt
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import SettingsError, StateConflict, StateRefused, StateUnavailable
from ccsync.state.file import FileStore, open_store

DAY = dt.date(2026, 11, 19)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state"


@pytest.fixture
def store(root: Path) -> Iterator[FileStore]:
    store = FileStore(root)
    store.begin("run-1")
    yield store
    store.close()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def child(root: Path, code: str) -> subprocess.Popen[str]:
    """Start another process that has a store of its own; it must say `ready`."""
    head = (
        "import sys, time, datetime as dt; from pathlib import Path\n"
        "from ccsync.state.file import FileStore\n"
        "from ccsync.errors import StateConflict\n"
        f"store = FileStore(Path({str(root)!r}))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", head + code],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


HOLDS = "store.begin('theirs'); print('ready', flush=True); sys.stdin.read()"


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


def test_what_a_killed_writer_left_is_used_up_by_the_next(store: FileStore, root: Path) -> None:
    """Killed between the temporary file and its renaming, by whatever process, however often."""
    version = store.save(b"one", "")
    for code in (
        "store.begin('theirs')\n"
        "Path.replace = lambda *_: (print('ready', flush=True), time.sleep(60))\n"
        f"store.save(b'half', {version!r})",
        "store.begin('theirs')\n"
        "Path.replace = lambda *_: (print('ready', flush=True), time.sleep(60))\n"
        "store.write_memory('one', dt.date(2026, 11, 20), b'half')",
    ):
        with child(root, code) as process:
            process.kill()
    assert store.load() == (b"one", version)
    assert store.read_memory("one", dt.date(2026, 11, 20)) is None
    store.save(b"two", version)
    store.write_memory("one", DAY, b"whole")
    store.close()
    assert files(root) == {"lock", "ledger.json", "memory/one/2026-11-19"}


def test_a_reader_sees_the_old_document_or_the_new_one(store: FileStore, root: Path) -> None:
    sizes = (10, 200_000)
    version = store.save(b"0" * sizes[0], "")
    code = (
        f"version = {version!r}; print('ready', flush=True)\n"
        "for number in range(1, 40):\n"
        f"    document = b'%d' % (number % 2) * (number % 2 and {sizes[1]} or {sizes[0]})\n"
        "    version = store.save(document, version)\n"
    )
    seen: set[tuple[int, bytes]] = set()
    with child(root, code) as process:
        while process.poll() is None:
            document, _ = store.load()
            assert document is not None
            assert len(set(document)) == 1
            seen.add((len(document), document[:1]))
    assert seen <= {(sizes[0], b"0"), (sizes[1], b"1")}
    assert process.returncode == 0


def test_compare_and_swap_holds_across_processes(store: FileStore, root: Path) -> None:
    """Three processes count up in one document; no count may get lost."""
    store.save(b"0", "")
    code = (
        "print('ready', flush=True); done = 0\n"
        "while done < 25:\n"
        "    document, version = store.load()\n"
        "    try:\n"
        "        store.save(b'%d' % (int(document) + 1), version)\n"
        "    except StateConflict:\n"
        "        continue\n"
        "    done += 1\n"
    )
    processes = [child(root, code) for _ in range(3)]
    for process in processes:
        with process:
            process.wait(30)
        assert process.returncode == 0
    assert store.load()[0] == b"75"


def test_a_run_lives_until_it_closes(root: Path) -> None:
    one, two = FileStore(root), FileStore(root)
    one.begin("run-1")
    two.begin("run-2")
    assert two.is_alive("run-1") is True
    assert one.is_alive("run-2") is True
    assert one.is_alive("run-3") is False
    one.close()
    assert two.is_alive("run-1") is False
    two.close()
    two.close()
    assert files(root) == {"lock"}


def test_a_killed_run_is_dead_at_once_and_swept_up(store: FileStore, root: Path) -> None:
    with child(root, HOLDS) as process:
        assert store.is_alive("theirs") is True
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert store.is_alive("theirs") is False
    assert files(root) == {"lock", "runs/run-1", "runs/theirs"}
    store.close()
    assert files(root) == {"lock"}


def test_closing_leaves_the_marks_of_living_runs(store: FileStore, root: Path) -> None:
    with child(root, HOLDS) as process:
        store.close()
        assert files(root) == {"lock", "runs/theirs"}
        assert store.is_alive("theirs") is True
        process.kill()


def test_a_stopped_run_still_lives(store: FileStore, root: Path) -> None:
    """It may go on at any moment, so nobody may take its days."""
    with child(root, HOLDS) as process:
        process.send_signal(signal.SIGSTOP)
        assert store.is_alive("theirs") is True
        process.kill()


def test_children_of_a_run_do_not_keep_it_alive(root: Path) -> None:
    store, other = FileStore(root), FileStore(root)
    store.begin("run-1")
    with subprocess.Popen(["sleep", "60"], close_fds=False) as sleeper:
        store.close()
        (root / "runs" / "run-1").touch()
        assert other.is_alive("run-1") is False
        sleeper.kill()


def test_closing_before_the_beginning_is_safe(root: Path) -> None:
    FileStore(root).close()
    assert not root.exists()


def test_runs_that_begin_and_end_at_once_are_all_alive(root: Path) -> None:
    """A sweep of one may never take the mark of another that is just beginning."""
    code = (
        "print('ready', flush=True)\n"
        "for number in range(150):\n"
        "    run = f'{sys.argv[0]}{time.monotonic_ns()}'\n"
        "    one = FileStore(store._root); one.begin(run)\n"
        "    assert (store._root / 'runs' / run).exists(), number\n"
        "    assert store.is_alive(run), number\n"
        "    one.close()\n"
    )
    processes = [child(root, code) for _ in range(3)]
    for process in processes:
        with process:
            process.wait(60)
        assert process.returncode == 0
    assert files(root) == {"lock"}


@pytest.mark.parametrize("place", ["", "runs"])
def test_a_file_in_the_place_of_the_directory_is_refused(root: Path, place: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not a directory")
    store = FileStore(root)
    with pytest.raises(StateRefused, match=r"cannot be used: .*set state: to a directory"):
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
