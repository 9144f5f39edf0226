"""When tables came, went and were widened: what the streaming side learns only later."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from ccsync.testing.bigquery.schema import Field

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Life:
    """A table's past."""

    created: dt.datetime
    recreated: bool
    """Whether there was an earlier table of that name."""

    schemas: tuple[tuple[dt.datetime, list[Field]], ...]
    """Since when which fields, oldest first."""

    def fields_at(self, moment: dt.datetime) -> list[Field]:
        """Give the fields the table had at a moment; before it was made, its first ones."""
        known = (fields for since, fields in reversed(self.schemas) if since <= moment)
        return next(known, self.schemas[0][1])


class History:
    """The past of every table; safe for threads."""

    def __init__(self) -> None:
        """Start with no past."""
        self._lock = threading.Lock()
        self._present: dict[_Key, Life] = {}
        self._names: set[_Key] = set()

    def created(self, key: _Key, at: dt.datetime, fields: list[Field]) -> None:
        """Note a new table."""
        with self._lock:
            self._present[key] = Life(at, key in self._names, ((at, fields),))
            self._names.add(key)

    def widened(self, key: _Key, at: dt.datetime, fields: list[Field]) -> None:
        """Note new fields."""
        with self._lock:
            life = self._present[key]
            schemas = (*life.schemas, (at, fields))
            self._present[key] = Life(life.created, life.recreated, schemas)

    def deleted(self, key: _Key) -> None:
        """Note that a table went."""
        with self._lock:
            self._present.pop(key, None)

    def life(self, key: _Key) -> Life | None:
        """Give the past of a table that is there."""
        with self._lock:
            return self._present.get(key)
