"""The demo, through the installed command: its story is true, and nothing of it stays running."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.pipe import through_a_pipe
from tests.end_to_end.terminal import on_terminal
from tests.support.command import DAY, TODAY, Done, Place, newest_lines

PATIENCE = 90.0
"""Seconds: a demo starts four processes, and takes its time on a busy machine."""

MONDAY = TODAY + 3 * DAY

one_worker = pytest.mark.xdist_group("demo")
"""What looks at the same demos; each worker would run them anew."""


def directory_of(place: Place) -> Path:
    """Give the demo's directory, as `Place` lets it be by default."""
    return place.directory / "home" / "CACHE" / "ccsync" / "demo"


def told(done: Done) -> str:
    """Give the story as one line, however it was wrapped."""
    return " ".join(done.messages.split())


def running_in(directory: Path) -> list[str]:
    """Give the command lines of processes that work on files of a directory."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in command:
            found.append(command)
    return found


@dataclass(frozen=True)
class Twice:
    """Two demos in one place, on one day. Tests only look at it, and at the files of the second."""

    place: Place
    first: Done
    first_lines: int
    """In the file of JSON lines after the first."""

    again: Done
    running: list[str]
    """Processes that were there afterwards."""

    @property
    def where(self) -> Path:
        return directory_of(self.place)

    @property
    def notes(self) -> Path:
        """A file of the user's own, there since before the second."""
        return self.where / "notes.txt"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, plugins: tuple[Path, ...]) -> Twice:
    place = Place(tmp_path_factory.mktemp("demo"), plugins=plugins)
    where = directory_of(place)
    place.clock.at(TODAY, "00:02")
    first = place.run("demo", timeout=PATIENCE)
    assert first.exit == 0, first
    first_lines = (where / "usage.jsonl").read_text().count("\n")
    (where / "notes.txt").write_text("of the user")
    place.clock.at(TODAY, "22:40:58")  # moments at its end are of another minute
    again = place.run("demo", timeout=PATIENCE)
    assert again.exit == 0, again
    return Twice(place, first, first_lines, again, running_in(where))


@one_worker
def test_the_story(twice: Twice) -> None:
    place, where, done = twice.place, twice.where, twice.again
    story = told(done)
    for number, step in enumerate(
        (
            "First sync",
            "The API corrects the past",
            "A run is killed",
            "The next run mends it",
            "Proof",
            "What usage says",
        ),
        start=1,
    ):
        assert f"{number}. {step}" in story
    assert "40 seats, 30 days" in story
    for file in ("usage.jsonl", "usage.duckdb"):
        equal = "30 of 30 days equal the API, record for record, to the last fraction of a cent"
        assert f"{file}: {equal}" in story
    assert re.search(r"Looked at 3 days in 3 requests.* Unchanged and not sent: 1 day;", story)
    half = re.search(r"shows half a day: (\d+) of (\d+) records.*it is in doubt", story)
    assert half is not None
    assert 0 < int(half[1]) < int(half[2])
    assert f"shows {half[2]} records of it" in story
    assert f"usage.duckdb shows it whole, as it was before: {half[2]} records" in story
    assert re.search(rf"kill -9 \d+ # when {half[1]} of {half[2]} records were written", story)
    assert re.search(r"\$ ccsync status .*file .*\?.* in doubt: \d{4}-\d\d-\d\d 4\. ", story)
    assert re.search(r"4\. .*\$ ccsync status \| grep \^file file \S+ file newest", story)
    assert twice.running == []

    # What it claims, against the file, read by another reader.
    raw = len((where / "usage.jsonl").read_text().splitlines())
    shown = newest_lines(Done(0, (where / "usage.jsonl").read_text(), "").lines)
    records = [record for day in shown.values() for record in day]
    cost = sum(Decimal(model["estimated_cost"]) for one in records for model in one["model_usage"])
    sessions = sum(record["sessions"] for record in records)
    people = {one["actor_id"] for one in records if one["actor_type"] == "user_actor"}
    lines = sum(record["lines_added"] for record in records)
    assert f"{len(records):,} records, {sessions:,} sessions" in story
    assert f"{raw:,} lines, of which {raw - len(records):,} are superseded by newer" in story
    for path in {*where.rglob("*")} - {twice.notes}:
        assert path.stat().st_mode & 0o077 == 0, path
        if path.is_file() and not path.name.startswith(".") and path.parent == where:
            assert path.name in story.split("Left for you")[1], "every file is listed"
    assert f"estimated cost {cost:,f} USD" in story
    screen = " ".join(done.stdout.split())
    assert f"people {len(people)}" in screen
    assert f"sessions {sessions:,} lines {lines:,} added" in screen
    assert f"estimated cost {cost:,.2f} USD" in screen

    dearest: dict[str, Decimal] = {}
    for one in records:
        if one["actor_type"] == "user_actor":
            spent = sum(Decimal(model["estimated_cost"]) for model in one["model_usage"])
            dearest[one["actor_id"]] = dearest.get(one["actor_id"], Decimal(0)) + spent
    first, *_ = sorted(dearest, key=lambda who: -dearest[who])
    who = done.stdout.split("Who uses it most")[1]
    assert first[:29] in who.splitlines()[3]
    assert f"{dearest[first]:,.2f}" in who.splitlines()[3]
    for name in ("By week", "By model", "What people accept", "The data"):
        assert name in done.stdout
    assert story.index("What usage says") < story.index("$ ccsync insights usage.duckdb")
    assert (where / "usage.html").as_uri() in story
    page = (where / "usage.html").read_text("utf-8")
    assert "Northwind Example" in page
    moments = [
        re.search(rf"{words} at (\d{{4}}-\d\d-\d\d \d\d:\d\d) UTC", page)
        for words in ("The API was last asked", "Made by ccsync")
    ]
    asked, made = (found[1] for found in moments if found)
    assert asked <= made

    # What it showed is what the commands show that it named.
    for name in ("usage.duckdb", "usage.jsonl"):
        seen = place.run("insights", str(where / name), timeout=PATIENCE)
        assert seen.exit == 0, seen
        shown_then = done.stdout.partition("\n2026-")[2]
        assert seen.stdout.partition("\n2026-")[2] == shown_then


