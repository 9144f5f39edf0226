"""One day, complete, as one privacy policy lets a sink see it; named by a hash of its content.

    pages -> DayBuilder -> FetchedDay --seen_through(privacy)--> Snapshot -> sink

A day is built from all its pages or not at all. Its name does not depend on the order of the rows,
on how a number was spelled, or on optional fields that are not used.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ccsync.records import Identity, Record, combine, identity
from ccsync.spool import Spool

if TYPE_CHECKING:
    from ccsync.privacy import Privacy

SNAPSHOT_FORMAT = "1"
"""Part of every snapshot id. Rises when equal content would be named differently than before."""

_canonical = msgspec.json.Encoder(order="deterministic")


class Snapshot:
    """What a sink gets to deliver. Read-only; iterate over the records as often as wanted."""

    def __init__(
        self,
        *,
        day: dt.date,
        source_id: str,
        snapshot_id: str,
        fetched_at: dt.datetime,
        settled: bool,
        record_count: int,
        slices: Callable[[], Iterator[Sequence[Record]]],
        merged: int = 0,
    ) -> None:
        """Take the parts; `slices` gives the records, identities unique, each time it is called."""
        self.day = day
        """The UTC day."""
        self.source_id = source_id
        """The organization of the credential that the day was fetched with."""
        self.snapshot_id = snapshot_id
        """32 hex digits; the same content has the same id in every run."""
        self.fetched_at = fetched_at
        """The moment before the first request, in UTC: orders the revisions of a day."""
        self.settled = settled
        """True when the API is not expected to change the day any more."""
        self.record_count = record_count
        """Records in the whole day; 0 is a day without usage, to be shown as such."""
        self.merged = merged
        """Rows that were added to another of equal identity."""
        self._slices = slices

    def slices(self) -> Iterator[Sequence[Record]]:
        """Give all records, some hundreds at a time: no more need be in memory."""
        return self._slices()

    def records(self) -> Iterator[Record]:
        """Give all records, one by one. No two of them are equal in identity."""
        for part in self._slices():
            yield from part

    def without(self, records: Iterable[Record]) -> Snapshot:
        """Give a snapshot that lacks these records, under a name of its own."""
        left_out = {identity(record) for record in records}
        kept = Spool()
        content = _Content(self.day, self.source_id)
        for part in self._slices():
            some = [record for record in part if identity(record) not in left_out]
            content.add(some)
            kept.extend(some)
        return Snapshot(
            day=self.day,
            source_id=self.source_id,
            snapshot_id=content.name(),
            fetched_at=self.fetched_at,
            settled=self.settled,
            record_count=kept.record_count,
            slices=kept.slices,
            merged=self.merged,
        )

    def __repr__(self) -> str:
        """Name the snapshot without any of its content."""
        return f"<Snapshot {self.day} {self.snapshot_id[:8]} of {self.record_count} records>"


class FetchedDay:
    """All rows of one day as the API gave them, before privacy and before summing."""

    def __init__(
        self,
        *,
        spool: Spool,
        day: dt.date,
        source_id: str,
        fetched_at: dt.datetime,
        settled: bool,
        rows: int,
        skipped_rows: Sequence[str],
    ) -> None:
        """Take what `DayBuilder.finish` put together."""
        self.day = day
        self.source_id = source_id
        self.fetched_at = fetched_at
        self.settled = settled
        self.rows = rows
        """Rows in the API's answer, the skipped ones included."""
        self.skipped_rows = tuple(skipped_rows)
        """Why rows were left out (`on_bad_row: skip`); empty otherwise."""
        self._spool = spool
        self._seen: dict[str, Snapshot] = {}

    def seen_through(self, privacy: Privacy) -> Snapshot:
        """Make the snapshot that sinks under this policy get; made once per policy."""
        if privacy.shape not in self._seen:
            self._seen[privacy.shape] = self._make(privacy)
        return self._seen[privacy.shape]

    def _make(self, privacy: Privacy) -> Snapshot:
        # Not a method of this day: day and snapshot would hold each other, and much memory.
        rewritten = functools.partial(_rewritten, self._spool, privacy.apply)

        # Equal identities are rare, so they are looked for first, by a hash of the identity.
        seen: set[int] = set()
        twice: set[int] = set()
        content = _Content(self.day, self.source_id)
        for part in rewritten():
            keys = [hash(identity(record)) for record in part]
            known = len(seen)
            twice |= seen.intersection(keys)
            seen.update(keys)
            if len(seen) - known < len(keys):
                twice |= {key for key, times in Counter(keys).items() if times > 1}
            if not twice:
                content.add(part)
        del seen
        slices: Callable[[], Iterator[Sequence[Record]]] = rewritten
        count = self._spool.record_count
        if twice:
            summed = _summed(rewritten(), twice)
            slices, count = summed.slices, summed.record_count
            content = _Content(self.day, self.source_id)
            for part in slices():
                content.add(part)
        return Snapshot(
            day=self.day,
            source_id=self.source_id,
            snapshot_id=content.name(),
            fetched_at=self.fetched_at,
            settled=self.settled,
            record_count=count,
            slices=slices,
            merged=self._spool.record_count - count,
        )


class DayBuilder:
    """Collects the pages of one day. Drop it half-way, and nothing is left."""

    def __init__(self) -> None:
        """Start with no page."""
        self._spool = Spool()

    def add(self, records: Sequence[Record]) -> None:
        """Add the records of one page."""
        self._spool.extend(records)

    def finish(
        self,
        *,
        day: dt.date,
        source_id: str,
        fetched_at: dt.datetime,
        settled: bool,
        rows: int,
        skipped_rows: Sequence[str] = (),
    ) -> FetchedDay:
        """Say that every page is in."""
        return FetchedDay(
            spool=self._spool,
            day=day,
            source_id=source_id,
            fetched_at=fetched_at,
            settled=settled,
            rows=rows,
            skipped_rows=skipped_rows,
        )


class _Content:
    """Names a set of records, whatever their order."""

    def __init__(self, day: dt.date, source_id: str) -> None:
        self._head = _canonical.encode([SNAPSHOT_FORMAT, source_id, day])
        self._digests: list[bytes] = []
        self._buffer = bytearray()

    def add(self, records: Sequence[Record]) -> None:
        # Into one buffer again and again: it stays in the processor's cache.
        encode_into, sha256 = _canonical.encode_into, hashlib.sha256
        buffer, digests = self._buffer, self._digests
        for record in records:
            encode_into(record, buffer)
            digests.append(sha256(buffer).digest())

    def name(self) -> str:
        whole = hashlib.sha256(self._head)
        for digest in sorted(self._digests):
            whole.update(digest)
        return whole.hexdigest()[:32]


def _rewritten(
    spool: Spool, apply: Callable[[Record], Record] | None
) -> Iterator[Sequence[Record]]:
    """Give the records as a policy shows them."""
    for part in spool.slices():
        yield part if apply is None else [apply(record) for record in part]


def _summed(slices: Iterator[Sequence[Record]], twice: set[int]) -> Spool:
    """Add together what is equal in identity; `twice` holds the hashes of the suspects."""
    sums: dict[Identity, Record] = {}
    spool = Spool()
    for part in slices:
        alone: list[Record] = []
        for record in part:
            key = identity(record)
            if hash(key) not in twice:
                alone.append(record)
            elif key in sums:
                sums[key] = combine(sums[key], record)
            else:
                sums[key] = record
        spool.extend(alone)
    spool.extend(list(sums.values()))
    return spool
