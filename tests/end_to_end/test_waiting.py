"""What a user sees while a run waits: for a destination that is away, and for its own pace."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.end_to_end.scene import OLDER, WEEK, Scene
from tests.end_to_end.terminal import on_terminal
from tests.support.command import TIMEOUT

AWAY = "http://127.0.0.1:9"
"""Nothing listens there."""


def away(patience: str) -> dict[str, object]:
    return {"tower": {"type": "otlp", "endpoint": AWAY, "retry_deadline": patience}}


def lines_until(path: Path, word: str) -> str:
    """Give what was written once the word is in it."""
    until = time.monotonic() + TIMEOUT
    while word not in (text := path.read_text("utf-8")):
        assert time.monotonic() < until, f"{word!r} was not said: {text}"
        time.sleep(0.02)
    return text


def test_a_receiver_that_is_not_there_is_told_at_once(scene: Scene) -> None:
    scene.configure(away("10m"))
    log = scene.place.directory / "log"
    with (
        log.open("wb") as stderr,
        scene.place.start("sync", stderr=stderr) as running,
    ):
        told = lines_until(log, "sink.retry")
        assert AWAY in told
        assert '"sink": "tower"' in told
        assert f'"day": "{OLDER}"' in told
        running.send(signal.SIGTERM)
        done = running.wait()
    assert done.exit == 143
    text = log.read_text("utf-8")
    assert "stopped by signal 15 while tower was unavailable: " + AWAY in text.splitlines()[-1]


def test_a_terminal_says_who_is_waited_for_and_why_once(scene: Scene) -> None:
    scene.configure(away("1.5s"))
    seen = on_terminal(scene.place, "sync")
    assert seen.exit == 5
    assert "waiting 1 s for tower: http://" in seen.screen
    assert f"{AWAY}/v1/metrics: no answer" in seen.screen, "the log has the whole reason"
    summary = seen.screen[seen.screen.index("rows read") :]
    assert summary.count("is used up") == 1


def test_one_cause_of_everything_stands_before_the_table(scene: Scene) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-0000000000-no-such-key"
    seen = on_terminal(scene.place, "sync")
    assert seen.exit == 3
    screen = " ".join(seen.screen.split())
    assert screen.index("make a new one in Claude Console") < screen.index("days not tried")


@pytest.mark.parametrize("with_terminal", [True, False])
def test_pacing_is_told_once(scene: Scene, *, with_terminal: bool) -> None:
    scene.configure(source={"requests_per_minute": 600}, sync={"start": "11d"})
    if with_terminal:
        assert " paced" in on_terminal(scene.place, "sync").screen
        return
    done = scene.sync()
    (line,) = done.named("source.paced")
    assert line["level"] == "info"
    assert line["requests_per_minute"] == 600


def test_no_ledger_is_why_there_are_only_these_days(scene: Scene) -> None:
    scene.configure({"console": {"type": "stdout"}})
    says = f"console keeps no ledger: the last 3 days; `track: true` gets every day since {WEEK[0]}"
    assert scene.sync().finished["remarks"] == [says]
    assert says in " ".join(on_terminal(scene.place, "sync").screen.split())
    scene.configure({"console": {"type": "stdout", "track": True}})
    assert "remarks" not in scene.sync().finished


def test_days_before_today_can_be_named_as_start_does(scene: Scene) -> None:
    assert scene.sync("--from", "2d").days("delivered") == WEEK[-2:]
    assert scene.sync("--from", "3d", "--to", "3d").days("delivered") == [WEEK[-3]]


def test_young_data_has_an_age_in_seconds(scene: Scene) -> None:
    scene.sync()
    assert ", fetched 0 min ago" not in scene.place.run("status").stdout
    done = scene.place.run("status", "--max-age", "0s")
    assert done.exit == 5
    assert " s old; the limit is 0s" in done.messages
    assert scene.place.run("--max-age", "1h", "status").messages.endswith(
        "ccsync status --max-age 1h"
    )
