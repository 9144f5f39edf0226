"""An organization's usage, day by day and revision by revision: what the simulated API serves."""

from __future__ import annotations

import copy
import datetime as dt
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from ccsync.simulator.shapes import Row

Change: TypeAlias = Callable[[Sequence[Row]], Sequence[Row]]
"""A restatement of one day: from the rows so far to the new ones. Leaves its input alone."""


class Usage(Protocol):
    """An organization's usage, as the simulated API serves it."""

    @property
    def organization_id(self) -> str:
        """The organization's UUID."""
        ...

    @property
    def name(self) -> str:
        """The organization's name."""
        ...

    @property
    def settles_after(self) -> dt.timedelta:
        """How long after its end a day may still grow; zero when a day that has ended is final."""
        ...

    def revision(self, day: dt.date) -> int:
        """Count the restatements of a day so far."""
        ...

    def rows(self, day: dt.date, until: dt.datetime, revision: int) -> Iterable[Row]:
        """Give a day's rows in the documented shape.

        The same arguments give the same rows, whenever and in whatever order they are asked for.

        Args:
            day: The UTC day.
            until: Activity from this moment on is not known yet; never before the day begins,
                and at most `settles_after` past the day's end, for a complete day.
            revision: Which restatement to show, 0 for none.
        """
        ...

    def restate(self, day: dt.date, change: Change) -> int:
        """Change a day from now on, and give its new revision."""
        ...


class RestatableUsage(ABC):
    """Usage that remembers its restatements, so that an older revision can still be served."""

    def __init__(self, organization_id: str, name: str) -> None:
        """Take the organization's UUID and name."""
        self.organization_id = organization_id
        self.name = name
        self._changes: dict[dt.date, list[Change]] = {}
        self._lock = threading.Lock()

    @property
    def settles_after(self) -> dt.timedelta:
        """Say how long after its end a day may still grow: not at all."""
        return dt.timedelta()

    @abstractmethod
    def original(self, day: dt.date, until: dt.datetime) -> Iterable[Row]:
        """Give a day's rows before any restatement."""

    def revision(self, day: dt.date) -> int:
        """Count the restatements of a day so far."""
        with self._lock:
            return len(self._changes.get(day, ()))

    def rows(self, day: dt.date, until: dt.datetime, revision: int) -> Iterable[Row]:
        """Give a day's rows as of a revision."""
        with self._lock:
            changes = self._changes.get(day, [])[:revision]
        if not changes:
            return self.original(day, until)
        rows: Sequence[Row] = list(self.original(day, until))
        for change in changes:
            rows = change(rows)
        return rows

    def restate(self, day: dt.date, change: Change) -> int:
        """Change a day from now on, and give its new revision."""
        with self._lock:
            changes = self._changes.setdefault(day, [])
            changes.append(change)
            return len(changes)


class ScriptedOrganization(RestatableUsage):
    """Serves exactly the rows that a test puts, in the order given, at any moment of their day."""

    def __init__(
        self,
        days: Mapping[dt.date, Sequence[Row]] | None = None,
        *,
        organization_id: str = "5c21f0de-7a43-4b8e-9d06-3e1f84c7a920",
        name: str = "Scripted Example",
    ) -> None:
        """Take the first rows, per day."""
        super().__init__(organization_id, name)
        for day, rows in (days or {}).items():
            self.put(day, rows)

    def original(self, day: dt.date, until: dt.datetime) -> Iterable[Row]:
        """Begin with nothing."""
        del day, until
        return ()

    def put(self, day: dt.date, rows: Sequence[Row]) -> int:
        """Let a day consist of these rows from now on, and give its new revision."""
        return self.restate(day, replaced(rows))


def replaced(rows: Sequence[Row]) -> Change:
    """Give the restatement that puts these rows in the place of all others."""
    kept = copy.deepcopy(list(rows))
    return lambda _: kept
