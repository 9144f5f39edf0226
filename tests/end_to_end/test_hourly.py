"""What most runs are: nothing is new."""

from __future__ import annotations

from tests.end_to_end.crash import Crash
from tests.end_to_end.scene import Scene
from tests.end_to_end.truth import Database
from tests.support.command import TODAY


def test_an_hourly_run_with_nothing_new_asks_four_times_and_writes_twice(scene: Scene) -> None:
    crash = Crash(scene, Database(scene.place.directory / "points.db"))
    sinks = {"usage": scene.sqlite, "points": {"type": "series", "path": str(crash.points.path)}}
    scene.configure(sinks, sync={"include_today": True})
    assert scene.sync().exit == 0
    scene.place.clock.advance(hours=1)
    scene.api.forget_requests()
    # A third writing of the ledger, or one of a note, would kill it.
    done = crash.sync_killed(**crash.dying("before-replace:3"))
    assert done.exit == 0, done
    assert done.counts("usage") == done.counts("points") == {"unchanged": 4}
    asked = [request.day for request in scene.api.requests]
    assert len(asked) == 4
    assert TODAY in asked
