"""`--report FILE`: what became of a run, small enough for a termination message."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from ccsync.simulator import Request, effects
from tests.end_to_end.scene import NEWEST, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row
from tests.support.command import DAY, TODAY


@pytest.fixture
def report(scene: Scene) -> Path:
    return scene.place.directory / "report.json"


def read(path: Path) -> Any:
    content = path.read_bytes()
    assert len(content) <= 4096, "Kubernetes keeps no more of a termination message"
    return json.loads(content)


def test_a_good_run(scene: Scene, report: Path) -> None:
    same = a_row(NEWEST, "mira", 1)
    scene.put(NEWEST, same, same)
    assert scene.sync("--report", str(report)).exit == 0
    said = read(report)
    assert said["exit"] == 0
    assert said["error"] is None
    assert said["source_id"] == scene.organization.organization_id
    assert (said["first_day"], said["last_day"]) == (str(WEEK[0]), str(NEWEST))
    assert (said["days"], said["rows"], said["requests"]) == (5, 10, len(scene.api.requests))
    assert said["sinks"] == {"usage": {"delivered": 5}}
    assert said["merged_rows"] == {"usage": 1}
    assert said["problems"] == []
    assert said["started_at"].startswith("2026-11-20T12:00:")


def test_it_does_not_replace_the_settings(scene: Scene) -> None:
    settings = scene.place.directory / "ccsync.yaml"
    before = settings.read_bytes()
    link = scene.place.directory / "report.yaml"
    link.symlink_to(settings)
    for path in (settings, link):
        done = scene.sync("--report", str(path))
        assert done.exit == 2
        assert f"--report {path}: this is the file of the settings" in done.stderr
    assert settings.read_bytes() == before


def test_a_run_with_many_problems_still_fits(scene: Scene, report: Path) -> None:
    sinks = {f"gone{n}": scene.scripted(f"gone{n}", taking="bug") for n in range(3)}
    scene.configure(sinks, sync={"start": "30d"})
    scene.api.faults.add(effects.other_json(), day=OPEN)
    assert scene.sync("--report", str(report)).exit == 1
    said = read(report)
    assert said["exit"] == 1
    assert said["sinks"]["gone0"] == {"failed": 29, "refused": 1}
    shown = said["problems"]
    assert sum(problem["count"] for problem in shown) == 90
    assert said["problems_not_shown"] == 0
    assert "KeyError" in shown[0]["reason"], "the gravest first"
    before, after = OPEN - DAY, OPEN + DAY
    assert shown[0]["days"] == [str(after), f"{TODAY - 30 * DAY} to {before}"]
    assert [problem["days"] for problem in shown[3:]] == [[str(OPEN)]] * 3


def test_each_problem_in_other_words(scene: Scene, report: Path) -> None:
    sinks = {f"gone{n}": scene.scripted(f"gone{n}", oldest=OPEN) for n in range(3)}
    scene.configure(sinks, sync={"start": "120d"})
    for number in range(3, 60):
        wrong = effects.status(400, message="no " * (20 + number))
        scene.api.faults.add(wrong, day=TODAY - number * DAY, times=None)
    assert scene.sync("--report", str(report)).exit in {3, 4, 5}
    said = read(report)
    shown = said["problems"]
    assert len(shown) > 3, "as many as fit"
    assert said["problems_not_shown"] > 0
    assert shown[0]["days"][0] == str(TODAY - 3 * DAY), "the newest first"


def test_the_api_is_down(scene: Scene, report: Path) -> None:
    scene.configure(source={"base_url": "http://127.0.0.1:9", "retry_deadline": "0.2s"})
    assert scene.sync("--report", str(report)).exit == 5
    said = read(report)
    assert said["exit"] == 5
    assert said["sinks"] == {"usage": {"failed": 5}}
    assert {problem["outcome"] for problem in said["problems"]} == {"failed"}
    assert "no answer from 127.0.0.1:9" in said["problems"][0]["reason"]


def test_faulty_settings(scene: Scene, report: Path) -> None:
    scene.place.write("version: 1\nsorce: {}\n")
    done = scene.sync("--report", str(report))
    assert done.exit == 2
    said = read(report)
    assert said["exit"] == 2
    assert "ccsync.yaml:2:1: sorce" in said["error"]
    assert "ccsync.yaml:2:1: sorce" in done.messages


def test_a_state_that_cannot_be_used(scene: Scene, report: Path) -> None:
    scene.place.state.write_text("a file")
    assert scene.sync("--report", str(report)).exit == 3
    said = read(report)
    assert said["exit"] == 3
    assert "is a file, and state: needs a directory" in said["error"]


def test_what_nobody_foresaw(scene: Scene, report: Path) -> None:
    scene.configure({"buggy": scene.scripted("buggy", taking="mute")})
    done = scene.sync("--dry-run", "--report", str(report))
    assert done.exit == 1
    assert "unexpected error, a bug: KeyError" in done.messages
    assert "Traceback" not in done.messages
    said = read(report)
    assert said["exit"] == 1, "a report never says that all is well when the process does not"
    assert "KeyError" in said["error"]
    assert said["days"] == 5, "what was known before is told, too"
    assert said["sinks"]["buggy"] == {"would be delivered": 5}
    assert said["seconds"] > 0


def test_a_run_that_is_stopped(scene: Scene, report: Path) -> None:
    scene.api.faults.add(effects.stall(60), day=NEWEST)
    arrived = threading.Event()

    def look(one: Request) -> None:
        if one.day == NEWEST:
            arrived.set()

    scene.api.on_request = look
    report.write_text("of another run")
    with scene.place.start("sync", "--report", str(report)) as running:
        assert arrived.wait(20)
        assert report.read_bytes() == b"", "an older report is nobody's"
        running.send(signal.SIGTERM)
        done = running.wait()
    assert done.exit == 143, done
    said = read(report)
    assert (said["exit"], said["error"]) == (143, "stopped by signal 15")
    assert said["sinks"]["usage"]["not tried"] >= 1


def test_a_run_that_is_killed_leaves_no_report(scene: Scene, report: Path) -> None:
    """Empty: Kubernetes then shows the end of the log, if it is told to."""
    scene.api.faults.add(effects.stall(60), day=WEEK[0])
    arrived = threading.Event()

    def look(_: Request) -> None:
        arrived.set()

    scene.api.on_request = look
    with scene.place.start("sync", "--report", str(report)) as running:
        assert arrived.wait(20)
        running.kill()
        running.wait()
    assert report.read_bytes() == b""


def test_a_report_that_cannot_be_written(scene: Scene) -> None:
    done = scene.sync("--report", "nowhere/report.json")
    assert done.exit == 2
    assert "--report nowhere/report.json: cannot be written: No such file or directory" in (
        done.messages
    )
    assert not scene.api.requests, "found out before anything was done"
