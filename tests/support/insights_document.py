"""Reads the document of `ccsync insights --json` back, to compare it with what it was made of."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ccsync.insights import Summary


def summary_in(text: str) -> Summary:
    """Give the summary that a document tells of; everybody in it has a name."""
    found: dict[str, Any] = json.loads(text)
    if total := found["total"]:
        total["first_day"] = found["first_day"]
    for day in found["days"]:
        day |= {"first_day": day.pop("day"), "days": 1}
    for week in found["weeks"]:
        week["first_day"] = week.pop("week")
    return msgspec.convert(found, type=Summary)
