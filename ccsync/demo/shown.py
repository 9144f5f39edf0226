"""What a reader of the demo's files sees: of the JSON lines, and of the database."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Iterable

from ccsync.demo.place import Place
from ccsync.insights import Summary, read
from ccsync.insights.destinations import FILE_TYPE, Maker
from ccsync.insights.gathering import Span, from_days, from_lines
from ccsync.records import Record


class Shown:
    """Reads the files anew each time."""

    def __init__(self, place: Place, maker: Maker) -> None:
        """Take the demo's files; `maker` makes what reads a database."""
        self._place = place
        self._maker = maker
        self.has_database = FILE_TYPE in maker.plugins and (
            importlib.util.find_spec("duckdb") is not None
        )
        """Whether there is one: that takes a library."""

        best = place.database if self.has_database else place.usage
        self.best = best.name
        """The name of the file to look at."""

    def lines(self, day: dt.date | None = None) -> list[Record]:
        """Give the records of a day, or all, as the JSON lines show them."""
        records = read(self._place.usage).records()
        return [one for one in records if day in (None, one.date)]

    def rows(self, day: dt.date | None = None) -> list[Record]:
        """Give the records of a day, or all, as the database shows them."""
        with self._maker.file(self._place.database) as there:
            return [record for shown in there.read(day, day) for record in shown.records]

    def all(self) -> Iterable[tuple[str, list[Record]]]:
        """Give all records of each file, with the file's name."""
        yield self._place.usage.name, self.lines()
        if self.has_database:
            yield self._place.database.name, self.rows()

    def summary(self, today: dt.date) -> Summary:
        """Sum up the best file, as `ccsync insights` does."""
        span = Span(today=today)
        if not self.has_database:
            return from_lines([self._place.usage], span)
        with self._maker.file(self._place.database) as there:
            return from_days(there.read, span, self.best)
