"""A worker: a person or an API key of a pipeline, with the habits that shape each day."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ccsync.simulator.careers import Career
from ccsync.simulator.models import Line
from ccsync.simulator.shapes import Row
from ccsync.simulator.teams import Billing, Team

_LEARNING_DAYS = 240
"""In about so many days two thirds of what can be learned is learned."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A person or a pipeline, and how they work."""

    label: str
    """Tells workers of one organization apart; part of the seed of each of their days."""

    actor: Row
    key: Row | None
    """The API key that a sign-in made for this person, if they use it too."""

    team: Team | None
    """None for a pipeline."""

    career: Career
    billing: Billing
    pays_twice: float
    """Chance that a subscriber's day of work shows up under `api` too."""

    terminals: tuple[str, ...]
    """The usual one first."""

    models: tuple[Line, ...]
    """The favourite first."""

    lag: float
    """Days after a launch until they move over."""

    pace: float
    """Work on an ordinary day; 1 is ordinary."""

    weekday: float
    """Chance of working on an ordinary weekday."""

    weekend: float
    """Chance of working on a Saturday or Sunday."""

    remote: float
    """Chance of remote sessions on a day of work."""

    begins: float
    """When the day's work begins, as a fraction of the UTC day."""

    lasts: float
    """How long it lasts, as a fraction of the UTC day."""

    cache_share: float
    """How much of what the models read comes from the cache, 0 to 1."""

    acceptance: tuple[float, float]
    """Share of proposals accepted in the beginning, and with all the experience there is."""

    @property
    def is_person(self) -> bool:
        """Whether this is a person."""
        return self.team is not None

    def accepts(self, ordinal: int) -> float:
        """Say which share of proposals they accept by a day, 0 to 1."""
        first, best = self.acceptance
        learned = 1 - math.exp(-self.career.experience(ordinal) / _LEARNING_DAYS)
        return first + (best - first) * learned
