"""Which models there are, since when, at which price, and who uses which of a line.

Model ids, prices and days follow the vendor's published ones where they are known; a launch day may
be off by a day or two, and a price that changed is given as it was last. Where no price is known
(the newest models), it is made up in the order of the line before it: this prices invented usage
only, and no bill is made of it.

What holds for every model, by the vendor's price list: output costs five times the input, a read
from the cache a tenth of it, and writing into the cache for five minutes a quarter more.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

Line: TypeAlias = Literal["opus", "sonnet", "haiku"]


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    name: str
    launched: dt.date
    prices: tuple[int, int, int, int]
    """Hundredths of a cent per million tokens: input, output, cache read, cache creation (5m).

    10,000 is a dollar.
    """

    def cost(self, tokens: tuple[int, int, int, int]) -> int:
        """Give the cost of so many tokens, in whole hundredths of a cent."""
        given, made, read, created = self.prices
        return (
            tokens[0] * given + tokens[1] * made + tokens[2] * read + tokens[3] * created
        ) // 10**6


_ALWAYS = dt.date.min
_OPUS_4 = (150_000, 750_000, 15_000, 187_500)
_OPUS = (50_000, 250_000, 5_000, 62_500)
_SONNET = (30_000, 150_000, 3_000, 37_500)
_HAIKU = (10_000, 50_000, 1_000, 12_500)

LINES: dict[Line, tuple[Model, ...]] = {
    "opus": (
        Model("claude-3-opus-20240229", _ALWAYS, _OPUS_4),
        Model("claude-opus-4-20250514", dt.date(2025, 5, 22), _OPUS_4),
        Model("claude-opus-4-1-20250805", dt.date(2025, 8, 5), _OPUS_4),
        Model("claude-opus-4-5-20251101", dt.date(2025, 11, 24), _OPUS),
        Model("claude-opus-4-6", dt.date(2026, 2, 5), _OPUS),
        Model("claude-opus-4-7", dt.date(2026, 4, 16), _OPUS),
        Model("claude-opus-4-8", dt.date(2026, 5, 28), _OPUS),
        Model("claude-opus-5", dt.date(2026, 7, 24), _OPUS),
        Model("claude-opus-5-5", dt.date(2026, 9, 23), (40_000, 200_000, 4_000, 50_000)),
    ),
    "sonnet": (
        Model("claude-3-5-sonnet-20241022", _ALWAYS, _SONNET),
        Model("claude-3-7-sonnet-20250219", dt.date(2025, 2, 24), _SONNET),
        Model("claude-sonnet-4-20250514", dt.date(2025, 5, 22), _SONNET),
        Model("claude-sonnet-4-5-20250929", dt.date(2025, 9, 29), _SONNET),
        Model("claude-sonnet-4-6", dt.date(2026, 2, 17), _SONNET),
        Model("claude-sonnet-5", dt.date(2026, 6, 30), (20_000, 100_000, 2_000, 25_000)),
        Model("claude-sonnet-5-5", dt.date(2026, 9, 28), (20_000, 100_000, 2_000, 25_000)),
    ),
    "haiku": (
        Model("claude-3-5-haiku-20241022", _ALWAYS, (8_000, 40_000, 800, 10_000)),
        Model("claude-haiku-4-5-20251001", dt.date(2025, 10, 15), _HAIKU),
        Model("claude-haiku-5-5", dt.date(2026, 10, 7), _HAIKU),
    ),
}
"""Per line, oldest first."""

_BOTH_DAYS = 14


def in_use(line: Line, day: dt.date, lag: float) -> tuple[Model, Model | None]:
    """Say which model of a line somebody uses on a day.

    Args:
        line: The line.
        day: The day.
        lag: Days after a launch until this one moves over, 0 or more.

    Returns:
        The model, and the one before it as long as it is still used at times.
    """
    generations = LINES[line]
    ordinal = day.toordinal()
    for index in range(len(generations) - 1, 0, -1):
        using_for = ordinal - generations[index].launched.toordinal() - lag
        if using_for >= 0:
            return generations[index], generations[index - 1] if using_for < _BOTH_DAYS else None
    return generations[0], None
