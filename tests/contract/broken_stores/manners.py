"""Stores that mislead whoever has to react: about outages, refusals, nonsense and secrets."""

from __future__ import annotations

import datetime as dt

import msgspec

from ccsync.errors import StateRefused, StateUnavailable
from tests.contract.broken_stores.model import ModelStore, Place
from tests.contract.broken_stores.planted import planted


@planted("test_an_outage_is_unavailable", "test_begin_notices_an_outage")
class AnOutageIsARefusal(ModelStore):
    def reach(self, note: bytes = b"") -> None:
        if self.place.is_down:
            raise StateRefused(f"{self.where} is away")


@planted("test_an_outage_is_unavailable")
class AnOutageIsAnEmptyPlace(ModelStore):
    def load(self) -> tuple[bytes | None, str]:
        try:
            return super().load()
        except StateUnavailable:
            return None, "0"


@planted("test_an_outage_is_unavailable")
class KeepsNotesBackDuringAnOutage(ModelStore):
    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        try:
            super().write_memory(sink, day, note)
        except StateUnavailable:
            self.place.notes[self.key(sink, day)] = note


@planted("test_begin_notices_an_outage", "test_begin_notices_a_refusal")
class BeginsWithoutLooking(ModelStore):
    def begin(self, run_id: str) -> None:
        self.run_id = run_id


@planted("test_begin_notices_a_refusal")
class BeginsByReadingOnly(ModelStore):
    def begin(self, run_id: str) -> None:
        self.reach()
        self.run_id = run_id


@planted("test_begin_notices_a_refusal", "test_a_refusal_changes_nothing")
class ARefusalIsAnOutage(ModelStore):
    def permit(self) -> None:
        if self.place.denies:
            raise StateUnavailable(f"{self.where} lets nobody in")


@planted("test_begin_notices_a_refusal", "test_a_refusal_changes_nothing")
class DoesNotSayWhere(ModelStore):
    def permit(self) -> None:
        if self.place.denies:
            raise StateRefused("permission denied")


@planted("test_a_refusal_changes_nothing")
class WritesBeforeItAsks(ModelStore):
    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        self.place.notes[self.key(sink, day)] = note
        super().write_memory(sink, day, note)


@planted("test_nonsense_is_refused")
class NonsenseIsAnEmptyPlace(ModelStore):
    def load(self) -> tuple[bytes | None, str]:
        document, version = super().load()
        try:
            msgspec.json.decode(document or b"")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None, version
        return document, version


@planted("test_secrets_stay_secret")
class ShowsItsToken(ModelStore):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.where = f"model://{self.token}@place"


@planted("test_secrets_stay_secret")
class TellsItsTokenWhenRefused(ModelStore):
    def permit(self) -> None:
        if self.place.denies:
            raise StateRefused(f"{self.where} does not take {self.token}")


@planted("test_logs_and_errors_name_nobody")
class ErrorsQuoteNotes(ModelStore):
    def reach(self, note: bytes = b"") -> None:
        if self.place.is_down:
            raise StateUnavailable(f"{self.where} is away; not written: {note.decode()}")
