"""Who did what on a day of a simulated organization, and how much of it by a given moment."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ccsync.simulator.people import Worker
from ccsync.simulator.shapes import Row, model_usage, usage_row

_CENTS_PER_MILLION = {
    "claude-opus-5": (500, 2500, 50, 625),
    "claude-sonnet-5": (300, 1500, 30, 375),
    "claude-sonnet-4-5-20250929": (300, 1500, 30, 375),
    "claude-haiku-4-5-20251001": (100, 500, 10, 125),
}
"""Cents per million tokens: input, output, cache read, cache creation."""

_DAY = dt.timedelta(days=1)
_SATURDAY = 5


def day_rows(
    workers: Sequence[Worker],
    day: dt.date,
    until: dt.datetime,
    *,
    seed: int | str,
    organization_id: str,
) -> Iterator[Row]:
    """Give the day's rows with the activity before `until`.

    Rows and numbers only grow with `until`. The whole day is drawn each time, so that what a
    moment shows does not depend on which moments were asked for before.
    """
    rng = random.Random(f"{seed}/{day}")  # noqa: S311 - reproducible, not secret
    elapsed = (until - dt.datetime.combine(day, dt.time(), dt.UTC)) / _DAY
    quiet = day.weekday() >= _SATURDAY
    for worker in workers:
        if rng.random() >= (worker.weekend if quiet else worker.weekday):
            continue
        for customer, terminal, remote, weight in _settings_of_the_day(rng, worker):
            row = _row(
                rng, worker, day, organization_id, customer, terminal, remote, weight, elapsed
            )
            if row is not None:
                yield row


def _settings_of_the_day(
    rng: random.Random, worker: Worker
) -> Iterator[tuple[tuple[str, str | None], str, bool, float]]:
    """Where the worker worked: customer and subscription, terminal, remote, part of the work."""
    usual = (worker.customer_type, worker.subscription_type)
    yield usual, worker.terminal, False, 1.0
    if worker.second_terminal is not None and rng.random() < 0.12:
        yield usual, worker.second_terminal, False, 0.4
    if rng.random() < worker.remote:
        yield usual, worker.terminal, True, 0.5
    if worker.customer_type == "subscription" and rng.random() < worker.pays_twice:
        yield ("api", None), worker.terminal, False, 0.3


def _row(
    rng: random.Random,
    worker: Worker,
    day: dt.date,
    organization_id: str,
    customer: tuple[str, str | None],
    terminal: str,
    remote: bool,
    weight: float,
    elapsed: float,
) -> Row | None:
    effort = worker.pace * weight * rng.lognormvariate(0, 0.5)
    begins, lasts = worker.begins, worker.lasts
    if worker.is_person:
        begins += rng.uniform(-0.04, 0.04)
        lasts = min(lasts * rng.uniform(0.7, 1.0), 1 - begins)
    done = 1.0 if elapsed >= 1 else min(1.0, (elapsed - begins) / lasts)

    sessions = 1 + int(effort * rng.uniform(0, 5))
    lines = int(effort * rng.uniform(10, 180)) if worker.is_person else 0
    removed = int(lines * rng.uniform(0.05, 0.7))
    commits = int(effort * rng.uniform(0, 4)) if worker.is_person else 0
    pull_requests = int(commits * rng.uniform(0, 0.6))
    edits = lines // 7
    tools = {
        "edit_tool": (edits, int(edits * rng.uniform(0, 0.15))),
        "multi_edit_tool": (edits // 6, edits // 60),
        "write_tool": (edits // 5, int(edits * rng.uniform(0, 0.04))),
        "notebook_edit_tool": (edits // 40, 0),
    }
    models = [_tokens(rng, model, effort / (1 + 2 * rank)) for rank, model in _chosen(rng, worker)]
    if done <= 0:
        return None

    def so_far(amount: int) -> int:
        return amount if done >= 1 else int(amount * done)

    return usage_row(
        day,
        worker.actor,
        organization_id,
        sessions=max(1, so_far(sessions)),
        lines=(so_far(lines), so_far(removed)),
        commits=so_far(commits),
        pull_requests=so_far(pull_requests),
        tools={tool: (so_far(yes), so_far(no)) for tool, (yes, no) in tools.items()},
        models=[
            model_usage(
                model,
                tokens=(so_far(spent[0]), so_far(spent[1]), so_far(spent[2]), so_far(spent[3])),
                cents=_cents(so_far(hundredths), fractional),
            )
            for model, spent, hundredths, fractional in models
        ],
        customer_type=customer[0],
        subscription_type=customer[1],
        terminal_type=terminal,
        is_remote=remote,
    )


def _chosen(rng: random.Random, worker: Worker) -> Iterator[tuple[int, str]]:
    """Give the models of the day by rank: the favourite, mostly the second, the third at times."""
    for rank, model in enumerate(worker.models):
        if rank == 0 or rng.random() < (0.85 if rank == 1 else 0.5):
            yield rank, model


def _tokens(
    rng: random.Random, model: str, effort: float
) -> tuple[str, tuple[int, int, int, int], int, bool]:
    """Draw tokens, their cost in hundredths of a cent, and whether it keeps its fraction."""
    made = int(effort * rng.uniform(4_000, 40_000))
    given = int(made * rng.uniform(0.5, 4))
    read = int(made * rng.uniform(20, 90))
    created = int(made * rng.uniform(2, 8))
    price = _CENTS_PER_MILLION[model]
    spent = (given, made, read, created)
    hundredths = (
        given * price[0] + made * price[1] + read * price[2] + created * price[3]
    ) // 10_000
    return model, spent, hundredths, rng.random() < 0.3


def _cents(hundredths: int, fractional: bool) -> int | Decimal:
    return Decimal(hundredths).scaleb(-2) if fractional else hundredths // 100
