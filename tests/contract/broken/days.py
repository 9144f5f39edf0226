"""Sinks that show a day wrongly. Each is correct but for one thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from ccsync.records import Record, identity
from ccsync.sink import Totals
from ccsync.snapshot import Snapshot
from tests.contract.broken.model import Day, ReplacingSink, Revision
from tests.contract.broken.planted import planted


@planted("test_restated_up_down_and_back", "test_restated_to_zero")
class FirstVersionWins(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        self.destination.request().days.setdefault(day, Revision(snapshot.fetched_at, staged))


@planted("test_every_record_is_shown", "test_acknowledged_is_shown_before_close")
class ForgetsToCommit(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        self.destination.request()


@planted("test_acknowledged_is_shown_before_close")
class CommitsOnClose(ReplacingSink):
    waiting: tuple[Day, Revision] | None = None

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        self.waiting = (day, Revision(snapshot.fetched_at, staged))

    def close(self) -> None:
        if self.waiting:
            self.destination.days.update([self.waiting])


@planted("test_every_record_is_shown")
class WritesOnlyTheFirstRecord(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        super().replace(day, snapshot, staged[:1])


@planted("test_every_record_is_shown")
class WritesOnlyTheLastBatch(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        super().replace(day, snapshot, staged[-1:])


@planted("test_same_day_twice", "test_same_snapshot_twice", "test_restated_up_down_and_back")
class Appends(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        super().replace(day, snapshot, [*there.records, *staged])


@planted("test_killed_anywhere_shows_no_torn_day", "test_outage_in_the_middle")
class ShowsATornDay(ReplacingSink):
    """Replaces the day by its first batch, then adds the others."""

    def batches(self, snapshot: Snapshot) -> Iterator[list[Record]]:
        shown: list[Record] = []
        for part in super().batches(snapshot):
            yield part
            shown += part
            super().replace(self.day_of(snapshot), snapshot, list(shown))


@planted("test_record_vanished_and_came_back", "test_day_became_empty_and_came_back")
class KeepsAVanishedRecord(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        rows = {identity(record): record for record in (*there.records, *staged)}
        super().replace(day, snapshot, list(rows.values()))


@planted("test_restated_in_one_number")
class IgnoresARestatedCost(ReplacingSink):
    """Writes only when sessions changed."""

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        before = {identity(one): one.sessions for one in there.records}
        if before != {identity(one): one.sessions for one in staged}:
            super().replace(day, snapshot, staged)


@planted("test_privacy_changed")
class DoublesWhenPrivacyChanges(ReplacingSink):
    """Deletes only rows whose actors are written as the new ones are."""

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        if staged:
            kind = "@" in staged[0].actor_id
            kept = [one for one in there.records if ("@" in one.actor_id) is not kind]
            staged = [*kept, *staged]
        super().replace(day, snapshot, staged)


@planted("test_stale_writer_does_not_win", "test_stale_writer_who_knows_nothing")
class StaleWriterWins(ReplacingSink):
    def is_stale(self, there: Revision | None, snapshot: Snapshot) -> bool:
        return False


@planted("test_stale_writer_does_not_refill_an_empty_day")
class StaleWriterRefillsAnEmptyDay(ReplacingSink):
    """Takes the revision from the rows, and an empty day has none."""

    def is_stale(self, there: Revision | None, snapshot: Snapshot) -> bool:
        return super().is_stale(there if there and there.records else None, snapshot)


@planted("test_same_snapshot_twice", "test_killed_anywhere_then_tried_again")
class TakesTheSameSnapshotForStale(ReplacingSink):
    def is_stale(self, there: Revision | None, snapshot: Snapshot) -> bool:
        return there is not None and there.fetched_at >= snapshot.fetched_at


@planted("test_dimension_tells_records_apart")
class TakesNullForEmpty(ReplacingSink):
    def row_of(self, record: Record) -> Record:
        return msgspec.structs.replace(record, terminal_type=record.terminal_type or None)


@planted("test_dimension_tells_records_apart", "test_changed_dimensions")
class DropsADimension(ReplacingSink):
    def row_of(self, record: Record) -> Record:
        return msgspec.structs.replace(record, is_remote=None)


@planted("test_dimension_tells_records_apart")
class KeysWithoutADimension(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        rows = {identity(one)[:4] + identity(one)[5:]: one for one in staged}
        super().replace(day, snapshot, list(rows.values()))


@planted("test_days_do_not_touch_each_other")
class DeletesTheNeighbourDay(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        super().replace(day, snapshot, staged)
        self.destination.days.pop((day[0], day[1] + dt.timedelta(days=1)), None)


@planted("test_sources_do_not_touch_each_other", "test_totals_are_what_is_shown")
class DeletesOtherSources(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        for other in [one for one in self.destination.days if one[1] == day[1]]:
            del self.destination.days[other]
        super().replace(day, snapshot, staged)


@planted("test_record_of_another_organization_vanished")
class ReplacesByOrganization(ReplacingSink):
    """Deletes rows of the organizations that are in the snapshot, not of its source."""

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        new = {one.organization_id for one in staged} or {day[0]}
        kept = [one for one in there.records if one.organization_id not in new]
        super().replace(day, snapshot, [*kept, *staged])


@planted("test_large_numbers_and_exact_money")
class CalculatesWithFloats(ReplacingSink):
    def row_of(self, record: Record) -> Record:
        usage = [
            msgspec.structs.replace(one, estimated_cost=Decimal(float(one.estimated_cost)))
            for one in record.model_usage
        ]
        return msgspec.structs.replace(
            record, lines_added=int(float(record.lines_added)), model_usage=tuple(usage)
        )


@planted("test_text_of_every_kind")
class StripsText(ReplacingSink):
    def row_of(self, record: Record) -> Record:
        return msgspec.structs.replace(record, actor_id=record.actor_id.strip())


@planted("test_same_day_twice", "test_restated_up_down_and_back")
class KeysByRun(ReplacingSink):
    """Each run replaces what it wrote itself, and adds to what others wrote."""

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        there = self.destination.days.get(day, Revision(snapshot.fetched_at, []))
        runs: dict[str, list[Record]] = vars(self.destination).setdefault("runs", {})
        kept = [one for one in there.records if one not in runs.get(self.context.run_id, [])]
        runs[self.context.run_id] = staged
        super().replace(day, snapshot, [*kept, *staged])


@planted("test_totals_are_what_is_shown")
class AddsUpOtherSources(ReplacingSink):
    def totals(self, source_id: str, day: dt.date) -> Totals:
        found = [there.records for (_, one), there in self.destination.days.items() if one == day]
        return Totals(records=sum(map(len, found)))


@planted("test_read_gives_back_what_is_shown")
class ReadsNoEmptyDays(ReplacingSink):
    def shown(self) -> dict[Day, Revision]:
        return {day: there for day, there in super().shown().items() if there.records}


@planted("test_empty_day_is_accepted")
class StumblesOverAnEmptyDay(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        assert staged[0]
        super().replace(day, snapshot, staged)


@planted("test_poor_record_is_shown", "test_text_of_every_kind")
class LosesRecordsWithoutAModel(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        super().replace(day, snapshot, [one for one in staged if one.model_usage])


@planted("test_killed_anywhere_then_restated", "test_killed_anywhere_then_vanished")
class ResumesWhatAnotherRunBegan(ReplacingSink):
    """Keeps what is uploaded at the destination, and goes on where a killed run ended."""

    def batches(self, snapshot: Snapshot) -> Iterator[list[Record]]:
        begun = self._begun(self.day_of(snapshot))
        yield from begun
        for part in list(super().batches(snapshot))[len(begun) :]:
            yield part
            begun.append(part)

    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        super().replace(day, snapshot, staged)
        self._begun(day).clear()

    def _begun(self, day: Day) -> list[list[Record]]:
        begun: dict[Day, list[list[Record]]] = vars(self.destination).setdefault("begun", {})
        return begun.setdefault(day, [])
