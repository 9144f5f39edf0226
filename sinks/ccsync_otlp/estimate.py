"""How many series the destination will hold: estimated from one real day. Pure.

Series are what backends bill and limit. Each point of a day is a series of its own; over a month
there are more, because people come and go, and change terminals and models.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from ccsync.sink import Finding
from ccsync.snapshot import Snapshot
from ccsync_otlp.attributes import Rules, Shaping
from ccsync_otlp.catalogue import Dimension
from ccsync_otlp.series import values_of

MONTH_FACTOR = 3
"""Series of a month for each one of a working day: measured with 22 points for each active person
and day, 60 % of the people active on a day, and 40 different series of a person in a month."""

MONTH_DAYS = 30
"""The same where the day is an attribute: no series of one day is one of another day."""


def estimate(
    snapshot: Snapshot,
    *,
    rules: Rules,
    dimensions: frozenset[str],
    observed: bool,
    limit: int,
) -> Iterator[Finding]:
    """Say how many points the day is, and how many series a month is likely to be.

    Args:
        snapshot: a past day, as the sink would get it.
        rules: the preset's spelling.
        dimensions: the chosen ones.
        observed: whether the day is an attribute.
        limit: more series than this in a month are worth a warning.
    """
    count = _series(snapshot, rules, dimensions)
    if not count:
        yield Finding("ok", f"{snapshot.day} has no point to send, so nothing can be estimated")
        return
    factor = MONTH_DAYS if observed else MONTH_FACTOR
    why = "each day has its own" if observed else "people come and go, and change models"
    month = count * factor
    what = (
        f"{snapshot.day} is {_counted(count, 'point')}, each a series of its own; a month is "
        f"likely to hold about {month:,} series ({factor} times a day's: {why})"
    )
    if month <= limit:
        yield Finding("ok", what)
        return
    yield Finding(
        "warning",
        f"{what}, more than series_warning: {limit:,}",
        _remedy(snapshot, rules, dimensions, count),
    )


def _remedy(snapshot: Snapshot, rules: Rules, dimensions: frozenset[str], count: int) -> str:
    asks = "see that the destination's limit and price allow them, and raise series_warning"
    # People are what makes series many. Without them, whatever else saves most.
    candidates = ["user"] if "user" in dimensions else sorted(dimensions)
    counts = {one: _series(snapshot, rules, dimensions - {one}) for one in candidates}
    best = min(candidates, key=lambda one: counts[one], default=None)
    if best is None or counts[best] >= count:
        return asks
    kept = ", ".join(one for one in get_args(Dimension) if one in dimensions - {best})
    rest = _counted(counts[best], "point")
    return f"leave {best} out: `dimensions: [{kept}]`; that day would be {rest}. Or {asks}"


def _series(snapshot: Snapshot, rules: Rules, dimensions: frozenset[str]) -> int:
    values = values_of(snapshot.records(), Shaping(rules, dimensions))
    return sum(len(cells) for cells in values.values())


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
