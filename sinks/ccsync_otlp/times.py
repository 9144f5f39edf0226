"""The time of a revision's points: strictly inside the day, and later for each later revision.

A destination that keeps the last point of a series in each day then shows the newest revision,
whatever was lost or sent twice before. Noon is the anchor because its date is the day's own nearly
everywhere on Earth; the start of a day would be the day before in all of the Americas, and belongs
to the day before by the rules of Prometheus.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from ccsync.errors import RecordsRefused

PointTime: TypeAlias = Literal["revision", "fixed", "observed"]
"""revision: in the day, later for each later fetch. fixed: noon. observed: when it is sent."""

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NOON = 12 * HOUR
_EARLY = SECOND
"""After the start of the day; the anchor until noon, for a point must not lie in the future."""

_SHRINK = 1_000
"""A second of age moves a point by a millisecond."""

_FAR = 11 * HOUR
"""From this offset on (458 days of age), a day of age moves a point by a millisecond."""


def nanoseconds(moment: dt.datetime) -> int:
    """Count from the epoch, exactly. The moment must have a time zone."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1) * 1_000


def start_of(day: dt.date) -> int:
    """Give the first nanosecond of a UTC day."""
    return (day.toordinal() - _EPOCH.toordinal()) * DAY


def point_time(
    mode: PointTime,
    day: dt.date,
    *,
    fetched_at: dt.datetime,
    now: dt.datetime,
    tick_ns: int,
    last_ns: int | None = None,
) -> int | None:
    """Choose the time of all points of one revision, in nanoseconds.

    `tick_ns` is the finest difference that the destination tells apart, `last_ns` the last time
    that was used for this day there. None: not yet, for noon has not come.

    Raises:
        RecordsRefused: the last time was so late that nothing later is left in the day.
    """
    start = start_of(day)
    if mode == "fixed":
        noon = start + _NOON
        return noon if nanoseconds(now) >= noon else None
    wanted = nanoseconds(now) if mode == "observed" else _revision(start, nanoseconds(fetched_at))
    chosen = wanted - wanted % tick_ns
    if last_ns is not None:
        chosen = max(chosen, -(-(last_ns + tick_ns) // tick_ns) * tick_ns)
    if mode == "revision" and chosen >= start + DAY:
        raise RecordsRefused(
            f"{day}: no time is left in this day for a newer revision, for the last one took "
            f"{_utc(last_ns or chosen)}. Was a clock far ahead? Delete the day at the destination "
            "and what the state remembers of it, then run again"
        )
    return chosen


def _utc(time_ns: int) -> str:
    return f"{_EPOCH + dt.timedelta(microseconds=time_ns // 1_000):%Y-%m-%dT%H:%M:%SZ}"


def _revision(start: int, fetched: int) -> int:
    """Place a fetch in its day. A fetch before the day, by a clock gone wrong, counts as at it."""
    age = max(0, fetched - start)
    if age < _NOON:
        return start + _EARLY + age // _SHRINK
    near = min(age // _SHRINK, _FAR)
    beyond = max(0, age - _FAR * _SHRINK)
    return start + _NOON + near + beyond * MILLISECOND // DAY
