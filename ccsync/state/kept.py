"""The ledger document as one run sees it: what was loaded, with our own changes on top."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from ccsync.errors import StateRefused
from ccsync.settings.model import Start
from ccsync.state import document
from ccsync.state.document import Entry, KeptStart, Key, Lease, Ledger
from ccsync.state.store import StateStore


class Kept:
    """Loads, changes and saves the document. Knows nothing of who may change which day."""

    def __init__(self, store: StateStore) -> None:
        """Take the store; nothing is loaded yet."""
        self._store = store
        self._ledger = Ledger()
        self._version = ""
        self._changes: dict[Key, Entry] = {}
        self._start: KeptStart | None = None
        self._source_id: str | None = None
        self.start_stands = False
        """True when a resolved start is to be kept although the API has not answered."""

    @property
    def leases(self) -> tuple[Lease, ...]:
        """All leases, ours too, as they were loaded or saved last."""
        return self._ledger.leases

    @property
    def source_id(self) -> str | None:
        """The organization that the state belongs to; None while it belongs to nobody."""
        return self._source_id or self._ledger.source_id

    @property
    def is_changed(self) -> bool:
        """True when there is something to save."""
        return bool(self._changes or self._start_to_save)

    def entry(self, sink: str, day: dt.date) -> Entry:
        """Give what is kept for a sink and day, unsaved changes included."""
        kept = self._ledger.entry((sink, day))
        ours = self._changes.get((sink, day))
        return kept if ours is None else document.merge_entry(kept, ours)

    def entries(self, sink: str) -> Mapping[dt.date, Entry]:
        """Give everything that was loaded for a sink, by day."""
        return self._ledger.sinks.get(sink, {})

    def start_day(self, start: Start, today: dt.date) -> dt.date:
        """Give the first day to keep true; `Nd` is resolved on the first run and kept.

        It is kept once the API has answered (`bind`), or at the end of a run that was not refused:
        our clock, which it was counted by, may have been wrong.
        """
        if start.date is not None:
            return start.date
        kept = self._ledger.start
        if kept is not None and kept.written == str(start):
            return kept.day
        self._start = KeptStart(str(start), today - dt.timedelta(days=start.days or 0))
        return self._start.day

    def bind(self, source_id: str) -> None:
        """Say which organization the days are of.

        Raises:
            StateRefused: this state belongs to another.
        """
        self._check_source(self._ledger, source_id)
        self._source_id = source_id

    def change(self, sink: str, day: dt.date, entry: Entry) -> None:
        """Change an entry; saved by the next `save`."""
        before = self._changes.get((sink, day))
        self._changes[sink, day] = entry if before is None else document.merge_entry(before, entry)

    def forget_changes(self) -> None:
        """Drop what was not saved."""
        self._changes.clear()

    def load(self) -> None:
        """Read the document anew; our changes stay on top.

        Raises:
            StateRefused: it is no ledger, or another run bound it to another organization.
        """
        content, version = self._store.load()
        ledger = document.decode(content, self._store.where)
        if self._source_id is not None:
            self._check_source(ledger, self._source_id)
        self._ledger, self._version = ledger, version

    def save(self, leases: Iterable[Lease]) -> None:
        """Save our changes and these leases.

        Raises:
            StateConflict: somebody was faster; load, and think again. StateUnavailable.
        """
        to_save = self._start_to_save
        merged = document.with_changes(
            self._ledger, self._changes, source_id=self._source_id, start=to_save, leases=leases
        )
        self._version = self._store.save(document.encode(merged), self._version)
        self._ledger = merged
        self._changes.clear()
        if to_save is not None:
            self._start = None

    @property
    def _start_to_save(self) -> KeptStart | None:
        return self._start if self._source_id is not None or self.start_stands else None

    def _check_source(self, ledger: Ledger, source_id: str) -> None:
        if ledger.source_id not in {None, source_id}:
            raise StateRefused(
                f"the state at {self._store.where} belongs to organization {ledger.source_id}, but "
                f"this key belongs to {source_id}. Nothing was delivered. Use the other key, or "
                "give this organization a state: of its own"
            )
