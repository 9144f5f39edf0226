"""A place, the API of a scripted organization, and the database of a sink, put together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ccsync.simulator import Row, ScriptedOrganization, Simulator
from tests.end_to_end.truth import Database, a_row, truth
from tests.support.command import Done, Place, days_ago

WEEK = [days_ago(count) for count in range(5, 0, -1)]
"""The days that a first run of a `Place` looks at, oldest first; the last three are the window."""

OLD, OLDER, MIDDLE, OPEN, NEWEST = WEEK[1], WEEK[0], WEEK[2], WEEK[3], WEEK[4]


@dataclass
class Scene:
    """Usage on each day of `WEEK`, and settings with the one sink `usage` into a database."""

    place: Place
    api: Simulator
    organization: ScriptedOrganization
    database: Database

    def put(self, day: dt.date, *rows: Row) -> None:
        """Let a day consist of these rows from now on."""
        self.organization.put(day, rows)

    def put_week(self) -> None:
        """Let two people work on each day, in other numbers each."""
        for number, day in enumerate(WEEK):
            self.put(day, a_row(day, "mira", 2 + number), a_row(day, "juno", 7 + number))

    @property
    def sqlite(self) -> dict[str, Any]:
        """Settings of a sink into the database."""
        return {"type": "sqlite", "path": str(self.database.path)}

    def scripted(self, name: str = "scripted", **script: Any) -> dict[str, Any]:
        """Settings of a sink that does as it is told, in a directory of that name."""
        path = str(self.place.directory / name)
        return {"type": "scripted", "path": path, "retry_deadline": "1s", **script}

    def sent(self, name: str = "scripted") -> list[dt.date]:
        """The days that such a sink was asked to take, in order."""
        path = self.place.directory / name / "sent"
        return [dt.date.fromisoformat(day) for day in path.read_text().split()]

    def configure(self, sinks: dict[str, Any] | None = None, **sections: Any) -> None:
        """Write the settings; `sections` add to those of `Place.configure`."""
        self.place.configure(self.api.base_url, sinks or {"usage": self.sqlite}, **sections)

    def sync(self, *arguments: str) -> Done:
        """Run `ccsync sync`."""
        return self.place.sync(*arguments)

    def assert_true(self, *days: dt.date) -> None:
        """Check that the database shows what the API says, for these days or the week."""
        for day in days or WEEK:
            assert self.database.shown(day) == truth(self.organization, day), day
