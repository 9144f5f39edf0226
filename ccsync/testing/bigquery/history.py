"""When tables came, went and were widened: what the streaming side learns only later."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field

from ccsync.testing.bigquery.schema import Field


@dataclass
class _Life:
    created: dt.datetime
    schemas: list[tuple[dt.datetime, list[Field]]]
    """Since when which fields, in order."""

    deleted_before: dt.datetime | None = None
    """When an earlier table of that name was deleted."""


@dataclass
class _Lives:
    present: dict[tuple[str, str, str], _Life] = field(default_factory=dict)
    deleted: dict[tuple[str, str, str], dt.datetime] = field(default_factory=dict)


class History:
    """The past of every table; safe for threads."""

    def __init__(self) -> None:
        """Start with no past."""
        self._lock = threading.Lock()
        self._lives = _Lives()

    def created(self, key: tuple[str, str, str], at: dt.datetime, fields: list[Field]) -> None:
        """Note a new table."""
        with self._lock:
            before = self._lives.deleted.get(key)
            self._lives.present[key] = _Life(at, [(at, fields)], before)

    def widened(self, key: tuple[str, str, str], at: dt.datetime, fields: list[Field]) -> None:
        """Note new fields."""
        with self._lock:
            self._lives.present[key].schemas.append((at, fields))

    def deleted(self, key: tuple[str, str, str], at: dt.datetime) -> None:
        """Note that a table went."""
        with self._lock:
            self._lives.present.pop(key, None)
            self._lives.deleted[key] = at

    def age(self, key: tuple[str, str, str], now: dt.datetime) -> float:
        """Give the seconds since a table was made."""
        with self._lock:
            return (now - self._lives.present[key].created).total_seconds()

    def recreated(self, key: tuple[str, str, str]) -> bool:
        """Say whether there was an earlier table of that name."""
        with self._lock:
            return self._lives.present[key].deleted_before is not None

    def fields_at(self, key: tuple[str, str, str], moment: dt.datetime) -> list[Field]:
        """Give the fields a table had at a moment, its first ones before it was made."""
        with self._lock:
            known = self._lives.present[key].schemas
            return next(
                (fields for since, fields in reversed(known) if since <= moment), known[0][1]
            )
