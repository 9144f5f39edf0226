"""A seeded organization: the same seed, day and revision always give the same rows."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable

from ccsync.simulator.activity import day_rows
from ccsync.simulator.lateness import LATEST
from ccsync.simulator.people import people
from ccsync.simulator.pipelines import pipelines
from ccsync.simulator.shapes import Row
from ccsync.simulator.usage import RestatableUsage


class Organization(RestatableUsage):
    """People and API keys who use Claude Code believably.

    They join, pause and leave, have teams with their terminals, models and hours, move over to new
    models, keep weekends and public holidays, and learn. Careers and launches lie on fixed days,
    so that any day between 2025 and 2030 finds the organization at work, and growing until 2028.
    """

    def __init__(
        self,
        seed: int | str = 0,
        users: int = 25,
        *,
        first_day: dt.date | None = None,
        name: str = "Northwind Example",
        domain: str = "northwind.example",
        late: float = 0.0,
    ) -> None:
        """Make the organization.

        Args:
            seed: Decides everything; also the organization's id.
            users: How many people work there once it has grown up, two thirds of them from the
                beginning; every 25 come with a pipeline's API key.
            first_day: Earlier days are empty; by default every day has data.
            name: The organization's name.
            domain: Of the people's e-mail addresses.
            late: Share of the rows, 0 to 1, that go on growing after their day has ended. They
                are final from the third day after it on.

        Raises:
            ValueError: `late` is not a share.
        """
        if not 0 <= late <= 1:
            raise ValueError(f"late is {late}; expected a share between 0 and 1")
        rng = random.Random(f"{seed}/organization")  # noqa: S311 - reproducible, not secret
        super().__init__(str(uuid.UUID(int=rng.getrandbits(128), version=4)), name)
        self._seed = seed
        self._first_day = first_day
        self._late = late
        self._workers = (*people(seed, users, domain=domain), *pipelines(seed, users))

    @property
    def settles_after(self) -> dt.timedelta:
        """Say how long after its end a day may still grow."""
        return LATEST if self._late else dt.timedelta()

    def original(self, day: dt.date, until: dt.datetime) -> Iterable[Row]:
        """Give a day's rows before any restatement."""
        if self._first_day is not None and day < self._first_day:
            return ()
        return day_rows(
            self._workers,
            day,
            until,
            seed=self._seed,
            organization_id=self.organization_id,
            late=self._late,
        )
