"""`heartbeat:` with a monitor that listens, one that does not, and runs that it is not told of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from ccsync.simulator import effects
from tests.end_to_end.holding import held
from tests.end_to_end.scene import MIDDLE, NEWEST, OLDER, OPEN, Scene
from tests.support.answering import Answering, Heard, Said, Server, serving

NAME = "Zq7Recognisable-0123"
"""The secret part of the address."""


@pytest.fixture
def monitor() -> Iterator[Server]:
    with serving(Said(200, b"OK")) as server:
        yield server


IMPATIENT = {"retry_deadline": "0.3s"}


def configure(
    scene: Scene, monitor: Server, source: dict[str, Any] | None = None, **settings: Any
) -> None:
    scene.place.environment["HEARTBEAT"] = f"{monitor.url}/{NAME}"
    heartbeat = {"url": "${HEARTBEAT}", "timeout": "1s", **settings}
    scene.configure(source=source or {}, heartbeat=heartbeat)


def always(said: Said) -> Answering:
    def answer(_heard: Heard) -> Said:
        return said

    return answer


def told(monitor: Server) -> list[str]:
    return [heard.path.replace(NAME, "S") for heard in monitor.heard]


def test_a_good_run(scene: Scene, monitor: Server) -> None:
    configure(scene, monitor)
    done = scene.place.run("--log-level", "debug", "sync")
    assert done.exit == 0, done
    assert told(monitor) == ["/S/start", "/S"]
    body = monitor.heard[-1].body.decode()
    assert body.startswith("exit 0: every planned day is in every sink\n")
    assert f"run {done.finished['run_id']}, " in body
    assert "usage: 5 delivered" in body
    assert "northwind" not in body
    assert len(done.named("heartbeat.sent")) == 2
    assert "Zq7Recognisable" not in done.stderr + done.stdout


def test_a_run_that_fails(scene: Scene, monitor: Server) -> None:
    configure(scene, monitor, source=IMPATIENT)
    scene.api.faults.add(effects.status(500), day=NEWEST, times=None)
    assert scene.sync().exit == 5
    assert told(monitor) == ["/S/start", "/S/fail"]
    assert monitor.heard[-1].body.startswith(b"exit 5: unavailable")


def test_a_run_that_ends_before_it_has_days(scene: Scene, monitor: Server) -> None:
    configure(scene, monitor)
    scene.place.state.write_text("a file")
    assert scene.sync().exit == 3
    assert told(monitor) == ["/S/fail"]


def test_runs_that_are_not_the_usual_one(scene: Scene, monitor: Server) -> None:
    configure(scene, monitor)
    for arguments in (
        ("sync", "--dry-run"),
        ("sync", "--from", str(MIDDLE)),
        ("sync", "--shard", "0/2"),
        ("status",),
        ("check",),
        ("verify",),
    ):
        scene.place.run(*arguments)
    assert told(monitor) == []
    assert scene.sync("--sink", "usage").exit == 0
    assert told(monitor) == ["/S/start", "/S"]


def test_of_two_runs_only_the_one_that_works_is_told_of(scene: Scene, monitor: Server) -> None:
    configure(scene, monitor)
    with held(scene, OLDER) as (first, hold):
        assert scene.sync().exit == 75
        assert told(monitor) == ["/S/start"]
        hold.go()
        assert first.wait().exit == 0
    assert told(monitor) == ["/S/start", "/S"]


@pytest.mark.parametrize("ending", ["whole", "stall"])
def test_a_run_that_is_stopped(scene: Scene, monitor: Server, ending: Any) -> None:
    """Its retry tells; the stop waits for no monitor, not even one that does not answer."""
    monitor.answer = always(Said(200, b"OK", ending=ending))
    configure(scene, monitor, timeout="20s")
    scene.api.faults.add(effects.stall(60), day=OPEN, times=None)
    with held(scene, OLDER) as (running, hold):
        hold.go()
        time.sleep(0.5)
        begun = time.monotonic()
        running.process.terminate()
        done = running.wait()
    assert done.exit == 143, done
    assert time.monotonic() - begun < 3
    monitor.over.set()
    assert told(monitor) == ["/S/start"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(404, b"not found"), "HTTP 404"),
        (Said(200, b"OK (not found)"), "the monitor said 'OK (not found)'"),
        (Said(301, headers={"Location": "http://127.0.0.1:9/"}), "a redirect, is not followed"),
        (Said(ending="reset"), "no connection"),
        (Said(ending="stall"), "no answer within 0.3s"),
    ],
    ids=["unknown", "unknown, politely", "redirect", "reset", "stall"],
)
def test_a_monitor_that_does_not_take_it(
    scene: Scene, monitor: Server, said: Said, reason: str
) -> None:
    monitor.answer = always(said)
    configure(scene, monitor, timeout="0.3s")
    begun = time.monotonic()
    done = scene.place.run("--log-level", "debug", "sync")
    assert time.monotonic() - begun < 10
    assert done.exit == 0, "the exit code is the run's own"
    warnings = done.named("heartbeat.not_sent")
    assert warnings[-1]["signal"] == "success"
    assert reason in warnings[-1]["reason"]
    assert done.messages == ""
    assert "Zq7Recognisable" not in done.stderr
    monitor.over.set()


def test_an_address_in_a_file(scene: Scene, monitor: Server) -> None:
    path = scene.place.directory / "heartbeat-url"
    scene.configure(heartbeat={"url_file": str(path)})
    done = scene.sync()
    assert done.exit == 0
    assert "cannot read" in done.named("heartbeat.not_sent")[0]["reason"]
    path.write_text(f"{monitor.url}/{NAME}\n")
    assert scene.sync().exit == 0
    assert told(monitor) == ["/S/start", "/S"]


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ({"url": f"http://monitor.example/{NAME}"}, "heartbeat: url: plain http would show"),
        ({"url": f"monitor.example/{NAME}"}, "heartbeat: url: expected an address such as"),
        ({"url": "https://monitor.example/x", "url_file": "x"}, "needed; both are set"),
        ({}, "needed; none is set"),
        ({"url": "https://monitor.example/x", "signals": []}, "heartbeat.signals: expected at"),
        ({"url": "https://monitor.example/x", "signals": ["stop"]}, "start or success or failure"),
        ({"urll": "https://monitor.example/x"}, "did you mean 'url'?"),
    ],
)
def test_faults_of_the_section(scene: Scene, section: dict[str, Any], fault: str) -> None:
    scene.configure(heartbeat=section)
    done = scene.sync()
    assert done.exit == 2
    assert fault in done.stderr
    assert "Zq7Recognisable" not in done.stderr
