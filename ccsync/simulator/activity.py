"""Who did what on a day of a simulated organization, and how much of it by a given moment."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ccsync.simulator.attendance import effort
from ccsync.simulator.coding import work
from ccsync.simulator.lateness import ON_TIME, Lateness, lateness
from ccsync.simulator.shapes import Row, model_usage, usage_row
from ccsync.simulator.spending import Spent, spending
from ccsync.simulator.teams import API, Billing
from ccsync.simulator.worker import Worker

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of somebody's day shows up: the identity of a row."""

    actor: Row
    billing: Billing
    terminal: str
    remote: bool
    part: float
    """Of the day's work."""


def day_rows(
    workers: Sequence[Worker],
    day: dt.date,
    until: dt.datetime,
    *,
    seed: int | str,
    organization_id: str,
    late: float = 0.0,
) -> Iterator[Row]:
    """Give the day's rows with the activity that is known at `until`.

    Rows and numbers only grow with `until`. Everybody's whole day is drawn each time, so that what
    a moment shows depends neither on other people nor on which moments were asked for before.

    Args:
        workers: Who may be at work.
        day: The UTC day.
        until: What happens or arrives from this moment on is not known yet.
        seed: Decides everything, together with worker and day.
        organization_id: The organization's UUID.
        late: Share of the rows that are complete only after the day's end, 0 to 1.
    """
    since = until - dt.datetime.combine(day, dt.time(), dt.UTC)
    for worker in workers:
        if not worker.career.present(day.toordinal()):
            continue
        rng = random.Random(f"{seed}/{worker.label}/{day}")  # noqa: S311 - reproducible, not secret
        amount = effort(rng, worker, day)
        if not amount:
            continue
        # Apart from the day's own draws: the day is the same in the end, late or not.
        delays = random.Random(f"{seed}/{worker.label}/{day}/late") if late else None  # noqa: S311
        for place in _places(rng, worker):
            delay = lateness(delays, late) if delays else ON_TIME
            row = _row(rng, worker, day, organization_id, place, amount, since, delay)
            if row is not None:
                yield row


def _places(rng: random.Random, worker: Worker) -> Iterator[_Place]:
    """Draw where somebody works on a day."""
    usual = worker.terminals[0]
    yield _Place(worker.actor, worker.billing, usual, remote=False, part=1.0)
    for chance, part, terminal in zip((0.22, 0.08), (0.4, 0.2), worker.terminals[1:], strict=False):
        if rng.random() < chance:
            yield _Place(worker.actor, worker.billing, terminal, remote=False, part=part)
    if rng.random() < worker.remote:
        yield _Place(worker.actor, worker.billing, usual, remote=True, part=0.5)
    if worker.billing != API and rng.random() < worker.pays_twice:
        yield _Place(worker.actor, API, usual, remote=False, part=0.3)
    if worker.key is not None and rng.random() < 0.4:
        yield _Place(worker.key, API, usual, remote=False, part=0.4)


def _row(
    rng: random.Random,
    worker: Worker,
    day: dt.date,
    organization_id: str,
    place: _Place,
    amount: float,
    since: dt.timedelta,
    delay: Lateness,
) -> Row | None:
    """Draw a row, and show what is known of it so long `since` the day began."""
    here = amount * place.part
    notebooks = worker.team is not None and worker.team.notebooks
    result = work(rng, here, worker.accepts(day.toordinal()), notebooks=notebooks)
    models = list(spending(rng, worker, day, here))
    part = min(_done(rng, worker, since / _DAY), delay.known(since - _DAY))
    if part <= 0:
        return None

    def so_far(count: int) -> int:
        return count if part >= 1 else int(count * part)

    return usage_row(
        day,
        place.actor,
        organization_id,
        sessions=max(1, so_far(result.sessions)),
        lines=(so_far(result.lines[0]), so_far(result.lines[1])),
        commits=so_far(result.commits),
        pull_requests=so_far(result.pull_requests),
        tools={tool: (so_far(yes), so_far(no)) for tool, (yes, no) in result.tools.items()},
        models=[_model(spent, part) for spent in models],
        customer_type=place.billing[0],
        subscription_type=place.billing[1],
        terminal_type=place.terminal,
        is_remote=place.remote,
    )


def _done(rng: random.Random, worker: Worker, elapsed: float) -> float:
    """Say which part of the day's work is done; all work ends with the UTC day."""
    begins = min(0.9, max(0.0, worker.begins + rng.uniform(-0.03, 0.03)))
    lasts = min(worker.lasts * rng.uniform(0.8, 1.1), 1 - begins)
    return 1.0 if elapsed >= 1 else min(1.0, (elapsed - begins) / lasts)


def _model(spent: Spent, part: float) -> Row:
    whole = part >= 1
    given, made, read, created = (
        spent.tokens if whole else [int(count * part) for count in spent.tokens]
    )
    hundredths = spent.hundredths if whole else int(spent.hundredths * part)
    cents = hundredths // 100 if spent.whole_cents else Decimal(hundredths).scaleb(-2)
    return model_usage(spent.model, tokens=(given, made, read, created), cents=cents)
