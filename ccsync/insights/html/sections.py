"""The order of the page, from what most people want to what few do."""

from __future__ import annotations

from ccsync.insights.html.cost import costs, models
from ccsync.insights.html.parts import Section
from ccsync.insights.html.people import active, adoption
from ccsync.insights.html.work import access, done, tools
from ccsync.insights.summary import Summary

LIMIT = 25
"""People who are named, unless somebody wants more or fewer."""


def sections(summary: Summary, *, top: int = LIMIT) -> list[Section]:
    """Give all there is to show; nothing without usage."""
    if summary.total is None:
        return []
    return [
        *active(summary),
        *costs(summary, top=top),
        *done(summary),
        *tools(summary),
        *models(summary),
        *adoption(summary, top=top),
        *access(summary),
    ]
