"""The simulated API in a process of its own, every page rendered before anybody measures.

    python -m tests.benchmarks.api DAYS USERS      prints its base URL, then serves until killed

Every user has one row a day and every twentieth a second one, so 1,000 users are 1,050 rows.
"""

from __future__ import annotations

import datetime as dt
import random
import signal
import sys
from decimal import Decimal

from ccsync.simulator import ScriptedOrganization, Simulator
from ccsync.simulator.shapes import Row, model_usage, usage_row, user_actor

ORGANIZATION = "7b1d4a52-0c3e-4f6a-9a41-5d2f7e8c9b10"


def rows(day: dt.date, users: int) -> list[Row]:
    """Make a day: the same day and users are always the same rows."""
    rng = random.Random(f"{day}-{users}")  # noqa: S311 - reproducible on purpose
    return [
        _row(day, number, terminal, rng)
        for number in range(users)
        for terminal in (("vscode", "tmux") if number % 20 == 0 else ("vscode",))
    ]


def _row(day: dt.date, number: int, terminal: str, rng: random.Random) -> Row:
    models = [
        model_usage(
            name,
            tokens=(
                rng.randint(1_000, 200_000),
                rng.randint(500, 60_000),
                rng.randint(10_000, 5_000_000),
                rng.randint(1_000, 400_000),
            ),
            cents=rng.randint(10, 4_000) + rng.choice((Decimal(0), Decimal("0.25"))),
        )
        for name in ("claude-opus-5", "claude-sonnet-5")
    ]
    return usage_row(
        day,
        user_actor(f"person-{number:06}@northwind.example"),
        ORGANIZATION,
        sessions=rng.randint(1, 12),
        lines=(rng.randint(0, 900), rng.randint(0, 300)),
        commits=rng.randint(0, 9),
        pull_requests=rng.randint(0, 3),
        tools={
            "edit_tool": (rng.randint(0, 90), rng.randint(0, 9)),
            "multi_edit_tool": (rng.randint(0, 9), 0),
            "notebook_edit_tool": (0, 0),
            "write_tool": (rng.randint(0, 20), rng.randint(0, 3)),
        },
        models=models,
        terminal_type=terminal,
    )


def main() -> None:
    """Serve."""
    days, users = int(sys.argv[1]), int(sys.argv[2])
    today = dt.datetime.now(dt.UTC).date()
    first, last = today - dt.timedelta(days=days), today - dt.timedelta(days=1)
    every = [first + dt.timedelta(days=number) for number in range(days)]
    organization = ScriptedOrganization(
        {day: rows(day, users) for day in every}, organization_id=ORGANIZATION
    )
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    with Simulator(organization) as api:
        api.warm(first, last)
        print(api.base_url, flush=True)  # noqa: T201 - this is how it is found
        signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    main()
