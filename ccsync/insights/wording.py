"""Numbers, amounts, days and names, written for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from ccsync.insights.summary import Costs, Crowd
from ccsync.state.leases import ranges

_UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
_MOST_SPANS = 4


def number(count: int) -> str:
    """Write a count for a column of a table: whole, as long as it is short."""
    return f"{count:,}" if count < 10**5 else tokens(count)


def tokens(count: int) -> str:
    """Write a count of tokens in three or four digits: 934, 12.3k, 4.56M."""
    for size, unit in _UNITS:
        if count >= size:
            scaled = Decimal(count) / size
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{unit}"
    return str(count)


def percent(part: Decimal | None) -> str:
    """Write a share as a percentage; a dash when it is a share of nothing."""
    if part is None:
        return "-"
    return f"{part * 100:.{1 if 0 < part < Decimal('0.0995') else 0}f}%"


def amount(cost: Decimal) -> str:
    """Write an amount to the cent; a million without cents, and no fraction of a cent as zero."""
    if 0 < cost < Decimal("0.005"):
        return "<0.01"
    return f"{cost:,.{2 if cost < 10**6 else 0}f}"


def costs_text(costs: Costs, between: str = " and ") -> str:
    """Write amounts with their currencies, the largest first; empty when there is none."""
    shown = sorted(costs.items(), key=lambda pair: (-pair[1], pair[0]))
    return between.join(f"{amount(cost)} {currency}" for currency, cost in shown)


def how_many(number: int, one: str, many: str = "") -> str:
    """Write a number and what it counts."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def who(crowd: Crowd) -> str:
    """Say how many people and API keys there are, as far as anybody can tell."""
    people = f"{crowd.people:,}"
    if not crowd.people_known:
        what = how_many(crowd.nameless, "record names", "records name")
        people = f"at least {people}: {what} nobody" if crowd.people else f"unknown: {what} nobody"
    return f"{people}, and {keys}" if (keys := api_keys(crowd)) else people


def api_keys(crowd: Crowd) -> str:
    """Say how many API keys there are, as far as anybody can tell; empty when there are none."""
    if crowd.api_keys_known:
        return how_many(crowd.api_keys, "API key") if crowd.api_keys else ""
    if crowd.api_keys:
        return f"at least {how_many(crowd.api_keys, 'API key')}"
    return "an unknown number of API keys"


def shortened(text: str, longest: int) -> str:
    """Cut a name that is too long."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def spans(days: Collection[dt.date]) -> str:
    """Write days as ranges, the latest few; of the others, how many days they are."""
    found = ranges(days)
    shown = found[-_MOST_SPANS:]
    written = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in shown)
    earlier = sum(day < shown[0][0] for day in days) if shown else 0
    return f"{written}, and {how_many(earlier, 'day')} before" if earlier else written
