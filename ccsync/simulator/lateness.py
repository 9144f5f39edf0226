"""Late events: some of a day's activity arrives after the day has ended, until the day is settled.

A client without a connection sends later; a queue stands still for a night. Nobody documents how
the real API deals with it (restatements are unpublished), so that this is an assumption to test
against, not a description.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

LATEST = dt.timedelta(hours=42)
"""So long after a day's end its last event is there. Served an hour later, it shows before the
third day after begins (UTC): from then on the day is final."""

_WHOLE_ROW = 0.15
"""How many of the late rows arrive late as a whole."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """What of a row arrives after its day's end, and when."""

    arrivals: tuple[tuple[float, float], ...] = ()
    """Hours after the day's end, and the part of the row that arrives then, 0 to 1."""

    def known(self, after: dt.timedelta) -> float:
        """Say which part of the row is known so long after the day's end; negative before it."""
        hours = after / dt.timedelta(hours=1)
        missing = [part for at, part in self.arrivals if at > hours]
        return max(0.0, 1.0 - sum(missing)) if missing else 1.0


ON_TIME = Lateness()


def lateness(rng: random.Random, share: float) -> Lateness:
    """Draw what of a row is late.

    Args:
        rng: To draw from.
        share: How many rows are late at all, 0 to 1.
    """
    if rng.random() >= share:
        return ON_TIME
    part = 1.0 if rng.random() < _WHOLE_ROW else rng.uniform(0.05, 0.5)
    batches = rng.choice((1, 1, 1, 2, 3))
    longest = LATEST / dt.timedelta(hours=1)
    return Lateness(
        tuple((longest * (1 - rng.random()) ** 1.5, part / batches) for _ in range(batches))
    )
