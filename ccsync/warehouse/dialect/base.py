"""What a dialect has to know."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from ccsync.warehouse.columns import Column, Table

Described: TypeAlias = tuple[str, str]
"""A column's name and description."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set when a table is created, where the engine has it."""

    labels: Mapping[str, str] = {}
    partition_expiration_days: int | None = None
    """Days after which a day is deleted, counted from the day itself; null: kept."""

    require_partition_filter: bool = False
    """Whether queries of the table must name days."""


class Dialect(ABC):
    """One engine's SQL. Arguments that are expressions go into the text as they are."""

    name: str

    def __init__(self, *, today: dt.date | None = None) -> None:
        """Take the day that counts as today; by default the engine's clock tells, in UTC."""
        self._today = today

    @abstractmethod
    def table(self, name: str) -> str:
        """Name a table or view in full, quoted."""

    @abstractmethod
    def type_of(self, column: Column) -> str:
        """Spell a column's type."""

    @abstractmethod
    def flatten(self, array: str, element: str) -> str:
        """Make a table of an array, for `FROM` or `CROSS JOIN`; a row is called `element`."""

    @abstractmethod
    def each_day(self, first: str, last: str, day: str) -> str:
        """Make a table of the days from `first` to `last`, both included; a row is called `day`."""

    @abstractmethod
    def total(self, count: str) -> str:
        """Add whole numbers, in an aggregation; null without rows."""

    @abstractmethod
    def every(self, condition: str) -> str:
        """Tell whether a condition holds for all rows, in an aggregation."""

    @abstractmethod
    def week(self, day: str) -> str:
        """Give the Monday of a day's week."""

    @abstractmethod
    def month(self, day: str) -> str:
        """Give the first day of a day's month."""

    @abstractmethod
    def month_end(self, day: str) -> str:
        """Give the last day of a day's month."""

    @abstractmethod
    def days_between(self, earlier: str, later: str) -> str:
        """Count the days from one day to another."""

    @abstractmethod
    def weeks_between(self, earlier: str, later: str) -> str:
        """Count the weeks from one Monday to another."""

    @abstractmethod
    def days_before(self, day: str, days: int) -> str:
        """Go back from a day."""

    @abstractmethod
    def days_after(self, day: str, days: int) -> str:
        """Go on from a day."""

    @abstractmethod
    def ratio(self, part: str, whole: str) -> str:
        """Divide, as a floating-point number; null when there is nothing to divide by."""

    @abstractmethod
    def current_date(self) -> str:
        """Ask the engine's clock for the day in UTC."""

    @abstractmethod
    def hours_since(self, moment: str) -> str:
        """Count the full hours from a moment to now; where a day counts as today, to its noon."""

    @abstractmethod
    def fail(self, message: str) -> str:
        """Make the whole query fail with a message, where this expression is reached."""

    @abstractmethod
    def text(self, value: str) -> str:
        """Quote a string."""

    @abstractmethod
    def column(self, column: Column) -> str:
        """Define a column of a table."""

    @abstractmethod
    def table_clauses(self, table: Table, options: Options) -> str:
        """Write what follows the columns of `CREATE TABLE`; begins with a line break if at all."""

    @abstractmethod
    def view_clauses(
        self, description: str, columns: Iterable[Described], labels: Mapping[str, str]
    ) -> str:
        """Write what follows the name in `CREATE VIEW`; begins with a blank or a line break."""

    @abstractmethod
    def comments(
        self, kind: str, name: str, description: str, columns: Iterable[Described]
    ) -> tuple[str, ...]:
        """Write statements that describe a `TABLE` or `VIEW`, where its creation can not."""

    def today(self) -> str:
        """Give the day that counts as today."""
        return self.current_date() if self._today is None else f"DATE '{self._today}'"

    def _moment(self, clock: str) -> str:
        """Give the moment that counts as now; `clock` asks the engine's."""
        return clock if self._today is None else f"TIMESTAMP '{self._today} 12:00:00+00:00'"


def listed(entries: Iterable[str]) -> str:
    """Write entries in brackets, one a line."""
    inner = ",\n  ".join(entries)
    return f"(\n  {inner}\n)"
