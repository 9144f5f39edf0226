"""The top of the page: the few numbers that most people want, and whether they are whole."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ccsync.insights.html.parts import Note, Tile
from ccsync.insights.summary import Period, Summary
from ccsync.insights.wording import amount, how_many, number, percent, spans, tokens


def tiles(summary: Summary) -> list[Tile]:
    """Give the totals of all days."""
    total = summary.total
    if total is None:
        return []
    return [
        _people(total),
        *(
            Tile(f"Estimated cost, {one}", amount(total.costs[one]), _each(summary, one))
            for one in summary.currencies
        ),
        Tile("Sessions", f"{total.sessions:,}"),
        Tile("Commits", f"{total.commits:,}"),
        Tile("Pull requests", f"{total.pull_requests:,}"),
        Tile("Lines added", number(total.lines_added), f"{number(total.lines_removed)} removed"),
        Tile(
            "Proposals accepted",
            percent(total.acceptance),
            f"of {number(total.accepted + total.rejected)}",
        ),
        Tile(
            "Tokens", tokens(total.tokens), f"{percent(total.cache_share)} of input from the cache"
        ),
    ]


def _people(total: Period) -> Tile:
    keys = f"and {how_many(total.api_keys, 'API key')}" if total.api_keys else ""
    if total.people_known:
        return Tile("People active", f"{total.people:,}", keys)
    if total.people:
        return Tile("People active", f"{total.people:,} or more", "some have no name")
    return Tile("People active", "not known", "the privacy settings leave no names")


def _each(summary: Summary, currency: str) -> str:
    """Write what a person cost on average; API keys are nobody's."""
    total = summary.total
    if total is None or not total.people or not total.people_known:
        return ""
    cost = sum((one.costs.get(currency, Decimal(0)) for one in summary.people), Decimal(0))
    return f"{amount(cost / total.people)} per active person"


def coverage_notes(summary: Summary) -> list[Note]:
    """Say which days are missing or may still change, and how fresh the data are."""
    coverage = summary.coverage
    notes: list[Note] = []
    if missing := coverage.missing:
        why = "" if coverage.empty_days_seen else ", or nobody used Claude Code then"
        notes.append(Note(f"{spans(missing)}: never delivered{why}.", warns=True))
    elif coverage.sources:
        notes.append(Note("No day is missing."))
    if coverage.open:
        notes.append(
            Note(
                f"{spans(coverage.open)}: not final when fetched; the API may still add to it.",
                warns=True,
            )
        )
    if coverage.fetched_at:
        asked = coverage.fetched_at.astimezone(dt.UTC)
        notes.append(Note(f"The API was last asked at {asked:%Y-%m-%d %H:%M} UTC."))
    return notes
