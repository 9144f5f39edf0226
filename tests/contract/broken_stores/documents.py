"""Stores that lose documents, tear them, or let two writers have their way."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import msgspec

from ccsync.errors import StateUnavailable
from tests.contract.broken_stores.model import ModelStore, Place
from tests.contract.broken_stores.planted import planted


@planted(
    "test_a_stale_version_conflicts",
    "test_of_two_first_writers_one_wins",
    "test_a_document_that_is_not_there_conflicts",
    "test_runs_side_by_side_lose_nothing",
    "test_a_run_that_was_overtaken_writes_nothing",
)
class LastWriteWins(ModelStore):
    def compare(self, expected: str, document: bytes) -> None:
        pass


@planted("test_writers_at_once_lose_nothing")
class ComparesThenSwaps(ModelStore):
    def save(self, document: bytes, expected: str) -> str:
        self.reach()
        self.compare(expected, document)
        time.sleep(0.002)
        with self.place.lock:
            self.swap(document)
            return self.version()


@planted("test_of_two_first_writers_one_wins")
class CreatesOverADocument(ModelStore):
    def compare(self, expected: str, document: bytes) -> None:
        if expected != "0":
            super().compare(expected, document)


@planted("test_a_document_that_is_not_there_conflicts")
class CreatesWhateverWasExpected(ModelStore):
    def compare(self, expected: str, document: bytes) -> None:
        if self.place.document is not None:
            super().compare(expected, document)


@planted("test_a_stale_version_conflicts")
class TakesTheVersionBeforeToo(ModelStore):
    def compare(self, expected: str, document: bytes) -> None:
        if int(expected) != self.place.version - 1:
            super().compare(expected, document)


@planted("test_reading_needs_no_begin_and_changes_nothing")
class RemembersWhatItLoaded(ModelStore):
    loaded: tuple[bytes | None, str] = (None, "")

    def load(self) -> tuple[bytes | None, str]:
        if self.loaded[0] is None:
            self.loaded = super().load()
        return self.loaded

    def save(self, document: bytes, expected: str) -> str:
        self.loaded = (document, super().save(document, expected))
        return self.loaded[1]


@planted("test_what_was_saved_is_loaded_by_everybody")
class SavesWhenItCloses(ModelStore):
    pending: bytes | None = None

    def load(self) -> tuple[bytes | None, str]:
        document, version = super().load()
        return self.pending or document, version

    def swap(self, document: bytes) -> None:
        self.pending = document

    def close(self) -> None:
        if self.pending is not None:
            super().swap(self.pending)


@planted("test_what_was_saved_is_loaded_by_everybody", "test_versions_follow_each_other")
class GivesTheVersionBefore(ModelStore):
    def save(self, document: bytes, expected: str) -> str:
        super().save(document, expected)
        return expected


@planted("test_a_new_store_is_empty")
class EmptyIsADocument(ModelStore):
    def load(self) -> tuple[bytes | None, str]:
        document, version = super().load()
        return document or b"", version


@planted("test_a_year_of_three_sinks_fits")
class CutsOffAt64K(ModelStore):
    def swap(self, document: bytes) -> None:
        super().swap(document[: 2**16])


@planted("test_a_year_of_three_sinks_fits")
class RewritesTheDocument(ModelStore):
    def swap(self, document: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            document = msgspec.json.format(document)
        super().swap(document)


@planted("test_reading_needs_no_begin_and_changes_nothing")
class ReadsOnlyAfterBegin(ModelStore):
    def load(self) -> tuple[bytes | None, str]:
        if not self.run_id:
            raise StateUnavailable("not connected")
        return super().load()


@planted("test_reading_needs_no_begin_and_changes_nothing")
class ReadingIsAChange(ModelStore):
    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        self.place.version += 1
        return super().read_memory(sink, day)


@planted("test_it_says_that_it_keeps")
class SaysThatItKeepsNothing(ModelStore):
    keeps = False


@planted("test_a_killed_save_is_all_or_nothing")
class TearsTheDocument(ModelStore):
    def swap(self, document: bytes) -> None:
        super().swap(document[: len(document) // 2])
        self.place.step()
        super().swap(document)


@planted("test_a_killed_save_is_all_or_nothing")
class DeletesTheDocumentFirst(ModelStore):
    def swap(self, document: bytes) -> None:
        self.place.document = None
        self.place.step()
        super().swap(document)


@planted("test_a_killed_save_is_all_or_nothing")
class LeavesALock(ModelStore):
    held: set[int] = set()  # noqa: RUF012 - in the place, as it were

    def save(self, document: bytes, expected: str) -> str:
        if id(self.place) in self.held:
            raise StateUnavailable("locked")
        self.held.add(id(self.place))
        version = super().save(document, expected)
        self.held.discard(id(self.place))
        return version


@planted("test_building_connects_nothing")
class ConnectsInTheConstructor(ModelStore):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.reach()
