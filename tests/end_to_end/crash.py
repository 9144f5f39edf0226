"""Two destinations, an API that changes its mind, and a run that is killed meanwhile."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ccsync.simulator import Request
from tests.end_to_end.scene import NEWEST, OPEN, WEEK, Scene
from tests.end_to_end.truth import Database, a_row, truth
from tests.support.command import TIMEOUT, Done

FATAL = Path(__file__).parent / "fatal"

Points: TypeAlias = dict[tuple[str, str | None], int]


@dataclass
class Crash:
    """A scene with the sinks `points` (needs tombstones) and `usage` (replaces days)."""

    scene: Scene
    points: Database

    def configure(self, *sinks: str) -> None:
        known = {
            "points": {"type": "series", "path": str(self.points.path)},
            "usage": {"type": "moody", "path": str(self.scene.database.path)},
        }
        self.scene.configure(
            {name: known[name] for name in sinks or known},
            source={"page_size": 1, "concurrency": 1},
        )

    def say(self, answer: str) -> None:
        """Let the API answer `first` or `other` for the two newest days.

        The other answer changes a value, lets a person vanish and moves one to another terminal.
        """
        for number, day in enumerate((OPEN, NEWEST)):
            first = answer == "first"
            rows = [a_row(day, "mira", (5 if first else 50) + number)]
            if first:
                rows.append(a_row(day, "juno", 9 + number))
            rows.append(a_row(day, "otto", 4, terminal_type="vscode" if first else "tmux"))
            self.scene.put(day, *rows)

    def sync(self) -> Done:
        """Run to the end, whatever end."""
        return self.scene.sync()

    def sync_killed_at_request(self, day: dt.date, page: int) -> Done:
        """Run, and let the API kill the run when it asks for this page."""
        started = threading.Event()

        def kill(request: Request) -> None:
            if (request.day, request.page) == (day, page):
                started.wait(TIMEOUT)
                running.process.kill()

        self.scene.api.on_request = kill
        try:
            with self.scene.place.start("sync") as running:
                started.set()
                return running.wait()
        finally:
            self.scene.api.on_request = None

    def sync_killed(self, **variables: str) -> Done:
        """Run with these variables, which are to kill it."""
        place = self.scene.place
        before = place.environment
        place.environment = {**before, **variables}
        try:
            return self.sync()
        finally:
            place.environment = before

    def dying(self, point: str) -> dict[str, str]:
        """Give the variables for a death at a call to the system; see `fatal`."""
        path = self.scene.place.variables()["PYTHONPATH"]
        return {
            "CCSYNC_TEST_DIE": point,
            "PYTHONPATH": os.pathsep.join([str(FATAL), path]),
        }

    def shown_points(self, day: dt.date) -> Points:
        """What a reader of the points sees: zero is as good as nothing."""
        found = self.points.query(
            "select series, value from points where day = ? and value <> 0", str(day)
        )
        dimensions = ((json.loads(series), value) for series, value in found)
        return {(one[2], one[5]): value for one, value in dimensions}

    def true_points(self, day: dt.date) -> Points:
        return {
            (record["actor_id"], record["terminal_type"]): record["sessions"]
            for record in truth(self.scene.organization, day)
        }

    def assert_true(self, *sinks: str) -> None:
        for day in WEEK:
            if "points" in (sinks or ("points",)):
                assert self.shown_points(day) == self.true_points(day), day
        if "usage" in (sinks or ("usage",)):
            self.scene.assert_true()

    def assert_healed(self, done: Done, *sinks: str) -> None:
        """Check that a run put everything right, and left nothing lying about."""
        assert done.exit == 0, done
        assert done.named("lease.watching") == [], "a dead run's days are free at once"
        self.assert_true(*sinks)
        assert self.scene.place.ledger.leases == ()
        state = self.scene.place.state
        names = {path.name for path in self.scene.place.state_files()}
        names = {name for name in names if name not in map(str, WEEK)}
        assert names == {"ledger.json", "lock"}, sorted(state.rglob("*"))

    def assert_killed(self, done: Done) -> None:
        """Check that a run was killed, and that what it left can be read."""
        assert done.exit == -signal.SIGKILL, done
        assert self.scene.place.ledger.format == 1
