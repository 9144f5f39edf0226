"""A sink that is given up for the rest of a run, and what that says of its days."""

from __future__ import annotations

import datetime as dt

import msgspec

from ccsync.errors import Exit
from ccsync.report import Result


class GivenUp:
    """Why no more days are brought to a sink in this run."""

    def __init__(self, why: Result, after: dt.date | None = None) -> None:
        """Take the failure, and the day at which it came; None: the sink could not be opened."""
        self._why = why
        self._after = after
        # The day at which it came has its own line in the log, with the whole reason.
        self._is_told = after is not None

    @property
    def reason(self) -> str:
        """The failure's reason, for the user."""
        return self._why.reason

    @property
    def exit(self) -> Exit:
        """What the failure alone would make the run exit with."""
        return self._why.exit

    def not_tried(self, day: dt.date) -> Result:
        """Say of a day that it was not tried."""
        if self._after is None:
            short, reason = "not tried: the sink could not be opened", f"not tried: {self.reason}"
        else:
            short = f"not tried: the sink was given up after {self._after}"
            reason = f"{short}: {self.reason}"
        in_short = short if self._is_told else ""
        self._is_told = True
        return msgspec.structs.replace(self._why, day=day, reason=reason, in_short=in_short)
