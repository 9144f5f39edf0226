"""A delivery that finds a newer revision of its day, in any warehouse."""

from __future__ import annotations

import datetime as dt

from ccsync.errors import RecordsRefused
from ccsync.sink import CLOCKS_APART, Outcome, not_yet
from ccsync.snapshot import Snapshot


def overtaken(
    snapshot: Snapshot, fetched_at: dt.datetime, now: dt.datetime, *, place: object, advice: str
) -> Outcome:
    """Leave the newer revision alone; one that lies in the future is of a clock gone wrong.

    Args:
        snapshot: that was to be delivered.
        fetched_at: of the revision that is there.
        now: by our clock.
        place: where it is, for people.
        advice: how the commit of that revision is deleted, if it is wrong.

    Raises:
        RecordsRefused: the views would show that one whatever is written, for as long as that
            clock was ahead.
    """
    if fetched_at <= now + CLOCKS_APART:
        return not_yet(f"it holds a newer revision of the day, fetched at {fetched_at}")
    raise RecordsRefused(
        f"{place}: the revision of {snapshot.day} that it shows was fetched at "
        f"{fetched_at:%Y-%m-%d %H:%M:%SZ}, which has not come yet: this clock is behind, or that "
        "of the run that wrote it was ahead. Nothing older takes its place. `ccsync check` "
        "compares this clock with the API's; if it is right, delete that commit" + advice
    )
