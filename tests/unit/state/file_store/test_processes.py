"""Several processes over one directory, some of them killed."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from pathlib import Path

from ccsync.state.file import FileStore
from tests.unit.state.sessions import files

DAY = dt.date(2026, 11, 19)


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
