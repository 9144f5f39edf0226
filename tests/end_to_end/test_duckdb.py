"""The DuckDB sink through the installed command: deaths, two runs at once, files of others.

After each step the file shows either what the API says or what it said before: always one revision,
whole.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccsync.simulator import ScriptedOrganization
from tests.end_to_end.holding import held
from tests.end_to_end.scene import MIDDLE, NEWEST, WEEK, Scene
from tests.end_to_end.truth import Json, a_row, complete, in_order, truth
from tests.support import duckdb
from tests.support.command import Done

FATAL = Path(__file__).parent / "fatal_statement"
SOURCE = ScriptedOrganization().organization_id
ONE_DAY = ("--from", str(NEWEST), "--to", str(NEWEST))
PEOPLE = 2_500
"""In a day: two statements of rows."""


@dataclass
class File:
    """A scene with a DuckDB file; the sink that writes there is `local`."""

    scene: Scene

    @property
    def path(self) -> Path:
        return self.scene.place.directory / "usage.duckdb"

    def configure(self, **more: Any) -> None:
        sink = {"type": "duckdb", "path": "usage.duckdb", "retry_deadline": "0.3s", **more}
        self.scene.configure({"local": sink})

    def people(self, count: int, revision: int) -> None:
        """Let so many people have worked on the newest day, in other numbers for each revision."""
        rows = (a_row(NEWEST, f"person{n}", n % 9 + revision) for n in range(count))
        self.scene.put(NEWEST, *rows)

    def shown(self, day: dt.date = NEWEST) -> list[Json]:
        """What the view shows of a day, as the records that stdout would print."""
        found = duckdb.shown(self.path, SOURCE, day)
        return in_order(complete(json.loads(msgspec.json.encode(record))) for record in found)

    def true(self, day: dt.date = NEWEST) -> list[Json]:
        return truth(self.scene.organization, day)

    def assert_true(self, *days: dt.date) -> None:
        for day in days or WEEK:
            assert self.shown(day) == self.true(day), day

    @contextmanager
    def dying(self, moment: str) -> Generator[None]:
        """Let commands that start meanwhile die at a statement; see `fatal_statement`."""
        place = self.scene.place
        before = place.environment
        path = os.pathsep.join([str(FATAL), place.variables()["PYTHONPATH"]])
        place.environment = {**before, "CCSYNC_TEST_DIE_AT": moment, "PYTHONPATH": path}
        try:
            yield
        finally:
            place.environment = before

    def left_over(self) -> set[str]:
        """Name what stands beside the file."""
        names = {one.name for one in self.path.parent.iterdir()}
        return {name for name in names if "duckdb" in name or name.startswith(".ccsync-")}


@pytest.fixture
def file(scene: Scene) -> File:
    scene.place.imports = ("duckdb",)
    made = File(scene)
    made.configure()
    return made


def test_a_week_and_its_restatements(file: File) -> None:
    done = file.scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    file.assert_true()
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.scene.sync().counts("local") == {"unchanged": 3}
    file.scene.put(MIDDLE)
    file.people(40, revision=2)
    done = file.scene.sync()
    assert done.days("delivered") == [MIDDLE, NEWEST]
    file.assert_true()
    assert file.left_over() == {"usage.duckdb"}
    verified = file.scene.place.run("verify", *ONE_DAY)
    assert (verified.exit, verified.stdout) == (0, f"{NEWEST} local: equal (40 records)\n")


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_killed_at_any_statement_of_a_replacement(file: File) -> None:
    """kill -9 before, during and after each statement in turn, until a run survives."""
    file.people(PEOPLE, revision=0)
    assert file.scene.sync(*ONE_DAY).exit == 0
    former = file.shown()
    assert len(former) == PEOPLE
    torn_off = 0
    moments = itertools.cycle(("during", "before", "after"))
    for number in itertools.count(1):
        file.people(PEOPLE - 100 + number, revision=number)
        with file.dying(f"{next(moments)}:{number}"):
            done = file.scene.sync(*ONE_DAY)
        if done.exit == 0:
            file.assert_true(NEWEST)
            break
        assert done.exit == -signal.SIGKILL, done
        shown = file.shown()
        assert shown in (former, file.true()), "neither the former day nor the new one"
        torn_off += shown == former
        former = shown
    assert torn_off >= 8, "opening, a deletion, two parts, another deletion, the commit"
    file.people(7, revision=1)
    done = file.scene.sync(*ONE_DAY)
    assert done.exit == 0, done
    file.assert_true(NEWEST)
    assert file.left_over() == {"usage.duckdb"}


def test_killed_between_the_commit_and_the_ledger(file: File) -> None:
    """The file has the day, and nobody noted it; the next run finds it there."""
    file.people(3, revision=0)
    assert file.scene.sync(*ONE_DAY).exit == 0
    former = file.shown()
    statements = itertools.count(1)
    shown: list[Json] = []
    file.people(3, revision=1)
    while shown != file.true():
        with file.dying(f"after:{next(statements)}"):
            done = file.scene.sync(*ONE_DAY)
        assert done.exit == -signal.SIGKILL, done
        shown = file.shown()
        assert shown in (former, file.true()), "neither the former day nor the new one"
    log = file.path.with_name("usage.duckdb.wal")
    assert log.exists(), "the commit is in the log alone"
    assert log.stat().st_mode & 0o777 == 0o600
    done = file.scene.sync(*ONE_DAY)
    assert (done.exit, done.days("delivered")) == (0, [NEWEST]), done
    assert (file.shown(), log.exists()) == (shown, False)


def test_killed_while_the_file_is_made(file: File) -> None:
    for number in (1, 3, 5):
        with file.dying(f"during:{number}"):
            done = file.scene.sync()
        assert done.exit == -signal.SIGKILL, done
        assert not file.path.exists(), "a file appears whole, or not at all"
    done = file.scene.sync()
    assert done.exit == 0, done
    file.assert_true()


def test_a_run_that_finds_the_file_in_use(file: File) -> None:
    """Another one has it, with a state of its own: the second waits a little, and says who."""
    assert file.scene.sync().exit == 0
    file.people(5, revision=3)
    place = file.scene.place
    with held(file.scene, NEWEST) as (first, hold):
        file.scene.place.write(place.settings_file.read_text().replace("/state", "/other"))
        second = place.sync()
        assert second.exit == 5, second
        assert f"(PID {first.process.pid})" in second.problems
        assert "Close it there" in second.problems
        hold.go()
        assert first.wait().exit == 0
    file.assert_true()
    assert place.sync().exit == 0


def test_a_file_that_somebody_deleted(file: File) -> None:
    assert file.scene.sync().exit == 0
    file.path.unlink()
    done = file.scene.sync()
    assert done.days("delivered") == WEEK, "another file is another destination"
    file.assert_true()


def run_check(file: File) -> Done:
    return file.scene.place.run("check")


def test_files_that_cannot_be_used(file: File) -> None:
    file.path.write_text("notes of somebody else\n" * 99)
    for done in (file.scene.sync(), run_check(file)):
        assert done.exit == 3, done
        assert "a file of another program" in done.stderr + done.stdout
        assert "Name another file" in done.stderr + done.stdout
    assert file.path.read_text().startswith("notes")
    file.path.unlink()
    assert file.scene.sync().exit == 0
    duckdb.change(file.path, "UPDATE ccsync_file SET schema_version = 0")
    done = file.scene.sync()
    assert done.exit == 3, done
    assert f"Run `ccsync duckdb upgrade {file.path}`" in done.problems
    done = file.scene.place.run("duckdb", "upgrade", str(file.path))
    assert done.exit == 0, done
    done = file.scene.sync()
    assert done.counts("local") == {"unchanged": 3}, "the same destination"
    assert run_check(file).exit == 0


def test_a_directory_that_is_not_there(file: File) -> None:
    file.configure(path="no/usage.duckdb")
    done = file.scene.sync()
    assert done.exit == 3, done
    assert f"the directory {file.path.parent}/no is not there. Make it" in done.problems


def test_a_dry_run_makes_no_file(file: File) -> None:
    done = file.scene.sync("--dry-run")
    assert done.exit == 0, done
    assert '"actor_id":"mira@northwind.example"' in done.stdout + done.stderr
    assert not file.path.exists()
