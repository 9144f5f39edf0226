"""The simulated API in a process of its own, every page rendered before anybody measures.

    python -m tests.benchmarks.api --first DAY --last DAY --users 1000 [--second-terminal-of 20]
        [--latency-ms 100]         prints its base URL, then serves until terminated

Every user has one row a day, and every twentieth has a second one, from another terminal: with
1,000 users and the usual twentieth, a day is 1,050 rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import signal
from decimal import Decimal

from ccsync.simulator import ScriptedOrganization, Simulator
from ccsync.simulator.shapes import Row, model_usage, usage_row, user_actor

ORGANIZATION = "7b1d4a52-0c3e-4f6a-9a41-5d2f7e8c9b10"


def rows(day: dt.date, users: int, second_terminal_of: int = 20) -> list[Row]:
    """Make a day: the same day and users are always the same rows.

    Args:
        day: The UTC day.
        users: How many people.
        second_terminal_of: Every user whose number it divides has a second row; 0: nobody has.
    """
    rng = random.Random(f"{day}-{users}")  # noqa: S311 - reproducible on purpose
    made: list[Row] = []
    for number in range(users):
        made.append(_row(day, number, "vscode", rng))
        if second_terminal_of and number % second_terminal_of == 0:
            made.append(_row(day, number, "tmux", rng))
    return made


def span(first: dt.date, last: dt.date) -> list[dt.date]:
    """Give the days from the first to the last, both inclusive."""
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--last", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--second-terminal-of", type=int, default=20)
    parser.add_argument("--latency-ms", type=float, default=0)
    given = parser.parse_args()
    organization = ScriptedOrganization(
        {
            day: rows(day, given.users, given.second_terminal_of)
            for day in span(given.first, given.last)
        },
        organization_id=ORGANIZATION,
    )
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    with Simulator(organization, latency=given.latency_ms / 1000) as api:
        api.warm(given.first, given.last)
        print(api.base_url, flush=True)  # noqa: T201 - this is how it is found
        signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    main()
