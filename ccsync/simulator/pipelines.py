"""Pipelines: API keys at work without a person, such as reviews in continuous integration."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace

from ccsync.simulator.careers import FOREVER
from ccsync.simulator.names import PIPELINES
from ccsync.simulator.shapes import api_actor
from ccsync.simulator.teams import API, TEAMS
from ccsync.simulator.worker import Worker

PEOPLE_PER_PIPELINE = 25

_STARTS = (dt.date(2024, 6, 1).toordinal(), dt.date(2027, 6, 1).toordinal())
_EDITING = ("dependency-updates", "migration")
"""Those that change code, and not only read it."""


def pipelines(seed: int | str, users: int) -> Iterator[Worker]:
    """Make a pipeline for every 25 people, or part of them. The first one is always there."""
    for index in range(-(-users // PEOPLE_PER_PIPELINE)):
        yield _pipeline(random.Random(f"{seed}/pipeline/{index}"), index)  # noqa: S311


def _pipeline(rng: random.Random, index: int) -> Worker:
    round_, which = divmod(index, len(PIPELINES))
    kind = PIPELINES[which]
    again, team = divmod(round_ - 1, len(TEAMS))
    name = kind if not round_ else f"{kind}-{TEAMS[team].name}"
    nightly = kind == PIPELINES[0]
    since = FOREVER if index == 0 else replace(FOREVER, joined=rng.randint(*_STARTS))
    return Worker(
        label=f"pipeline {index}",
        actor=api_actor(name if again < 1 else f"{name}-{again + 1}"),
        key=None,
        team=None,
        career=since,
        billing=API,
        pays_twice=0.0,
        terminals=("",),
        models=rng.choice((("sonnet",), ("sonnet", "haiku"), ("haiku",))),
        lag=rng.uniform(20, 60),
        pace=rng.lognormvariate(0.4, 0.4),
        weekday=1.0 if nightly else 0.98,
        weekend=1.0 if nightly else 0.45,
        remote=0.0,
        begins=1.5 / 24 if nightly else 0.0,
        lasts=1.5 / 24 if nightly else 1.0,
        cache_share=rng.uniform(0.86, 0.93),
        acceptance=(0.97, 0.97) if kind in _EDITING else (0.0, 0.0),
    )
