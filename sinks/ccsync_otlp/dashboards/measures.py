"""What panels are made of: measures of the sink's metrics by name, and notes for readers."""

from __future__ import annotations

from ccsync_otlp.catalogue import (
    COMMITS,
    COST,
    DECISIONS,
    LINES,
    PULL_REQUESTS,
    SESSIONS,
    TOKENS,
)
from ccsync_otlp.dashboards.questions import (
    Column,
    Measure,
    People,
    Question,
    Ratio,
    Total,
)

ALL_SESSIONS = Measure(SESSIONS)
ADDED = Measure(LINES, (("type", ("added",)),))
ALL_COMMITS = Measure(COMMITS)
ALL_PULL_REQUESTS = Measure(PULL_REQUESTS)
ALL_DECISIONS = Measure(DECISIONS)
ACCEPTED = Measure(DECISIONS, (("decision", ("accept",)),))
REJECTED = Measure(DECISIONS, (("decision", ("reject",)),))
ALL_TOKENS = Measure(TOKENS)
WENT_IN = Measure(TOKENS, (("type", ("input", "cacheRead", "cacheCreation")),))
FROM_CACHE = Measure(TOKENS, (("type", ("cacheRead",)),))
ALL_COST = Measure(COST)

ESTIMATED = "An estimate for analytics, not a bill; one currency at a time."
ACTIVE = "Active is who has any value above zero; API keys are not people."
OPEN = "Today, and some days before it, still grow."

COST_COLUMN = Column("Estimated cost", Total(ALL_COST))


def tokens(kind: str) -> Total:
    """Sum the tokens of one type."""
    return Total(Measure(TOKENS, (("type", (kind,)),)))


def number(key: str, title: str, value: Total | Ratio | People, asks: str, note: str) -> Question:
    """Ask for one number over the whole range."""
    return Question(
        key=key,
        title=title,
        asks=asks,
        note=note,
        columns=(Column(title, value),),
        per="range",
        chart="number",
    )
