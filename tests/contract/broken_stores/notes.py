"""Stores that lose notes, mix them up, or forget the wrong ones."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from ccsync.errors import StateRefused
from tests.contract.broken_stores.model import ModelStore, NoteKey, Place
from tests.contract.broken_stores.planted import planted


@planted("test_notes_are_kept_by_sink_and_day")
class KnowsNoCase(ModelStore):
    def key(self, sink: str, day: dt.date) -> NoteKey:
        return sink.lower(), str(day)


@planted("test_notes_are_kept_by_sink_and_day")
class KnowsAsciiOnly(ModelStore):
    def key(self, sink: str, day: dt.date) -> NoteKey:
        return sink.encode("ascii", "replace").decode().replace("??", "?"), str(day)

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        return super().read_memory(sink, day) if sink.isascii() else None


@planted("test_notes_are_kept_by_sink_and_day", "test_a_year_is_remembered")
class OneNoteForAllDays(ModelStore):
    def key(self, sink: str, day: dt.date) -> NoteKey:
        return sink, ""


@planted("test_notes_are_bytes")
class NotesAreText(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        super().note(key, note.decode("utf-8", "replace").encode())


@planted("test_notes_are_bytes")
class AnEmptyNoteIsNone(ModelStore):
    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        return super().read_memory(sink, day) or None


@planted("test_nothing_is_remembered_at_first")
class NoneIsAnEmptyNote(ModelStore):
    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        return super().read_memory(sink, day) or b""


@planted("test_a_note_is_no_conflict_for_the_document", "test_notes_come_before_the_document")
class ANoteIsAChange(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        super().note(key, note)
        self.place.version += 1


@planted("test_a_note_is_no_conflict_for_the_document", "test_runs_side_by_side_lose_nothing")
class ASaveLosesNotes(ModelStore):
    def swap(self, document: bytes) -> None:
        super().swap(document)
        self.place.notes.clear()


@planted("test_notes_come_before_the_document")
class ANoteMakesADocument(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        super().note(key, note)
        self.place.document = self.place.document or b""


@planted("test_writers_at_once_lose_no_note", "test_runs_side_by_side_lose_nothing")
class WritesTheNotesItKnows(ModelStore):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.known = dict(place.notes)

    def note(self, key: NoteKey, note: bytes) -> None:
        self.known[key] = note
        self.place.notes = dict(self.known)


@planted("test_writers_at_once_lose_no_note")
class ReadsAllNotesThenWritesThem(ModelStore):
    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        self.reach()
        notes = dict(self.place.notes)
        time.sleep(0.002)
        self.place.notes = {**notes, self.key(sink, day): note}


@planted("test_a_year_is_remembered")
class RemembersAMonth(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        super().note(key, note)
        for old in sorted(self.place.notes, key=lambda one: one[1])[:-31]:
            del self.place.notes[old]


@planted("test_a_note_is_read_by_everybody")
class TheFirstNoteStays(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        self.place.notes.setdefault(key, note)


@planted("test_a_killed_note_is_all_or_nothing")
class TearsNotes(ModelStore):
    def note(self, key: NoteKey, note: bytes) -> None:
        super().note(key, note[: len(note) // 2])
        self.place.step()
        super().note(key, note)


@planted("test_the_oldest_days_are_forgotten_first", "test_the_document_makes_memory_give_way")
class ForgetsTheNewest(ModelStore):
    def in_order(self, notes: Iterable[NoteKey]) -> list[NoteKey]:
        return super().in_order(notes)[::-1]


@planted("test_a_backfill_forgets_no_newer_days_for_older_ones")
class ForgetsWhatCameFirst(ModelStore):
    def in_order(self, notes: Iterable[NoteKey]) -> list[NoteKey]:
        return list(notes)


@planted("test_a_backfill_forgets_no_newer_days_for_older_ones")
class ForgetsTheDayInHand(ModelStore):
    def make_room(self, document: int, keep: NoteKey | None) -> None:
        super().make_room(document, None)


@planted("test_the_oldest_of_all_sinks_is_forgotten")
class ForgetsOneSinkFirst(ModelStore):
    def in_order(self, notes: Iterable[NoteKey]) -> list[NoteKey]:
        return sorted(notes)


@planted("test_the_oldest_days_are_forgotten_first", "test_what_was_forgotten_is_said")
class RefusesNotesWhenFull(ModelStore):
    def make_room(self, document: int, keep: NoteKey | None) -> None:
        limit = self.place.limit
        if limit is not None and document + sum(map(len, self.place.notes.values())) > limit:
            raise StateRefused(f"{self.where} is full")


@planted("test_the_document_makes_memory_give_way")
class ForgetsEverythingForADocument(ModelStore):
    def make_room(self, document: int, keep: NoteKey | None) -> None:
        if keep is None and document > 1000:
            self.place.notes = dict.fromkeys(self.place.notes, b"")
        super().make_room(document, keep)


@planted("test_the_oldest_days_are_forgotten_first")
class ForgetsTheDocument(ModelStore):
    def tell(self, days: int) -> None:
        super().tell(days)
        self.place.document = None


@planted("test_a_document_too_large_is_refused")
class CutsOffADocument(ModelStore):
    def refuse(self) -> None:
        self.place.notes.clear()

    def swap(self, document: bytes) -> None:
        super().swap(document[: self.place.limit])


@planted("test_a_note_too_large_is_not_kept")
class KeepsTheNoteBefore(ModelStore):
    def too_large(self, key: NoteKey) -> None:
        self.tell(1)


@planted("test_a_note_too_large_is_not_kept")
class ForgetsAllForOneNote(ModelStore):
    def too_large(self, key: NoteKey) -> None:
        self.place.notes.clear()


@planted("test_what_was_forgotten_is_said")
class ForgetsInSilence(ModelStore):
    def tell(self, days: int) -> None:
        pass
