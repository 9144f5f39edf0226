"""Writes point by point, and can only overwrite: what vanished needs a tombstone."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ccsync.records import Record
from ccsync.sink import DELIVERED, Outcome, SinkContext, Snapshot, not_yet
from ccsync_faulty import SeriesConfig, kill
from ccsync_faulty.database import Database

_WRITE = """
insert into points values (?, ?, ?, ?, ?)
on conflict do update set time = excluded.time, value = excluded.value
where excluded.time >= time
"""


class _Memory(msgspec.Struct):
    """What may be shown of a day."""

    last: str
    series: list[str]


class SeriesSink:
    """One point per series and day, its time the revision's: the last time wins."""

    def __init__(self, config: SeriesConfig, context: SinkContext) -> None:
        self._database = Database(config.path)
        self._context = context

    def open(self) -> str:
        return self._database.open()

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        time = snapshot.fetched_at.isoformat(timespec="microseconds")
        known = msgspec.json.decode(memory, type=_Memory) if memory else _Memory("", [])
        if known.last > time:
            return not_yet("a newer revision of the day was sent")
        values = {series_of(record): record.sessions for record in snapshot.records()}
        # What may be shown from now on: what is shown, and what this attempt will write of.
        every = sorted({*values, *known.series})
        remember(msgspec.json.encode(_Memory(time, every)))
        kill.at("after-remember")
        for series in every:
            self._context.proceed()
            point = (snapshot.source_id, str(snapshot.day), series, time, values.get(series, 0))
            with self._database.transaction() as connection:
                kill.before_write()
                connection.execute(_WRITE, point)
            kill.after_write()
        kill.at("before-return")
        return DELIVERED

    def close(self) -> None:
        self._database.close()


def series_of(record: Record) -> str:
    """Name the series of a record: its dimensions, without the day."""
    dimensions = (
        record.organization_id, record.actor_type, record.actor_id, record.customer_type,
        record.subscription_type, record.terminal_type, record.is_remote,
    )  # fmt: skip
    return msgspec.json.encode(dimensions).decode()
