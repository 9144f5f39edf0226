"""Two correct sinks over destinations in memory; the faults of this package are variations of them.

Every way to go wrong has a method to override.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import msgspec

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.records import Record, identity
from ccsync.sink import DELIVERED, Finding, Outcome, Shown, SinkContext, Totals, not_yet
from ccsync.snapshot import Snapshot

BATCH = 3
TOKEN = "token-of-the-contract"  # noqa: S105 - a secret to be kept, for the contract only
REFUSED_TERMINAL = "teletype"

Day: TypeAlias = tuple[str, dt.date]
Remember: TypeAlias = Callable[[bytes], None]


class DownError(Exception):
    """The destination does not answer."""


class DeniedError(Exception):
    """The destination lets nobody in."""


class BadRecordsError(Exception):
    """The destination does not take these records."""

    def __init__(self, records: Sequence[Record]) -> None:
        super().__init__(f"{len(records)} records refused")
        self.records = records


class Revision(NamedTuple):
    """What is shown of a day."""

    fetched_at: dt.datetime
    records: list[Record]
    snapshot_id: str = ""
    settled: bool = True


class Destination:
    """Keeps whole days, or points of series; each access is a request."""

    def __init__(self) -> None:
        self.is_down = False
        self.denies = False
        self.born = 0
        self.requests = 0
        self.days: dict[Day, Revision] = {}
        self.points: dict[tuple[str, dt.date, str], tuple[dt.datetime, int]] = {}

    def request(self, records: Sequence[Record] = ()) -> Destination:
        """Answer, or fail as a destination does."""
        if self.is_down:
            raise DownError("connection refused")
        if self.denies:
            raise DeniedError("permission denied")
        self.requests += 1
        bad = [record for record in records if record.terminal_type == REFUSED_TERMINAL]
        if bad:
            raise BadRecordsError(bad)
        return self

    def recreate(self) -> None:
        """Be another one, of the same name."""
        self.born += 1
        self.days.clear()
        self.points.clear()


class ModelSink:
    """What both sinks share: connecting, and saying how to react to an error."""

    def __init__(self, destination: Destination, context: SinkContext, token: str = TOKEN) -> None:
        self.destination = destination
        self.context = context
        self.token = token

    def open(self) -> str:
        with self.reported():
            return f"memory:{self.destination.request().born}"

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        with self.reported():
            outcome = self.bring(snapshot, memory, remember)
            self.context.log("day.delivered", records=snapshot.record_count)
            return outcome

    def bring(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        raise NotImplementedError

    def ask(self) -> None:
        self.context.proceed()

    def close(self) -> None:
        """Nothing is held."""

    def check(self) -> Sequence[Finding]:
        try:
            self.destination.request()
        except (DownError, DeniedError) as error:
            return [Finding("fault", str(error), fix="start it, or ask for permission")]
        return [Finding("ok", "it answers")]

    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        return [Finding("ok", f"{snapshot.record_count} records")]

    @contextmanager
    def reported(self) -> Generator[None]:
        try:
            yield
        except DownError as error:
            raise SinkUnavailable(f"memory: {error}") from error
        except DeniedError as error:
            raise SinkRefused(f"memory: {error}; ask for permission") from error
        except BadRecordsError as error:
            raise RecordsRefused(f"memory: {error}", records=error.records) from error


class ReplacingSink(ModelSink):
    """Uploads a day in batches, and replaces it in one step."""

    def bring(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        self.ask()
        day = self.day_of(snapshot)
        if self.is_stale(self.destination.request().days.get(day), snapshot):
            return not_yet("a newer revision of the day is there")
        staged: list[Record] = []
        for part in self.batches(snapshot):
            self.ask()
            staged += self.upload(part)
        self.ask()
        self.replace(day, snapshot, staged)
        return DELIVERED

    def day_of(self, snapshot: Snapshot) -> Day:
        return snapshot.source_id, snapshot.day

    def is_stale(self, there: Revision | None, snapshot: Snapshot) -> bool:
        return there is not None and there.fetched_at > snapshot.fetched_at

    def batches(self, snapshot: Snapshot) -> Iterator[list[Record]]:
        records = [self.row_of(record) for record in snapshot.records()]
        for start in range(0, len(records), BATCH):
            yield records[start : start + BATCH]

    def row_of(self, record: Record) -> Record:
        return record

    def upload(self, part: list[Record]) -> list[Record]:
        self.destination.request(part)
        return part

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        self.destination.request().days[day] = Revision(
            snapshot.fetched_at, staged, snapshot.snapshot_id, snapshot.settled
        )

    def preview(self, snapshot: Snapshot) -> Iterable[str]:
        return (record.actor_id for record in snapshot.records())

    def totals(self, source_id: str, day: dt.date) -> Totals:
        with self.reported():
            shown = self.destination.request().days.get((source_id, day))
        records = shown.records if shown else []
        return Totals(records=len(records), sessions=sum(one.sessions for one in records))

    def read(self, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
        for (source_id, day), there in sorted(self.shown().items(), key=lambda one: one[0][::-1]):
            if (first or day) <= day <= (last or day):
                yield Shown(
                    source_id=source_id,
                    day=day,
                    snapshot_id=there.snapshot_id,
                    record_count=len(there.records),
                    settled=there.settled,
                    fetched_at=there.fetched_at,
                    records=tuple(there.records),
                )

    def shown(self) -> dict[Day, Revision]:
        with self.reported():
            return self.destination.request().days


class Memory(msgspec.Struct):
    """What a `PointsSink` may have left behind."""

    last: dt.datetime
    series: list[str]


class PointsSink(ModelSink):
    """Writes point by point, and can only overwrite: what vanished needs a tombstone."""

    def bring(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        known = msgspec.json.decode(memory, type=Memory) if memory else None
        if known is not None and known.last > snapshot.fetched_at:
            return not_yet("a newer revision of the day was sent")
        values = {series_of(record): record.sessions for record in snapshot.records()}
        every = sorted({*values, *self.left_behind(known)})
        note = Memory(snapshot.fetched_at, self.worth_remembering(values, every))
        self.before_writing(remember, note)
        for series in every:
            self.ask()
            self.write(snapshot, series, values.get(series, 0))
        self.after_writing(remember, note)
        return DELIVERED

    def left_behind(self, known: Memory | None) -> list[str]:
        return known.series if known else []

    def worth_remembering(self, values: Collection[str], every: Collection[str]) -> list[str]:
        return sorted(every)

    def before_writing(self, remember: Remember, memory: Memory) -> None:
        remember(msgspec.json.encode(memory))

    def write(self, snapshot: Snapshot, series: str, value: int) -> None:
        points = self.destination.request().points
        point = (snapshot.source_id, snapshot.day, series)
        if point not in points or points[point][0] <= snapshot.fetched_at:
            points[point] = (snapshot.fetched_at, value)

    def after_writing(self, remember: Remember, memory: Memory) -> None:
        """Nothing is left to say."""


def series_of(record: Record) -> str:
    """Name the series of a record: its dimensions, without the day."""
    return msgspec.json.encode(identity(record)[1:]).decode()
