"""What a day's work takes: tokens per model, mostly read from the cache, and their price."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from ccsync.simulator.models import Model, in_use
from ccsync.simulator.worker import Worker

_CHANCES = (1.0, 0.85, 0.5)
"""Of using the favourite model on a day, the second, the third."""

_READ_PER_WRITTEN = (55, 125)
"""Tokens that a model reads for each one that it writes; nearly all of them again and again."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one model took."""

    model: str
    tokens: tuple[int, int, int, int]
    """Input, output, cache read and cache creation."""

    hundredths: int
    """Cost in hundredths of a cent."""

    whole_cents: bool
    """Whether fractions of a cent are dropped."""


def spending(rng: random.Random, worker: Worker, day: dt.date, effort: float) -> Iterator[Spent]:
    """Draw what so much work takes, the most used model first."""
    for rank, line in enumerate(worker.models):
        if rng.random() >= _CHANCES[rank]:
            continue
        model, former = in_use(line, day, worker.lag)
        amount = effort / (1 + 2 * rank)
        yield _spent(rng, worker, model, amount)
        if former is not None and rng.random() < 0.35:
            yield _spent(rng, worker, former, amount * 0.3)


def _spent(rng: random.Random, worker: Worker, model: Model, amount: float) -> Spent:
    written = int(amount * rng.uniform(40_000, 130_000)) + 50
    read = int(written * rng.uniform(*_READ_PER_WRITTEN))
    cached = int(read * min(0.975, max(0.84, rng.gauss(worker.cache_share, 0.012))))
    created = int((read - cached) * rng.uniform(0.82, 0.97))
    tokens = (read - cached - created, written, cached, created)
    return Spent(model.name, tokens, model.cost(tokens), rng.random() < 0.6)
