"""One run's hold on the state: lease its days, commit what was acknowledged, remember, let go.

The document is saved with the version that was loaded; when another run was faster it is loaded
again and our changes are merged in. Lines are saved every few seconds and at the end: what a crash
loses of them is delivered once more, which is harmless. Memory is saved at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from types import TracebackType

from ccsync import logs
from ccsync.errors import DaysLeased, LeaseLost, SourceRefused, StateConflict, StateUnavailable
from ccsync.runtime import Runtime
from ccsync.settings.model import Start
from ccsync.state.contention import MOST_CONFLICTS, stand_back
from ccsync.state.document import Entry, Lease
from ccsync.state.kept import Kept
from ccsync.state.leases import Watch, holders, ranges, survey
from ccsync.state.store import StateStore

log = logs.get()

SAVE_EVERY = 2.0
"""Seconds between two saves of the ledger, at least."""

LOOK_EVERY = 10.0
"""Seconds between two looks at a lease of which nobody knows whether its holder lives."""


class StateSession:
    """The state, for one run. A context manager: entered, it is loaded; left, it is saved."""

    def __init__(
        self,
        store: StateStore,
        runtime: Runtime,
        *,
        run_id: str,
        holder: str,
        read_only: bool = False,
    ) -> None:
        """Take the store and who we are. `read_only` (a dry run) changes nothing at all."""
        self._store = store
        self._runtime = runtime
        self._run_id = run_id
        self._holder = holder
        self._read_only = read_only
        self._kept = Kept(store)
        self._days: tuple[tuple[dt.date, dt.date], ...] = ()
        self._renewals = 0
        self._confirmed = self._saved = runtime.monotonic()

    def __enter__(self) -> StateSession:
        """Connect and load."""
        if not self._read_only:
            self._store.begin(self._run_id)
        try:
            self._kept.load()
        except BaseException:
            self._store.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Save what was acknowledged, give the lease back, let go of the store."""
        self._kept.start_stands = not isinstance(error, SourceRefused)
        try:
            unsaved = self._kept.is_changed or self._days
            if unsaved and not self._read_only and not isinstance(error, LeaseLost):
                self._save(give_back=True)
        finally:
            self._store.close()

    @property
    def keeps(self) -> bool:
        """False when nothing is kept (`state: none`)."""
        return self._store.keeps

    @property
    def source_id(self) -> str | None:
        """The organization that this state belongs to; None while it belongs to nobody."""
        return self._kept.source_id

    def entry(self, sink: str, day: dt.date) -> Entry:
        """Give what is kept for a sink and day, our own unsaved changes included."""
        return self._kept.entry(sink, day)

    def entries(self, sink: str) -> Mapping[dt.date, Entry]:
        """Give everything that was kept for a sink when the run began, by day."""
        return self._kept.entries(sink)

    def start_day(self, start: Start, today: dt.date) -> dt.date:
        """Give the first day to keep true; `Nd` is resolved on the first run and kept."""
        return self._kept.start_day(start, today)

    def bind(self, source_id: str) -> None:
        """Say which organization the days are of; a state belongs to one.

        Raises:
            StateRefused: this state belongs to another.
        """
        self._kept.bind(source_id)

    def lease(self, wanted: Collection[dt.date]) -> frozenset[dt.date]:
        """Take what is free of the wanted days, and give it.

        Waits, for at most one lifetime, to see whether the holder of a day still lives. To be
        called once, before anything is committed.

        Raises:
            DaysLeased: other runs hold all of them. StateUnavailable: no lease could be saved.
        """
        if self._read_only or not wanted:
            return frozenset(wanted)
        lifetime = self._store.lease_lifetime or 0.0
        watch = Watch(
            holder=self._holder,
            lifetime=lifetime,
            monotonic=self._runtime.monotonic,
            is_alive=self._store.is_alive,
        )
        watched: list[str] = []
        conflicts = 0
        while conflicts < MOST_CONFLICTS:
            found = survey(self._kept.leases, wanted, watch)
            if found.unknown:
                names = [lease.holder for lease in found.unknown]
                if names != watched:
                    log.info("lease.watching", holders=names, reason="do they still live?")
                    watched = names
                self._runtime.pause(min(LOOK_EVERY, lifetime / 4))
                self._kept.load()
                continue
            free = frozenset(wanted) - found.taken
            if not free:
                raise DaysLeased(
                    "all days are being worked on by another run: "
                    f"{holders(found.standing, wanted)}. Try again when it has ended"
                )
            days = ranges(free)
            begun = self._runtime.monotonic()
            try:
                self._kept.save((*found.standing, self._lease(days)))
            except StateConflict:
                stand_back(self._runtime, conflicts)
                self._kept.load()
                conflicts += 1
                continue
            self._days = days
            # Others see the lease as old as this, if the first try did it and had no answer.
            self._confirmed = begun
            self._saved = self._runtime.monotonic()
            return free
        raise self._never_still()

    def proceed(self) -> None:
        """Go on only if nobody asked us to stop and our days are still ours.

        Raises:
            Stopped: somebody asked. LeaseLost: another run took over.
        """
        self._runtime.stop.check()
        lifetime = self._store.lease_lifetime
        if lifetime is None or self._read_only or not self._days:
            return
        if self._runtime.monotonic() - self._confirmed >= lifetime / 4:
            try:
                self._save()
            except StateUnavailable as error:
                since = self._runtime.monotonic() - self._confirmed  # trying takes time, too
                if since >= lifetime * 0.9:
                    raise LeaseLost(
                        f"the lease could not be renewed at {self._store.where} for {since:.0f} s "
                        f"({error}); another run may work on these days now"
                    ) from error
                log.warning("lease.renewal_failed", reason=str(error))

    def pause(self, seconds: float) -> None:
        """Wait, renewing the lease meanwhile."""
        until = self._runtime.monotonic() + seconds
        while (left := until - self._runtime.monotonic()) > 0:
            self._runtime.pause(min(left, (self._store.lease_lifetime or 1e9) / 8))
            self.proceed()

    def attempt(self, sinks: Collection[str], day: dt.date, fetched_at: dt.datetime) -> None:
        """Note, durably, that these sinks are about to be sent the revision fetched then.

        Until a line follows nobody trusts an older one, and every later revision is fetched later,
        whatever the clocks say. The first delivery of a day needs no note where no run can be
        overtaken: nothing is shown yet, and the missing line says that it is wanted.

        Raises:
            Stopped, LeaseLost: as `proceed`. StateUnavailable: it is not durable.
        """
        overtaken = self._store.lease_lifetime is not None
        noted = [
            name
            for name in sinks
            if overtaken or self._kept.entry(name, day).fetched_at is not None
        ]
        if not noted or self._read_only:
            return
        self.proceed()
        for name in noted:
            self._kept.change(name, day, Entry(attempted_at=fetched_at))
        self._save()

    def commit(self, sink: str, day: dt.date, entry: Entry, *, urgent: bool = True) -> None:
        """Enter what a sink acknowledged. Saved within seconds, or with the next save.

        What is not `urgent` costs nothing when it is lost: that a day was looked at again.
        """
        if self._read_only:
            return
        self._kept.change(sink, day, entry)
        if urgent and self._runtime.monotonic() - self._saved >= SAVE_EVERY:
            self._saved = self._runtime.monotonic()
            try:
                self._save()
            except StateUnavailable as error:
                log.warning("ledger.not_saved", reason=str(error))

    def memory(self, sink: str, day: dt.date) -> bytes | None:
        """Give what the sink last remembered for the day."""
        return self._store.read_memory(sink, day)

    def remember(self, sink: str, day: dt.date, note: bytes) -> None:
        """Keep a note; durable when this returns.

        Raises:
            Stopped, LeaseLost: as `proceed`. StateUnavailable: it is not durable.
        """
        if self._read_only:
            return
        self.proceed()
        self._store.write_memory(sink, day, note)
        if not self._kept.entry(sink, day).remembered:
            self._kept.change(sink, day, Entry(remembered=True))

    def _lease(self, days: tuple[tuple[dt.date, dt.date], ...]) -> Lease:
        lifetime = self._store.lease_lifetime
        expires_at = None
        if lifetime is not None:
            expires_at = self._runtime.now() + dt.timedelta(seconds=lifetime)
        return Lease(
            holder=self._holder,
            run_id=self._run_id,
            days=days,
            renewals=self._renewals,
            expires_at=expires_at,
        )

    def _save(self, *, give_back: bool = False) -> None:
        """Save our changes and renew the lease, or give it back, whoever else writes.

        Raises:
            LeaseLost: another run took our days over; it decides what they show.
        """
        for conflicts in range(MOST_CONFLICTS):
            others = [lease for lease in self._kept.leases if lease.run_id != self._run_id]
            if self._days and len(others) == len(self._kept.leases):
                self._kept.forget_changes()
                raise LeaseLost(
                    f"another run took over our days at {self._store.where}; it writes them now"
                )
            self._renewals += 1
            if self._days and not give_back:
                others.append(self._lease(self._days))
            begun = self._runtime.monotonic()
            try:
                self._kept.save(others)
            except StateConflict:
                stand_back(self._runtime, conflicts)
                self._kept.load()
            else:
                self._confirmed = begun
                self._saved = self._runtime.monotonic()
                return
        raise self._never_still()

    def _never_still(self) -> StateUnavailable:
        return StateUnavailable(
            f"the ledger at {self._store.where} changed {MOST_CONFLICTS} times while it was saved"
        )
