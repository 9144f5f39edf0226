"""Holds the records of one day in little memory, to be read as often as wanted.

A small day stays as it is. From `LIVE_RECORDS` on, slices are packed: a day of 130,000 records
would take 250 MB as objects and takes a few MB packed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import msgspec

from ccsync.records import Record

LIVE_RECORDS = 2_500
"""So many records of a day are held as objects; about 2 KB each."""

SLICE_RECORDS = 1_000
"""Records per packed slice: one page of the API."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Record])


class Spool:
    """An append-only sequence of records, kept in slices."""

    def __init__(self) -> None:
        """Start empty."""
        self._packed: list[bytes] = []
        self._live: list[Record] = []
        self.record_count = 0

    def extend(self, records: Sequence[Record]) -> None:
        """Append records, packing what grew too large to be held as objects."""
        self._live.extend(records)
        self.record_count += len(records)
        if self.record_count > LIVE_RECORDS:
            while len(self._live) >= SLICE_RECORDS:
                self._pack(self._live[:SLICE_RECORDS])
                del self._live[:SLICE_RECORDS]

    def slices(self) -> Iterator[Sequence[Record]]:
        """Give the records back in order, some hundreds at a time."""
        for packed in self._packed:
            yield _decoder.decode(zlib.decompress(packed))
        if self._live:
            yield self._live

    def _pack(self, records: Sequence[Record]) -> None:
        # Level 1: three times faster than the default, and these bytes live for a minute.
        self._packed.append(zlib.compress(_encoder.encode(records), 1))
