"""Who works in a simulated organization: people, one seat after the other."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

from ccsync.simulator.careers import Career, seat
from ccsync.simulator.names import FAMILY, GIVEN
from ccsync.simulator.shapes import api_actor, user_actor
from ccsync.simulator.teams import API, TEAMS
from ccsync.simulator.worker import Worker

_KEY_HOLDERS = 0.12
"""How many people also work with the key that a sign-in made for them."""


def people(seed: int | str, users: int, *, domain: str) -> Iterator[Worker]:
    """Make everybody who ever holds one of so many seats.

    The first people of a larger organization are those of a smaller one with the same seed.
    """
    names: dict[str, int] = {}
    for index in range(users):
        rng = random.Random(f"{seed}/seat/{index}")  # noqa: S311 - reproducible, not secret
        for holder, career in enumerate(seat(rng, index)):
            name = f"{rng.choice(GIVEN)}.{rng.choice(FAMILY)}"
            names[name] = names.get(name, 0) + 1
            suffix = str(names[name]) if names[name] > 1 else ""
            yield _person(rng, f"{index}.{holder}", name + suffix, domain, career)


def _person(rng: random.Random, label: str, name: str, domain: str, career: Career) -> Worker:
    team = rng.choices(TEAMS, weights=[team.size for team in TEAMS])[0]
    terminals = rng.choices(list(team.terminals), weights=list(team.terminals.values()), k=3)
    key = None
    if rng.random() < _KEY_HOLDERS:
        letters = "".join(rng.choices(string.ascii_lowercase, k=4))
        key = api_actor(f"claude_code_key_{name}_{letters}")
    return Worker(
        label=label,
        actor=user_actor(f"{name}@{domain}"),
        key=key,
        team=team,
        career=career,
        billing=team.billing if rng.random() < 0.93 else API,
        pays_twice=rng.choice((0.0, 0.0, 0.03, 0.12)),
        terminals=tuple(dict.fromkeys(terminals)),
        models=rng.choice(team.models),
        lag=min(45.0, rng.expovariate(1 / 9)),
        pace=min(14.0, team.pace * rng.lognormvariate(-0.1, 0.85)),
        weekday=rng.uniform(0.72, 0.98),
        weekend=rng.choice((0.01, 0.03, 0.08, 0.25)),
        remote=team.remote * rng.uniform(0.4, 1.6) if rng.random() < 0.65 else 0.0,
        begins=max(0.0, team.begins + rng.gauss(0, 0.7)) / 24,
        lasts=rng.uniform(5.5, 9.5) / 24,
        cache_share=rng.uniform(0.87, 0.965),
        acceptance=(rng.uniform(0.72, 0.86), rng.uniform(0.87, 0.955)),
    )
