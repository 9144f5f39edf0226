"""Whether somebody works on a day, and how much."""

from __future__ import annotations

import datetime as dt
import random

from ccsync.simulator.workdays import is_weekend, presence
from ccsync.simulator.worker import Worker

_TREND_BEGINS = dt.date(2025, 1, 1).toordinal()
_TREND_DAYS = 1400
_FRIDAY = 4


def effort(rng: random.Random, worker: Worker, day: dt.date) -> float:
    """Draw how much somebody works on a day in their career: 0 for not at all, 1 is ordinary."""
    ordinal = day.toordinal()
    chance, amount = worker.weekday, worker.pace * _trend(ordinal)
    if is_weekend(day):
        chance, amount = worker.weekend, amount * 0.6
    elif day.weekday() == _FRIDAY:
        amount *= 0.85
    if worker.team is not None:
        experience = worker.career.experience(ordinal)
        chance *= presence(worker.team.region, day) * min(1.0, 0.4 + experience / 75)
        amount *= min(1.0, 0.45 + experience / 160)
        if worker.team.releases(day):
            chance = min(0.98, chance * (2.0 if is_weekend(day) else 1.1))
            amount *= 1.5
    if rng.random() >= chance:
        return 0.0
    return amount * rng.lognormvariate(-0.1, 0.45)


def _trend(ordinal: int) -> float:
    """Say how much is done with the product in general: more from year to year."""
    passed = (ordinal - _TREND_BEGINS) / _TREND_DAYS
    return 0.75 + 0.5 * min(1.0, max(0.0, passed))
