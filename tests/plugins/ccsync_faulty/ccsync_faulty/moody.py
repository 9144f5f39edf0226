"""Replaces a day in one transaction, unless its settings say that something goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.sink import DELIVERED, Outcome, SinkContext, Snapshot, not_yet, too_old
from ccsync_faulty import MoodyConfig, kill
from ccsync_faulty.database import Database

_STEP = 0.05
"""Seconds of one step of a slow delivery."""

_NEWER = "select 1 from days where source_id = ? and day = ? and fetched_at > ?"


class MoodySink:
    """Correct in itself: every fault of it is asked for."""

    def __init__(self, config: MoodyConfig, context: SinkContext) -> None:
        self._config = config
        self._context = context
        self._database = Database(config.path)
        self._unavailable = config.unavailable

    def open(self) -> str:
        self._misbehave("open")
        return self._database.open()

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        self._misbehave("deliver")
        if self._unavailable:
            self._unavailable -= 1
            raise SinkUnavailable("moody is away", retry_after=self._config.retry_after)
        self._take_time()
        answer = self._refuse(snapshot)
        if answer is None:
            remember(snapshot.snapshot_id.encode())
            kill.at("after-remember")
            answer = self._write(snapshot)
            kill.at("before-return")
        if self._config.no_answer:
            return None  # type: ignore[return-value] # pyright: ignore[reportReturnType]
        return answer

    def close(self) -> None:
        self._database.close()
        self._misbehave("close")

    def _misbehave(self, where: str) -> None:
        if self._config.refused_at == where:
            raise SinkRefused("moody lets nobody in; change `refused_at` in the settings")
        if self._config.bug_at == where:
            raise TypeError("moody has a bug")

    def _take_time(self) -> None:
        until = time.monotonic() + self._config.slow_seconds
        while (left := until - time.monotonic()) > 0:
            if not self._config.deaf:
                self._context.proceed()
            time.sleep(min(left, _STEP))

    def _refuse(self, snapshot: Snapshot) -> Outcome | None:
        if self._config.not_yet:
            return not_yet("moody is not in the mood")
        oldest = self._config.oldest_days
        age = (self._context.now().date() - snapshot.day).days
        if oldest is not None and age > oldest:
            return too_old(f"moody takes days of the last {oldest} days")
        refused = [
            record
            for record in snapshot.records()
            if record.terminal_type and record.terminal_type == self._config.refused_terminal
        ]
        if refused:
            raise RecordsRefused(
                f"moody takes no records of terminal_type {self._config.refused_terminal!r}",
                records=refused,
            )
        return None

    def _write(self, snapshot: Snapshot) -> Outcome:
        day = (snapshot.source_id, str(snapshot.day))
        revision = (*day, snapshot.fetched_at.isoformat(timespec="microseconds"))
        self._context.proceed()
        with self._database.transaction() as connection:
            if connection.execute(_NEWER, revision).fetchone():
                return not_yet("the database holds a newer revision of the day")
            connection.execute("delete from records where source_id = ? and day = ?", day)
            for record in snapshot.records():
                kill.before_write()
                row = (*day, msgspec.json.encode(record).decode())
                connection.execute("insert into records values (?, ?, ?)", row)
                kill.after_write()
            connection.execute("insert or replace into days values (?, ?, ?)", revision)
        return DELIVERED
