"""Who stopped: as `stopped_using` of `ccsync.warehouse.examples.people` asks it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

import msgspec

LEAST_DAYS = 5
"""Days with usage that make a habit, which one can stop."""

SILENCE = 28
"""Days without usage, before the last day that is looked at, that make a stop."""


class Active(Protocol):
    """Somebody with usage."""

    @property
    def actor_id(self) -> str:
        """Who."""
        ...

    @property
    def first_active(self) -> dt.date:
        """The first day with usage."""
        ...

    @property
    def last_active(self) -> dt.date:
        """The last day with usage."""
        ...

    @property
    def active_days(self) -> int:
        """Days with usage."""
        ...


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A person who used Claude Code on `LEAST_DAYS` days or more, and not in the last `SILENCE`."""

    actor_id: str
    """As the privacy policy left it."""

    first_active: dt.date
    last_active: dt.date
    active_days: int
    days_since: int
    """From `last_active` to the last day that is looked at."""


def stopped(people: Iterable[Active], first: dt.date, last: dt.date) -> tuple[Stopped, ...] | None:
    """Find them, the latest first; None when the days from `first` to `last` are too few to tell.

    `last` stands in for today: a day that was never delivered is nobody's silence.
    """
    if (last - first).days < SILENCE + LEAST_DAYS:
        return None
    found = [
        Stopped(
            actor_id=one.actor_id,
            first_active=one.first_active,
            last_active=one.last_active,
            active_days=one.active_days,
            days_since=(last - one.last_active).days,
        )
        for one in people
        if one.active_days >= LEAST_DAYS and (last - one.last_active).days > SILENCE
    ]
    return tuple(sorted(found, key=lambda one: (one.days_since, one.actor_id)))