@one_worker
def test_again_it_is_the_same_whatever_the_hour(twice: Twice) -> None:
    assert summed_up(twice.again) == summed_up(twice.first)
    now = (twice.where / "usage.jsonl").read_text().count("\n")
    assert now == twice.first_lines, "it was appended to an empty file"
    assert figures(twice.again) == figures(twice.first)
    assert twice.notes.read_text() == "of the user"


def summed_up(done: Done) -> list[str]:
    """Give the report without the moment of the fetch."""
    return [line for line in done.stdout.splitlines() if not line.startswith("last fetched")]


def figures(done: Done) -> list[str]:
    """Give the story without what is of this run alone: port, process, seconds."""
    alone = r"127\.0\.0\.1:\d+|kill -9 \d+|\d+\.\d s\b|\d+ (?:s|min) ago"
    return re.sub(alone, "", done.messages).split()


@one_worker
def test_for_pipes_and_narrow_places(twice: Twice) -> None:
    done = twice.first
    assert "\x1b" not in done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    where = str(twice.place.directory)
    spoken = [line for line in done.stderr.splitlines() if where not in line]
    assert [line for line in spoken if len(line) > 80] == []


def test_on_a_terminal_after_a_weekend(place: Place) -> None:
    place.clock.at(MONDAY, "23:50")
    few = ("--users", "15")
    seen = on_terminal(place, "demo", *few, stdout_too=True, timeout=PATIENCE)
    assert seen.exit == 0, seen
    assert seen.screen.index("Proof") < seen.screen.index("By week") < seen.screen.index("rm -r")
    assert "30 of 30 days equal the API" in " ".join(seen.screen.split())


def test_a_reader_that_has_had_enough_after_a_weekend(place: Place) -> None:
    place.clock.at(MONDAY, "00:20")
    done = through_a_pipe(place, "demo --users 15 | head -3", timeout=PATIENCE)
    assert done.exit == 0, done
    assert "Traceback" not in done.stderr
    assert done.stdout.count("\n") == 3
    assert "30 of 30 days equal the API" in told(done)


def test_a_directory_that_no_demo_made_is_left_alone(place: Place, tmp_path: Path) -> None:
    foreign = tmp_path / "precious"
    foreign.mkdir()
    (foreign / "usage.jsonl").write_text("mine")
    done = place.run("demo", "--directory", str(foreign), timeout=PATIENCE)
    assert done.exit == 2, done
    assert f"--directory {foreign}: holds files, and no demo made it" in done.messages
    assert [(path.name, path.read_text()) for path in foreign.iterdir()] == [
        ("usage.jsonl", "mine")
    ]


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_stopped_it_leaves_nothing_running(
    place: Place, number: signal.Signals, exit_code: int
) -> None:
    where = directory_of(place)
    with place.start("demo", "--days", "90", "--users", "300", timeout=PATIENCE) as running:
        until = time.monotonic() + 20
        while not running_in(where) and running.is_alive and time.monotonic() < until:
            time.sleep(0.01)
        assert running_in(where), "a run is at work"
        running.send(number)
        done = running.wait()
    assert done.exit == exit_code, done
    assert running_in(where) == []
    assert "Traceback" not in done.stderr
    assert "The demo ends here. What it wrote so far stays, " in told(done)
    assert re.search(r"rm -r \S*/ccsync/demo$", done.messages, re.MULTILINE)
