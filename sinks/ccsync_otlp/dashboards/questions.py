"""What a dashboard answers, as data, without the words of any backend. `boards` has the list.

Every value is worked out by one rule: of each series the last value in each UTC day, then the sum.
A dashboard that adds up anything else (all points, several days in one step) is wrong.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec

from ccsync_otlp.catalogue import ATTRIBUTES, METRICS, Dimension, Metric

PERSON = ("user.email", "user.hash")
"""The attributes of which one names a person, by the privacy policy."""

CURRENCY = "currency"

_DIMENSIONS: dict[str, Dimension | None] = {one.name: one.dimension for one in ATTRIBUTES}


class Measure(msgspec.Struct, frozen=True):
    """A metric, or the part of it that has certain values in its own attributes."""

    metric: int
    """Index into `METRICS`."""

    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Own attributes, and the values of each that count."""

    @property
    def of(self) -> Metric:
        """The metric."""
        return METRICS[self.metric]


class Total(msgspec.Struct, frozen=True):
    """The sum of a measure."""

    measure: Measure
    days: int = 1
    """More than one: at each day, of so many days that end with it."""


class Ratio(msgspec.Struct, frozen=True):
    """One sum divided by another, both of the same days; nothing where the second is zero."""

    part: Measure
    whole: Measure


class People(msgspec.Struct, frozen=True):
    """How many different people with a name have any value above zero. API keys do not count."""

    days: int = 1
    """More than one: at each day, in so many days that end with it."""


Value: TypeAlias = Total | Ratio | People

Unit: TypeAlias = Literal["count", "tokens", "lines", "money", "share", "people"]

_UNITS: dict[str, Unit] = {"{token}": "tokens", "{line}": "lines"}


def unit_of(value: Value) -> Unit:
    """Say what kind of number this is. Money is in the currency that its attribute names."""
    if isinstance(value, People):
        return "people"
    if isinstance(value, Ratio):
        return "share" if value.part.metric == value.whole.metric else unit_of(Total(value.part))
    metric = value.measure.of
    return "money" if CURRENCY in metric.extra else _UNITS.get(metric.unit, "count")


def measures(value: Value) -> tuple[Measure, ...]:
    """Give what is added up for a value; nothing for people, for whom every metric counts."""
    if isinstance(value, Total):
        return (value.measure,)
    return (value.part, value.whole) if isinstance(value, Ratio) else ()


class Column(msgspec.Struct, frozen=True):
    """One value of a question, with its heading."""

    title: str
    value: Value


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One panel."""

    key: str
    """Names it in files and tests; does not change."""

    title: str
    asks: str
    """The question that it answers, in words."""

    note: str = ""
    """What a reader has to know."""

    columns: tuple[Column, ...]
    by: tuple[str, ...] = ()
    """Attributes that tell the lines apart. A cost is told apart by its currency besides: amounts
    of two currencies are never added."""

    per: Literal["day", "range"]
    """One value for each UTC day, or one for all days that begin in the range looked at."""

    chart: Literal["bars", "lines", "number", "table"]
    """bars are stacked where they are parts of a whole; a table has its highest first column on
    top."""

    limit: int | None = None
    """So many lines at most, those with the highest first column."""

    @property
    def description(self) -> str:
        """The question, and what a reader has to know."""
        return f"{self.asks} {self.note}".rstrip()

    def by_of(self, column: Column) -> tuple[str, ...]:
        """Give the attributes that tell the lines of a column apart, with the currency of costs."""
        costs = any(CURRENCY in one.of.extra for one in measures(column.value))
        return (*self.by, CURRENCY) if costs else self.by

    @property
    def needs(self) -> frozenset[Dimension]:
        """The dimensions without which it cannot be answered."""
        names = list(self.by)
        for column in self.columns:
            if isinstance(column.value, People):
                names.extend(PERSON)
            names += [name for one in measures(column.value) for name, _ in one.where]
        needed: set[Dimension] = set()
        for name in names:
            if (dimension := _DIMENSIONS[name]) is not None:
                needed.add(dimension)
        return frozenset(needed)


class Row(msgspec.Struct, frozen=True):
    """Panels that belong together."""

    title: str
    questions: tuple[Question, ...]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """One dashboard."""

    key: str
    title: str
    description: str
    rows: tuple[Row, ...]
    range: dt.timedelta = dt.timedelta(days=30)
    """What it shows at first: so much time that ends now."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """All of them, in order."""
        return tuple(one for row in self.rows for one in row.questions)

    def without(self, dimensions: frozenset[str]) -> Board:
        """Leave out what cannot be answered where only these dimensions are sent."""
        rows = (
            Row(row.title, tuple(one for one in row.questions if one.needs <= dimensions))
            for row in self.rows
        )
        return msgspec.structs.replace(self, rows=tuple(row for row in rows if row.questions))
