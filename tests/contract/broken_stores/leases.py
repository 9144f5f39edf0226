"""Stores that spoil leases, or do not know who lives."""

from __future__ import annotations

import datetime as dt

import msgspec

from ccsync.errors import StateRefused
from ccsync.state.document import Ledger, decode, encode
from tests.contract.broken_stores.model import LocalStore, ModelStore, Place
from tests.contract.broken_stores.planted import planted


@planted(
    "test_a_run_that_was_overtaken_writes_nothing",
    "test_runs_side_by_side_lose_nothing",
)
class LetsAnyHolderSave(ModelStore):
    """Takes a stale version from whoever has a lease, without looking whose it is now."""

    def compare(self, expected: str, document: bytes) -> None:
        if not ledger(self, document).leases:
            super().compare(expected, document)


@planted("test_a_living_run_keeps_its_days")
class LeasesEndByTheWallClock(ModelStore):
    def load(self) -> tuple[bytes | None, str]:
        document, version = super().load()
        found = ledger(self, document)
        now = dt.datetime.now(dt.UTC)
        left = tuple(one for one in found.leases if one.expires_at is None or one.expires_at > now)
        if found.leases != left:
            document = encode(msgspec.structs.replace(found, leases=left))
        return document, version


@planted(
    "test_a_living_run_keeps_its_days",
    "test_a_long_run_stays_the_holder",
)
class ForgetsLeases(ModelStore):
    def swap(self, document: bytes) -> None:
        super().swap(encode(msgspec.structs.replace(ledger(self, document), leases=())))


@planted(
    "test_runs_side_by_side_lose_nothing",
    "test_days_that_nobody_holds_are_not_waited_for",
)
class KeepsLeasesForever(ModelStore):
    def swap(self, document: bytes) -> None:
        new = ledger(self, document)
        mine = {lease.run_id for lease in new.leases}
        kept = [one for one in ledger(self, self.place.document).leases if one.run_id not in mine]
        super().swap(encode(msgspec.structs.replace(new, leases=(*kept, *new.leases))))


@planted("test_a_retry_of_the_same_job_waits_for_nobody")
class KnowsHoldersByTheirRun(ModelStore):
    def swap(self, document: bytes) -> None:
        new = ledger(self, document)
        leases = tuple(msgspec.structs.replace(one, holder=one.run_id) for one in new.leases)
        super().swap(encode(msgspec.structs.replace(new, leases=leases)))


@planted("test_a_living_run_keeps_its_days", "test_a_run_lives_or_nobody_knows")
class EverybodyIsDead(ModelStore):
    def is_alive(self, run_id: str) -> bool | None:
        return False


@planted(
    "test_a_dead_run_is_taken_over",
    "test_a_retry_of_the_same_job_waits_for_nobody",
    "test_a_run_lives_or_nobody_knows",
)
class EverybodyLives(ModelStore):
    def is_alive(self, run_id: str) -> bool | None:
        return True


@planted("test_a_run_lives_or_nobody_knows")
class LeasesHaveNoEnd(ModelStore):
    lease_lifetime = None


@planted("test_a_dead_run_is_taken_over", "test_a_run_lives_or_nobody_knows")
class LivesOnAfterClosing(LocalStore):
    def close(self) -> None:
        pass


@planted("test_close_is_safe_before_begin_and_twice")
class ClosesOnce(LocalStore):
    def close(self) -> None:
        self.place.living.remove(self.run_id)


@planted("test_close_is_safe_before_begin_and_twice")
class CannotCloseBeforeBegin(ModelStore):
    def close(self) -> None:
        if not self.run_id:
            raise StateRefused("not open")


@planted("test_a_dead_run_is_taken_over")
class LosesLinesWithoutALease(ModelStore):
    """Keeps what a run saved only until it gives its lease back."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.before: bytes | None = None

    def swap(self, document: bytes) -> None:
        if ledger(self, document).leases:
            self.before = self.place.document
        elif self.before is not None:
            document = self.before
        super().swap(document)


def ledger(store: ModelStore, document: bytes | None) -> Ledger:
    """Read a document; what is none has nothing in it."""
    try:
        return decode(document, store.where)
    except StateRefused:
        return Ledger()
