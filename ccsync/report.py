"""What became of a run: results and exit code; `ccsync.report_json` writes it down."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from ccsync.errors import CcsyncError, Exit, Stopped
from ccsync.plan import PlannedDay
from ccsync.redact import redact
from ccsync.remedy import once_mended
from ccsync.snapshot import FetchedDay


class Kind(enum.Enum):
    """What became of one day at one sink."""

    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    """The destination shows it already."""
    NOT_YET = "not yet"
    """No line; tried next run; not an error."""
    SKIPPED = "skipped"
    """The destination calls the day too old and keeps what it shows."""
    REFUSED = "refused"
    """The day cannot be read, or the destination will never take some of its records."""
    FAILED = "failed"
    """Tried next run."""
    NOT_TRIED = "not tried"
    """The run ended before it; tried next run."""
    LEFT = "left to another run"
    PREVIEWED = "would be delivered"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one day at one sink, and why."""

    sink: str
    day: dt.date
    kind: Kind
    records: int = 0
    reason: str = ""
    """For the user; empty when all is well."""

    exit: Exit = Exit.OK
    """What this result alone would make the run exit with."""

    in_short: str = ""
    """The reason for a log that has it in full already; empty if it has not."""

    needs_force: bool = False
    """Whether the day is not sent again by itself, although its cause may be mended."""

    left_out: int = 0
    """Records that the destination refused, left out by `on_rejected: skip`."""

    merged: int = 0
    """Rows that were added to another of equal identity."""


def told(reason: str, sink: str, days: Iterable[dt.date], *, needs_force: bool) -> str:
    """Give a reason with what there is to do about these days."""
    return f"{reason}; {once_mended(sink, days)}" if needs_force else reason


class Watcher(Protocol):
    """Somebody who wants to see a run go on: a progress bar, a log."""

    def planned(self, plan: Iterable[PlannedDay]) -> None:
        """Hear which days the run works on."""
        ...

    def fetched(self, day: dt.date, rows: int) -> None:
        """Hear that a day is in."""
        ...

    def paced(self, requests_per_minute: int) -> None:
        """Hear, once, that `source.requests_per_minute` makes the run wait; from any thread."""
        ...

    def waiting(self, sink: str, seconds: float, reason: str) -> None:
        """Hear that a sink is tried again after a pause."""
        ...

    def result(self, result: Result) -> None:
        """Hear what became of one day at one sink."""
        ...


_ORDER = (Exit.BUG, Exit.USAGE, Exit.REFUSED, Exit.DATA_REFUSED, Exit.UNAVAILABLE, Exit.LEASED)
"""Of several causes the first of these is the exit code."""


def gravity(result: Result) -> int:
    """Give the place of a result among others, the gravest first."""
    return _ORDER.index(result.exit) if result.exit in _ORDER else len(_ORDER)


class Report:
    """Collects what happens during a run."""

    def __init__(self, run_id: str, version: str, started_at: dt.datetime) -> None:
        """Start with nothing."""
        self.run_id = run_id
        self.version = version
        self.started_at = started_at
        self.ended_at = started_at
        self.source_id: str | None = None
        self.shard: str | None = None
        """Which part of the days this run takes, as `3/8`; None: all of them."""
        self.sinks: list[str] = []
        """The sinks that take part."""
        self.acknowledged: dict[str, dt.datetime] = {}
        """When the API was last asked for a day that a tracked sink has acknowledged."""
        self.remarks: list[str] = []
        """What a user may not expect, although it is no trouble."""
        self.results: list[Result] = []
        self._known: set[tuple[str, dt.date]] = set()
        self.days: list[dt.date] = []
        self.rows = 0
        self.requests = 0
        """Requests to the API, retries included."""
        self.skipped_rows: list[str] = []
        self.error: CcsyncError | None = None
        """What ended the run before its time."""

    def end(self, now: dt.datetime, error: CcsyncError) -> None:
        """Note what ended the run, unless it is noted already."""
        self.ended_at = now
        if self.error is None:
            self.error = error

    def add(self, result: Result) -> None:
        """Take a result; its reason may come from a destination, so keys are masked."""
        self.results.append(msgspec.structs.replace(result, reason=redact(result.reason)))
        self._known.add((result.sink, result.day))

    def replace(self, result: Result) -> None:
        """Take a result in the place of what was known of its sink and day."""
        key = (result.sink, result.day)
        self.results = [one for one in self.results if (one.sink, one.day) != key]
        self.add(result)

    def saw(self, fetched: FetchedDay) -> None:
        """Take what a fetched day says of itself."""
        self.source_id = fetched.source_id
        self.rows += fetched.rows
        self.skipped_rows += fetched.skipped_rows

    def has(self, sink: str, day: dt.date) -> bool:
        """Tell whether it is known what became of a day at a sink."""
        return (sink, day) in self._known

    @property
    def exit(self) -> int:
        """The exit code: a wish to stop first, then the gravest cause."""
        if isinstance(self.error, Stopped):
            return self.error.exit
        causes = {result.exit for result in self.results}
        if self.error is not None:
            causes.add(self.error.exit)
            if self.error.exit is Exit.USAGE:
                return Exit.USAGE
        gravest = next((code for code in _ORDER if code in causes), None)
        # Whatever else a cause may be: only a run without any is a good one.
        return gravest if gravest is not None else max(causes, default=Exit.OK)

    @property
    def counts(self) -> Mapping[str, Counter[Kind]]:
        """Days by sink and kind."""
        counts: dict[str, Counter[Kind]] = {}
        for result in self.results:
            counts.setdefault(result.sink, Counter())[result.kind] += 1
        return counts

    @property
    def merged_rows(self) -> Mapping[str, int]:
        """Rows by sink that were added to another of equal identity."""
        merged: Counter[str] = Counter()
        for result in self.results:
            merged[result.sink] += result.merged
        return {sink: count for sink, count in merged.items() if count}

    @property
    def problems(self) -> list[Result]:
        """The results that somebody should read, gravest first; what only waits is none."""
        found = (one for one in self.results if one.reason and one.kind is not Kind.NOT_YET)
        return sorted(found, key=gravity)

    @property
    def waiting(self) -> list[Result]:
        """The results that say why a day waits for a later run: a remark, and no problem."""
        return [one for one in self.results if one.reason and one.kind is Kind.NOT_YET]

    def as_json(self, limit: int | None = None) -> bytes:
        """Write the report; with a limit in bytes, detail is left out until it fits."""
        from ccsync.report_json import as_json

        return as_json(self, limit)
