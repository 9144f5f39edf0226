"""Two correct stores over a place in memory; the faults of this package are variations of them.

Every way to go wrong has a method to override.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable
from typing import TypeAlias

import structlog

from ccsync.errors import StateConflict, StateRefused, StateUnavailable

TOKEN = "token-of-the-contract"  # noqa: S105 - a secret to be kept, for the contract only
SMALL = 50_000

NoteKey: TypeAlias = tuple[str, str]
"""A sink and a day, as the place knows them."""


class Killed(BaseException):
    """`kill -9`."""


class Place:
    """A document with a version, and notes; each access is a step that can be the last one."""

    def __init__(self) -> None:
        self.document: bytes | None = None
        self.version = 0
        self.notes: dict[NoteKey, bytes] = {}
        self.living: set[str] = set()
        self.is_down = False
        self.denies = False
        self.limit: int | None = None
        self.dies_at: int | None = None
        self.lock = threading.RLock()

    def step(self) -> None:
        """Be one step further, or die."""
        if self.dies_at is not None:
            self.dies_at -= 1
            if self.dies_at <= 0:
                raise Killed


class ModelStore:
    """A remote store: nobody knows who lives."""

    lease_lifetime: float | None = 120.0
    keeps = True

    def __init__(self, place: Place) -> None:
        self.place = place
        self.where = "model://place"
        self.run_id = ""
        self.token = TOKEN

    def begin(self, run_id: str) -> None:
        self.reach()
        self.permit()
        self.run_id = run_id

    def load(self) -> tuple[bytes | None, str]:
        self.reach()
        return self.place.document, self.version()

    def save(self, document: bytes, expected: str) -> str:
        self.reach()
        self.permit()
        with self.place.lock:
            self.compare(expected, document)
            self.make_room(len(document), None)
            self.place.step()
            self.swap(document)
            self.place.step()
            return self.version()

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        self.reach()
        return self.place.notes.get(self.key(sink, day))

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        self.reach(note)
        self.permit()
        with self.place.lock:
            self.place.step()
            key = self.key(sink, day)
            if self.fits_alone(note):
                self.note(key, note)
                self.make_room(len(self.place.document or b""), key)
            else:
                self.too_large(key)
            self.place.step()

    def is_alive(self, run_id: str) -> bool | None:
        return None

    def close(self) -> None:
        pass

    # -------------------------------------------------------------------------- where it may break

    def reach(self, note: bytes = b"") -> None:
        """Reach the place."""
        if self.place.is_down:
            raise StateUnavailable(f"{self.where} is away")

    def permit(self) -> None:
        """Be let in."""
        if self.place.denies:
            raise StateRefused(f"{self.where} lets nobody in")

    def version(self) -> str:
        return str(self.place.version)

    def compare(self, expected: str, document: bytes) -> None:
        if expected != self.version():
            raise StateConflict(f"{self.where} was changed")

    def swap(self, document: bytes) -> None:
        self.place.document = document
        self.place.version += 1

    def key(self, sink: str, day: dt.date) -> NoteKey:
        return sink, str(day)

    def note(self, key: NoteKey, note: bytes) -> None:
        self.place.notes[key] = note

    def fits_alone(self, note: bytes) -> bool:
        limit = self.place.limit
        return limit is None or len(self.place.document or b"") + len(note) <= limit

    def too_large(self, key: NoteKey) -> None:
        """Do not keep a note that does not fit."""
        self.place.notes.pop(key, None)
        self.tell(1)

    def make_room(self, document: int, keep: NoteKey | None) -> None:
        """Drop notes until a document of that size fits."""
        limit, notes = self.place.limit, self.place.notes
        if limit is None:
            return
        if document > limit:
            self.refuse()
        dropped = 0
        for key in self.in_order(notes):
            if document + sum(map(len, notes.values())) <= limit:
                break
            if key != keep:
                del notes[key]
                dropped += 1
        if dropped:
            self.tell(dropped)

    def in_order(self, notes: Iterable[NoteKey]) -> list[NoteKey]:
        """Give what is dropped first first."""
        return sorted(notes, key=lambda key: (key[1], key[0]))

    def refuse(self) -> None:
        """Say that the document does not fit."""
        raise StateRefused(f"{self.where} is full")

    def tell(self, days: int) -> None:
        """Say how many notes were dropped."""
        structlog.get_logger().warning("state.memory_dropped", days=days)


class LocalStore(ModelStore):
    """A store of one machine, which knows whose process lives."""

    lease_lifetime = None

    def begin(self, run_id: str) -> None:
        super().begin(run_id)
        self.place.living.add(run_id)

    def is_alive(self, run_id: str) -> bool | None:
        return run_id in self.place.living

    def close(self) -> None:
        self.place.living.discard(self.run_id)
