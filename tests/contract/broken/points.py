"""Sinks of points that leave something behind, or forget what they left."""

from __future__ import annotations

from collections.abc import Collection

from ccsync.snapshot import Snapshot
from tests.contract.broken.model import Memory, PointsSink, Remember
from tests.contract.broken.planted import planted


@planted("test_record_vanished_and_came_back", "test_killed_anywhere_then_vanished")
class NeverRemembers(PointsSink):
    def before_writing(self, remember: Remember, memory: Memory) -> None:
        pass


@planted("test_killed_anywhere_then_vanished", "test_killed_anywhere_on_the_first_delivery")
class RemembersAfterwards(PointsSink):
    def before_writing(self, remember: Remember, memory: Memory) -> None:
        pass

    def after_writing(self, remember: Remember, memory: Memory) -> None:
        super().before_writing(remember, memory)


@planted("test_killed_anywhere_then_vanished")
class RemembersAfterTheFirstWrite(PointsSink):
    waiting: tuple[Remember, Memory] | None = None

    def before_writing(self, remember: Remember, memory: Memory) -> None:
        self.waiting = (remember, memory)

    def write(self, snapshot: Snapshot, series: str, value: int) -> None:
        super().write(snapshot, series, value)
        if self.waiting:
            super().before_writing(*self.waiting)
            self.waiting = None


@planted("test_killed_twice_then_vanished")
class RemembersTheLastAttemptOnly(PointsSink):
    def worth_remembering(self, values: Collection[str], every: Collection[str]) -> list[str]:
        return sorted(values)


@planted("test_record_vanished_and_came_back", "test_changed_dimensions", "test_privacy_changed")
class SendsNoTombstones(PointsSink):
    def left_behind(self, known: Memory | None) -> list[str]:
        return []


@planted("test_restated_to_zero")
class SendsNoZeros(PointsSink):
    def write(self, snapshot: Snapshot, series: str, value: int) -> None:
        if value:
            super().write(snapshot, series, value)


@planted("test_stale_writer_who_knows_nothing")
class LastWriteWins(PointsSink):
    def write(self, snapshot: Snapshot, series: str, value: int) -> None:
        point = (snapshot.source_id, snapshot.day, series)
        self.destination.request().points[point] = (snapshot.fetched_at, value)


@planted("test_memory_lost")
class OverwritesOnlyWhatItRemembers(PointsSink):
    known: frozenset[str] = frozenset()

    def left_behind(self, known: Memory | None) -> list[str]:
        self.known = frozenset(known.series if known else ())
        return super().left_behind(known)

    def write(self, snapshot: Snapshot, series: str, value: int) -> None:
        there = (snapshot.source_id, snapshot.day, series) in self.destination.points
        if series in self.known or not there:
            super().write(snapshot, series, value)
