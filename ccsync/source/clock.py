"""The clock of this machine against the API's: the `Date` header of its answers.

Days are chosen by our clock, and whether a day is settled is told by it. A clock that runs behind
leaves out the newest days; one that runs ahead asks for days that are not there yet, and calls days
settled that still change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from ccsync.errors import SourceRefused

WORTH_A_WORD = dt.timedelta(minutes=5)
"""From here on the difference is told; below lie slow networks and ordinary drift."""

WRONG = dt.timedelta(hours=1)
"""From here on it is no drift: a clock was set wrong, or to local time instead of UTC."""

_RIGHT = dt.timedelta()
_TICK = dt.timedelta(seconds=1)
"""A `Date` header tells whole seconds."""

_LATEST = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
"""Nobody means a later moment, and beyond the year 9999 there is no arithmetic."""

_SET_IT = (
    "Set the clock of this machine, or of the machine that the container runs on: turn on time "
    "synchronization (NTP), e.g. `timedatectl set-ntp true`"
)


class WrongClockError(SourceRefused):
    """By the clock of this machine the run looks at the wrong days."""


class ClockWatch:
    """What the answers so far tell about our clock."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.ahead: dt.timedelta | None = None
        """How much our clock is ahead of the API's at least; negative: behind. None: unknown."""
        self._ours = self._theirs = dt.datetime.min.replace(tzinfo=dt.UTC)

    def heard(self, headers: Mapping[str, str], asked: dt.datetime, came: dt.datetime) -> None:
        """Compare with one answer.

        Args:
            headers: by lower-case name. Without `request-id` it is not the API that answered.
            asked: our clock just before the request.
            came: our clock when the answer began.
        """
        theirs = http_date(headers.get("date", ""))
        if theirs is None or theirs > _LATEST or not headers.get("request-id"):
            return
        age = headers.get("age", "").strip()
        if age.isascii() and age.isdigit() and len(age) < 9:
            theirs += dt.timedelta(seconds=int(age))
        # The answer was made at some moment between the two.
        if came < theirs:
            self.ahead = came - theirs
        else:
            self.ahead = max(_RIGHT, asked - theirs - _TICK)
        self._ours, self._theirs = came, came - self.ahead

    def corrected(self, ours: dt.datetime) -> dt.datetime:
        """Give the moment by the API's clock, as far as it is known, for one by ours."""
        return ours if self.ahead is None else ours - self.ahead

    @property
    def is_worth_a_word(self) -> bool:
        """True when the difference is more than drift and slow networks."""
        return self.ahead is not None and abs(self.ahead) >= WORTH_A_WORD

    @property
    def difference(self) -> str:
        """Say what both clocks say."""
        ahead = self.ahead or _RIGHT
        if abs(ahead) < WORTH_A_WORD:
            return "the clock of this machine agrees with the API's"
        side = "ahead of" if ahead > _RIGHT else "behind"
        return (
            f"the clock of this machine is {_span(abs(ahead))} {side} the API's: it says "
            f"{self._ours:%Y-%m-%d %H:%M}, the API says {self._theirs:%Y-%m-%d %H:%M} (UTC)"
        )

    @property
    def fix(self) -> str:
        """Say what to do about a clock that is wrong."""
        return _SET_IT

    def refusal(self) -> WrongClockError | None:
        """Give the reason not to go on: by our clock it is another day than it is."""
        if self.ahead is None or abs(self.ahead) < WRONG:
            return None
        if self._ours.date() == self._theirs.date():
            return None
        harm = (
            "asks for days that are not there yet and calls days settled that still change"
            if self.ahead > _RIGHT
            else "leaves out the newest days"
        )
        return WrongClockError(f"{self.difference}. Such a run {harm}, so it ends here. {_SET_IT}")


def http_date(text: str) -> dt.datetime | None:
    """Read the date of a header, in UTC; None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _span(time: dt.timedelta) -> str:
    minutes = time / dt.timedelta(minutes=1)
    for unit, length, least in (("years", 525_960, 1.5), ("days", 1440, 1.5), ("hours", 60, 1.5)):
        if minutes >= length * least:
            return f"{minutes / length:.1f} {unit}".replace(".0 ", " ")
    return f"{minutes:.0f} minutes"
