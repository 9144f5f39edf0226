"""Which days a tile looks at: each tool has its own words for what people choose in it.

A range is a function that makes a condition of an expression for a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

from ccsync.warehouse.dialect import Dialect

Range: TypeAlias = Callable[[str], str]

DAYS = 90
"""Days that are shown where nobody chooses any; the last of them is today."""


def looker_studio(day: str) -> str:
    """Take the range that a report's date range control gives.

    Looker Studio puts texts like `20261120` in the place of its two parameters, which have to be
    switched on below the query.
    """
    first, last = (f"PARSE_DATE('%Y%m%d', @DS_{one}_DATE)" for one in ("START", "END"))
    return f"{day} >= {first} AND {day} <= {last}"


def metabase(day: str) -> str:
    """Take two variables of type date, `first_day` and `last_day`; each may be left empty.

    Metabase leaves out what is in double brackets when its variable has no value.
    """
    first, last = (f"CAST({{{{{one}_day}}}} AS DATE)" for one in ("first", "last"))
    return f"TRUE [[AND {day} >= {first}]] [[AND {day} <= {last}]]"


def trailing(dialect: Dialect, days: int = DAYS) -> Range:
    """Take so many days, of which today is the last."""
    first = dialect.days_before(dialect.today(), days - 1)
    return lambda day: f"{day} >= {first} AND {day} <= {dialect.today()}"


def between(first: dt.date, last: dt.date) -> Range:
    """Take these days, both included."""
    return lambda day: f"{day} >= DATE '{first}' AND {day} <= DATE '{last}'"
