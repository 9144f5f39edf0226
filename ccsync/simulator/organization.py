"""A seeded organization: the same seed, day and revision always give the same rows."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable

from ccsync.simulator.activity import day_rows
from ccsync.simulator.people import workers
from ccsync.simulator.shapes import Row
from ccsync.simulator.usage import RestatableUsage


class Organization(RestatableUsage):
    """People and API keys who use Claude Code believably, with quiet weekends."""

    def __init__(
        self,
        seed: int | str = 0,
        users: int = 25,
        *,
        first_day: dt.date | None = None,
        name: str = "Northwind Example",
        domain: str = "northwind.example",
    ) -> None:
        """Make the organization.

        Args:
            seed: Decides everything; also the organization's id.
            users: How many people; every 25 of them come with an API key.
            first_day: Earlier days are empty; by default every day has data.
            name: The organization's name.
            domain: Of the people's e-mail addresses.
        """
        rng = random.Random(f"{seed}/organization")  # noqa: S311 - reproducible, not secret
        super().__init__(str(uuid.UUID(int=rng.getrandbits(128), version=4)), name)
        self._seed = seed
        self._first_day = first_day
        self._workers = workers(seed, users, domain=domain)

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
        )
