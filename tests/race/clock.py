"""The story's clock: noon of its last day, and on from there, for ccsync and its API alike."""

from __future__ import annotations

import datetime as dt

_STARTED = dt.datetime.now(dt.UTC)


def shift(last: dt.date) -> dt.timedelta:
    """Say how far the story's clock is from the real one while the job of this day runs."""
    return dt.datetime.combine(last, dt.time(12), dt.UTC) - _STARTED
