"""A real project, where there is one: CCSYNC_BQ_E2E=project.dataset, with a login that may `init`.

The same story is told to the double, so that it is known to be right before it costs anything. At a
real project it writes some hundred rows of an organization that has a new id each time, and leaves
them there: they are days of the past week, of invented people.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccsync.simulator import SIMULATED_KEY, ScriptedOrganization, Simulator
from ccsync.testing.bigquery import BigQueryDouble
from tests.end_to_end.truth import a_row
from tests.support.command import COMMAND

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1500)]

WHERE = "CCSYNC_BQ_E2E"
DAYS = 3


@pytest.fixture(params=["the double", "a real project"])
def settings(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "a real project":
        place = os.environ.get(WHERE)
        if not place:
            pytest.skip(f"{WHERE} does not name a project.dataset to try it at")
        yield {"type": "bigquery", "dataset": place}
        return
    with BigQueryDouble("northwind-data") as double:
        yield {"type": "bigquery", "dataset": "northwind-data.usage", "endpoint": double.url}


class Story:
    """The command in a directory, an API, and a sink's settings."""

    def __init__(self, directory: Path, sink: dict[str, Any]) -> None:
        self.directory = directory
        self.sink = sink
        self.organization = ScriptedOrganization(organization_id=str(uuid.uuid4()))
        today = dt.datetime.now(dt.UTC).date()
        self.days = [today - dt.timedelta(days=number + 1) for number in range(DAYS)]

    def say(self, people: int, sessions: int) -> None:
        """Let the API give so many people, each day, from now on."""
        for day in self.days:
            self.organization.put(
                day, [a_row(day, f"person-{one}", sessions=sessions) for one in range(people)]
            )

    def run(self, *arguments: str, mode: str = "stream") -> str:
        with Simulator(self.organization) as api:
            document = {
                "version": 1,
                "source": {"api_key": SIMULATED_KEY, "base_url": api.base_url},
                "sync": {"start": f"{DAYS}d", "include_today": False},
                "state": f"file://{self.directory / 'state'}",
                "sinks": {"warehouse": {**self.sink, "mode": mode}},
            }
            settings = self.directory / "ccsync.yaml"
            settings.write_text(yaml.safe_dump(document))
            command = [str(COMMAND), "--config", str(settings), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


def test_story(tmp_path: Path, settings: dict[str, Any]) -> None:
    story = Story(tmp_path, settings)
    story.say(people=40, sessions=3)
    story.run("bigquery", "init")
    story.run("check")
    story.run("sync")
    story.run("verify")
    story.say(people=25, sessions=5)  # restated, and fifteen people vanished
    story.run("sync")
    story.run("verify")
    story.say(people=40, sessions=3)  # as it was before: no rows need be written
    story.run("sync")
    story.run("verify")
    story.say(people=30, sessions=7)
    story.run("sync", mode="load")
    story.run("verify")
    story.say(people=0, sessions=0)
    story.run("sync")
    story.run("verify")
