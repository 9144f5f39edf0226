"""How a destination differs from what the API says, in one phrase that somebody can check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from tests.peers.contestant import Shown
from tests.race.grain import DIMENSIONS, Grain, Key, Table, Tables, tables

_FIRST_NAMED = ("sessions", "cents", "lines added", "lines removed", "commits", "pull requests")


def difference(
    shown: Shown, true: Shown, grain: Grain, first: dt.date, last: dt.date
) -> str | None:
    """Say how what is shown differs from the truth between these days; None when it does not."""
    found, wanted = tables(shown, grain, first, last), tables(true, grain, first, last)
    if not grain.models:
        wanted = Tables(wanted.core, _without_nothing(wanted.models))
    if found == wanted:
        return None
    if not found.core and not found.models:
        return "shows nothing"
    days = sorted(_days(found.core, wanted.core) | _days(found.models, wanted.models))
    return f"{_where(days, first, last)}: {_what(found, wanted, days)}"


def _what(found: Tables, wanted: Tables, days: list[dt.date]) -> str:
    ours, theirs = _sums(found, days), _sums(wanted, days)
    names = [*_FIRST_NAMED, *sorted(ours.keys() | theirs.keys())]
    for name in names:
        one, other = ours.get(name, Decimal(0)), theirs.get(name, Decimal(0))
        if one != other:
            return f"{name} {_number(one)}, API says {_number(other)}"
    for kind, had, due in (
        ("rows", found.core, wanted.core),
        ("model rows", found.models, wanted.models),
    ):
        count, expected = len(_of(had, days)), len(_of(due, days))
        if count != expected:
            return f"{kind} {count:,}, API says {expected:,}"
    return _moved(found.core, wanted.core) or _moved(found.models, wanted.models) or "rows differ"


def _moved(found: Table, wanted: Table) -> str | None:
    """Say which dimension has another value, or that the same numbers are in other rows."""
    ours = sorted(found.keys() - wanted.keys(), key=repr)
    theirs = sorted(wanted.keys() - found.keys(), key=repr)
    if ours and theirs:
        names = (*DIMENSIONS, "model", "currency")
        pairs = zip(names, ours[0][1], theirs[0][1], strict=False)
        differing = [(name, one, other) for name, one, other in pairs if one != other]
        name, one, other = differing[0]
        return f"{name} {_value(one)}, API says {_value(other)}"
    if found != wanted:
        return "equal in sum, but in other rows"
    return None


def _without_nothing(table: Table) -> Table:
    return {key: row for key, row in table.items() if any(row.values())}


def _days(found: Table, wanted: Table) -> set[dt.date]:
    keys = found.keys() | wanted.keys()
    return {key[0] for key in keys if found.get(key) != wanted.get(key)}


def _where(days: list[dt.date], first: dt.date, last: dt.date) -> str:
    """Days are counted from the first one, so that a phrase is the same tomorrow."""
    if len(days) == 1:
        return f"day {(days[0] - first).days + 1}"
    return f"{len(days)} of {(last - first).days + 1} days"


def _of(table: Table, days: Iterable[dt.date]) -> list[Key]:
    wanted = set(days)
    return [key for key in table if key[0] in wanted]


def _sums(shown: Tables, days: list[dt.date]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for table in (shown.core, shown.models):
        for key in _of(table, days):
            for name, number in table[key].items():
                sums[name] = sums.get(name, Decimal(0)) + number
    return sums


def _number(number: Decimal) -> str:
    return f"{number.normalize() + 0:,f}"


def _value(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
