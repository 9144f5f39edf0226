"""The pieces of work, in full and in small."""

from __future__ import annotations

import datetime as dt

from tests.benchmarks.results import Case

FULL = (
    Case(kind="history", title="90 days x 1,000 users", days=90, users=1_000),
    Case(
        kind="latency",
        title="30 days, 100 ms per request",
        days=30,
        users=1_000,
        latency_ms=100,
    ),
    # 123,809 people and 6,191 second terminals.
    Case(kind="large day", title="one day of 130,000 records", days=1, users=123_809),
    # A page a day. The last day is today, and whoever looks back looks back three days.
    Case(
        kind="nothing new",
        title="run again, nothing new (4 days x 1,000 users)",
        days=4,
        users=1_000,
        second_terminal_of=0,
    ),
)

QUICK = (
    Case(kind="history", title="6 days x 1,000 users", days=6, users=1_000),
    Case(kind="latency", title="3 days, 100 ms per request", days=3, users=1_000, latency_ms=100),
    Case(kind="large day", title="one day of 12,600 records", days=1, users=12_000),
    FULL[3],
)
"""For trying: everything runs, and no figure means much."""


def last_day(case: Case, today: dt.date) -> dt.date:
    """Give the last day of a case: the running day only where a schedule would ask for it."""
    return today if case.kind == "nothing new" else today - dt.timedelta(days=1)
