"""stdout carries data only; people on a terminal get a table, programs get JSON lines."""

from __future__ import annotations

import json

import pytest

from ccsync.simulator import Organization, Simulator, effects
from tests.end_to_end.pipe import through_a_pipe
from tests.end_to_end.scene import MIDDLE, OPEN, Scene
from tests.end_to_end.terminal import on_terminal
from tests.support.command import Place

STDOUT = {"out": {"type": "stdout", "track": True}}


def test_a_reader_that_has_had_enough(place: Place) -> None:
    with Simulator(Organization(3, 120), now=place.clock) as api:
        place.configure(api.base_url, STDOUT)
        done = through_a_pipe(place, "sync | head -1")
        assert done.exit == 0, done
        assert len(done.lines) == 1
        assert done.messages == "", "no traceback, no complaint of the interpreter"
        assert done.counts("out")["not yet"] >= 3
        left = done.days("not yet")
        again = place.sync()
    assert again.days("delivered") == left, "what nobody read is not called delivered"


@pytest.mark.parametrize("command", ["status --json", "config schema", "sinks --json"])
def test_other_commands_end_quietly_too(scene: Scene, command: str) -> None:
    done = through_a_pipe(scene.place, f"{command} | true")
    assert (done.exit, done.stderr) == (0, "")


def test_stdout_carries_data_only(scene: Scene) -> None:
    scene.configure(
        {"out": STDOUT["out"], "gone": scene.scripted("gone", taking="refused")},
        source={"retry_deadline": "0.3s"},
    )
    scene.api.faults.add(effects.status(500), day=MIDDLE, times=None)
    done = scene.sync()
    assert done.exit == 3
    assert len(done.lines) == 8
    assert all(line["actor_id"].endswith("@northwind.example") for line in done.lines)
    assert done.messages == ""
    assert {event["run_id"] for event in done.events} == {done.finished["run_id"]}
    assert all(event["timestamp"].startswith("2026-11-20T12:00:") for event in done.events)


def test_a_run_on_a_terminal(scene: Scene) -> None:
    scene.configure({"out": STDOUT["out"], "usage": scene.sqlite})
    seen = on_terminal(scene.place, "sync")
    assert seen.exit == 0, seen
    assert len([json.loads(line) for line in seen.stdout.splitlines()]) == 10
    assert "5 days (2026-11-15 to 2026-11-19), 10 rows read" in " ".join(seen.screen.split())
    assert "days delivered" in seen.screen
    rows = [line.split() for line in seen.screen.splitlines() if line.startswith("│")]
    assert rows == [["│", name, "│", "5", "│", "10", "│"] for name in ("out", "usage")]
    assert "syncing" in seen.screen, "progress, while it goes on"
    assert '{"' not in seen.screen, "no JSON for people"


def test_problems_on_a_terminal(scene: Scene) -> None:
    scene.configure(STDOUT, source={"retry_deadline": "0.3s"})
    scene.api.faults.add(effects.status(500), day=OPEN, times=None)
    seen = on_terminal(scene.place, "sync", stdout_too=True)
    assert seen.exit == 5, seen
    screen = " ".join(seen.screen.split())
    assert f"out: {OPEN} failed: 127.0.0.1" in screen
    assert "days failed" in screen
    assert "syncing" not in seen.screen, "a bar and the lines would write over each other"
    assert "Traceback" not in seen.screen


def test_json_logs_on_a_terminal_when_asked_for(scene: Scene) -> None:
    seen = on_terminal(scene.place, "--log-format", "json", "sync")
    assert seen.exit == 0
    events = [json.loads(line)["event"] for line in seen.screen.splitlines()]
    assert events[-1] == "run.finished"


def test_closed_standard_output_is_not_taken_for_a_destination(scene: Scene) -> None:
    scene.configure(STDOUT)
    done = through_a_pipe(scene.place, "sync >&-")
    assert done.exit == 3
    assert "was it closed?" in done.stderr
    assert scene.sync().days("delivered"), "nothing was noted as delivered"


def test_closed_standard_output_is_said(scene: Scene) -> None:
    done = through_a_pipe(scene.place, "--version >&-")
    assert (done.exit, done.stderr) == (
        2,
        "ccsync: standard output is closed: Bad file descriptor\n",
    )
