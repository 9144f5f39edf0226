"""What a page is made of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ccsync.insights.html.charts import Spec
from ccsync.insights.summary import Costs, Crowd, Model
from ccsync.insights.wording import amount, number


class Tile(msgspec.Struct, frozen=True):
    """One number at the top."""

    name: str
    value: str
    about: str = ""


class Note(msgspec.Struct, frozen=True):
    """One sentence about whether the data are whole."""

    text: str
    warns: bool = False


class Chart(msgspec.Struct, frozen=True):
    """One drawing. Its title says what it shows, and what a screen reader says."""

    title: str
    spec: Spec
    legend: Sequence[str] = ()
    """What the colours mean, in their order."""

    wide: bool = False
    """Whether it takes a row of its own."""


class Cell(msgspec.Struct, frozen=True):
    """One cell of a table."""

    text: str
    shade: int | None = None
    """How strongly it is coloured, in percent; None: not at all."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers as text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    names: int = 1
    """How many columns from the left are text; the others are numbers."""

    folded: bool = False
    """Whether it is closed until somebody opens it: the same numbers are in a chart."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One subject, with what there is to say about it."""

    title: str
    about: str = ""
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


def people_of(crowd: Crowd | Model) -> str:
    """Write how many people there are, as far as anybody can tell."""
    return _known(crowd.people, known=crowd.people_known)


def keys_of(crowd: Crowd) -> str:
    """Write how many API keys there are, as far as anybody can tell."""
    return _known(crowd.api_keys, known=crowd.api_keys_known)


def _known(count: int, *, known: bool) -> str:
    if known:
        return number(count)
    return f"{number(count)} or more" if count else "not known"


def estimates(currencies: Sequence[str]) -> list[str]:
    """Head the columns that `estimated` fills."""
    return [f"estimated {currency}" for currency in currencies]


def estimated(costs: Costs, currencies: Sequence[str]) -> list[str]:
    """Write a cost in each currency; a dash where there is none."""
    return [amount(costs[one]) if one in costs else "-" for one in currencies]


def row(*texts: str) -> list[Cell]:
    """Make cells of texts."""
    return [Cell(text) for text in texts]
