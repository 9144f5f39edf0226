"""The double's own time: it starts at the real one and moves only when a test moves it."""

from __future__ import annotations

import datetime as dt
import threading


class Clock:
    """A clock that stands still until `advance`; safe for threads."""

    def __init__(self, now: dt.datetime | None = None) -> None:
        """Start at a moment, by default the present.

        Raises:
            ValueError: a moment without a time zone.
        """
        if now is not None and now.tzinfo is None:
            raise ValueError("the clock needs a moment with a time zone")
        self._now = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
        self._lock = threading.Lock()

    def now(self) -> dt.datetime:
        """Give the moment, in UTC."""
        with self._lock:
            return self._now

    def today(self) -> dt.date:
        """Give the UTC day."""
        return self.now().date()

    def milliseconds(self) -> int:
        """Give the moment as BigQuery writes it in resources: milliseconds since 1970."""
        return milliseconds(self.now())

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ValueError: backwards.
        """
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        with self._lock:
            self._now += dt.timedelta(seconds=seconds)

    def set(self, now: dt.datetime) -> None:
        """Go to a later moment.

        Raises:
            ValueError: an earlier one.
        """
        self.advance((now - self.now()).total_seconds())


def milliseconds(moment: dt.datetime) -> int:
    """Give a moment in milliseconds since 1970."""
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
