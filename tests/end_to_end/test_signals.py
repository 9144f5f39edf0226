"""SIGTERM and SIGINT: a prompt end, nothing in the ledger that was not acknowledged, no harm."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from ccsync.simulator import Request, effects
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK, Scene
from tests.support.command import COMMAND, Done, Running

PROMPT = 2.0
"""Seconds; where nothing has to be waited for."""

GRACE = 1.5
"""Seconds; `ccsync.signals.GRACE` is longer, and a test of its own knows how long it may be."""

EXITS = {signal.SIGTERM: 143, signal.SIGINT: 130}


class Seen:
    """Tells when the API is asked for a day."""

    def __init__(self, scene: Scene, day: dt.date) -> None:
        self._day = day
        self._event = threading.Event()
        scene.api.on_request = self._look

    def _look(self, request: Request) -> None:
        if request.day == self._day:
            self._event.set()

    def wait(self) -> None:
        assert self._event.wait(20), f"nobody asked for {self._day}"
        time.sleep(0.3)


def stop(running: Running, *numbers: signal.Signals) -> tuple[Done, float]:
    """Send signals, a moment apart, and give the end and how long it took to come."""
    begun = time.monotonic()
    for number in numbers:
        running.send(number)
        time.sleep(0.1)
    return running.wait(), time.monotonic() - begun


def moody(scene: Scene, **moods: object) -> dict[str, object]:
    return {"usage": {"type": "moody", "path": str(scene.database.path), **moods}}


def assert_acknowledged(scene: Scene, days: list[dt.date]) -> None:
    """Check that exactly these days are in the ledger, and that nobody holds a lease."""
    lines = {day for day, entry in scene.place.ledger.sinks["usage"].items() if entry.line}
    assert sorted(lines) == days
    assert scene.place.ledger.leases == ()


def assert_the_next_run_completes(scene: Scene, sinks: dict[str, object] | None = None) -> None:
    scene.api.faults.clear()
    scene.configure(sinks)
    done = scene.sync()
    assert done.exit == 0, done
    scene.assert_true()


@pytest.mark.parametrize("number", list(EXITS))
def test_while_the_api_stalls(scene: Scene, number: signal.Signals) -> None:
    scene.api.faults.add(effects.stall(60), day=NEWEST)
    seen = Seen(scene, NEWEST)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, number)
    assert done.exit == EXITS[number], done
    assert seconds < PROMPT
    assert done.finished["exit"] == EXITS[number]
    assert f"stopped by signal {int(number)}" in done.problems
    assert_acknowledged(scene, WEEK[:-1])
    assert_the_next_run_completes(scene)


def test_while_the_api_stalls_and_nobody_else_is_awake(scene: Scene) -> None:
    """With one worker the request in flight gets the grace period, and not more."""
    scene.place.environment["CCSYNC_TEST_GRACE"] = str(GRACE)
    scene.configure(source={"concurrency": 1})
    scene.api.faults.add(effects.stall(60), day=OLD)
    seen = Seen(scene, OLD)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, signal.SIGTERM)
    assert done.exit == 143, done
    assert GRACE <= seconds < GRACE + PROMPT
    assert_acknowledged(scene, [OLDER])
    assert_the_next_run_completes(scene)


@pytest.mark.parametrize(("concurrency", "number"), [(1, signal.SIGINT), (2, signal.SIGTERM)])
def test_during_a_pause_between_two_tries(
    scene: Scene, concurrency: int, number: signal.Signals
) -> None:
    scene.configure(source={"concurrency": concurrency, "retry_deadline": "5m"})
    scene.api.faults.add(effects.rate_limited(60), day=OPEN, times=None)
    seen = Seen(scene, OPEN)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, number)
    assert done.exit == EXITS[number], done
    assert seconds < PROMPT
    assert_acknowledged(scene, WEEK[:3])
    assert_the_next_run_completes(scene)


def test_during_a_pause_of_a_sink(scene: Scene) -> None:
    scene.configure(moody(scene, unavailable=1, retry_after=60, retry_deadline="5m"))
    seen = Seen(scene, OLDER)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, signal.SIGTERM)
    assert done.exit == 143, done
    assert seconds < PROMPT
    assert scene.place.ledger.sinks == {}
    assert scene.place.ledger.leases == ()


def test_during_a_slow_delivery(scene: Scene) -> None:
    scene.configure(moody(scene, slow_seconds=2.5), source={"concurrency": 1})
    seen = Seen(scene, OLD)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, signal.SIGINT)
    assert done.exit == 130, done
    assert seconds < PROMPT
    assert_acknowledged(scene, [OLDER])
    assert done.days("delivered") == [OLDER]


@pytest.mark.parametrize(
    ("numbers", "grace", "most"),
    [
        ((signal.SIGTERM,), GRACE, GRACE + PROMPT),
        ((signal.SIGTERM, signal.SIGTERM), 60, PROMPT),
        ((signal.SIGINT, signal.SIGINT), 60, PROMPT),
    ],
)
def test_a_sink_that_does_not_listen(
    scene: Scene, numbers: tuple[signal.Signals, ...], grace: float, most: float
) -> None:
    """It gets the grace period; a second signal ends it at once."""
    scene.place.environment["CCSYNC_TEST_GRACE"] = str(grace)
    scene.configure(moody(scene, slow_seconds=60, deaf=True))
    seen = Seen(scene, OLDER)
    with scene.place.start("sync") as running:
        seen.wait()
        done, seconds = stop(running, *numbers)
    assert done.exit == EXITS[numbers[-1]], done
    assert seconds < most
    assert scene.place.ledger.leases == ()
    assert_the_next_run_completes(scene, moody(scene))


@pytest.mark.parametrize(("command", "day"), [("check", NEWEST), ("verify", MIDDLE)])
def test_other_commands_stop_too(scene: Scene, command: str, day: dt.date) -> None:
    scene.sync()
    scene.api.faults.add(effects.stall(60), times=None)
    seen = Seen(scene, day)
    with scene.place.start(command) as running:
        seen.wait()
        done, seconds = stop(running, signal.SIGTERM)
    assert done.exit == 143, done
    assert seconds < PROMPT
    assert "Traceback" not in done.stderr


UNSHARE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]


@pytest.fixture(scope="module")
def namespace() -> None:
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no process can be PID 1 here: {error}")


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("number", list(EXITS))
def test_as_pid_1(scene: Scene, number: signal.Signals) -> None:
    """A container's first process ignores every signal that it does not handle."""
    scene.api.faults.add(effects.stall(60), day=NEWEST)
    seen = Seen(scene, NEWEST)
    with subprocess.Popen(
        [*UNSHARE, str(COMMAND), "sync"],
        cwd=scene.place.directory,
        env=scene.place.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as outside:
        try:
            seen.wait()
            children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
            inside = int(children.read_text())
            status = Path(f"/proc/{inside}/status").read_text()
            assert "\nNSpid:\t" in status
            assert status.partition("NSpid:")[2].split("\n")[0].split()[-1] == "1"
            begun = time.monotonic()
            subprocess.run(["kill", f"-{int(number)}", str(inside)], check=True, timeout=10)
            assert outside.wait(20) == EXITS[number]
            assert time.monotonic() - begun < PROMPT
        finally:
            outside.kill()
    assert_acknowledged(scene, WEEK[:-1])
    assert_the_next_run_completes(scene)
