"""The promises of a sink, as far as a stream of JSON lines can keep them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from ccsync.records import Record
from ccsync.sink import Outcome, Sink, SinkContext
from ccsync.snapshot import Snapshot
from ccsync.testing import SinkContract
from ccsync.testing.contract.given import Build, Shown
from ccsync_stdout import PLUGIN
from ccsync_stdout.sink import StdoutSink


class Names(msgspec.Struct):
    """What tells the revision that a line belongs to."""

    source_id: str
    date: dt.date
    fetched_at: dt.datetime


class TestStdout(SinkContract):
    plugin = PLUGIN
    atomic = False
    shows_empty_days = False

    @pytest.fixture
    def stream(self, tmp_path: Path) -> Iterator[BinaryIO]:
        with (tmp_path / "lines.jsonl").open("w+b") as stream:
            yield stream

    @pytest.fixture
    def build(self, stream: BinaryIO) -> Build:
        def built(context: SinkContext) -> Sink:
            return StdoutSink("jsonl", context, stream)

        return built

    @pytest.fixture
    def shown(self, stream: BinaryIO) -> Shown:
        """Read as the README says: of a source's day the newest lines, equal ones once."""

        def read(source_id: str, day: dt.date) -> Collection[Record]:
            stream.seek(0)
            lines = [(msgspec.json.decode(line, type=Names), line) for line in stream]
            ours = [one for one in lines if (one[0].source_id, one[0].date) == (source_id, day)]
            newest = max((names.fetched_at for names, _ in ours), default=None)
            lasting = {line for names, line in ours if names.fetched_at == newest}
            return [msgspec.json.decode(line, type=Record) for line in lasting]

        return read


class SlicedSink(StdoutSink):
    """Gets every day in small slices: it asks to proceed often, and can die between any two."""

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        def slices() -> Iterator[Sequence[Record]]:
            records = list(snapshot.records())
            for start in range(0, len(records), 10):
                yield records[start : start + 10]

        sliced = Snapshot(
            day=snapshot.day,
            source_id=snapshot.source_id,
            snapshot_id=snapshot.snapshot_id,
            fetched_at=snapshot.fetched_at,
            settled=snapshot.settled,
            record_count=snapshot.record_count,
            slices=slices,
        )
        return super().deliver(sliced, memory, remember)


class TestStdoutInSlices(TestStdout):
    @pytest.fixture
    def build(self, stream: BinaryIO) -> Build:
        def built(context: SinkContext) -> Sink:
            return SlicedSink("jsonl", context, stream)

        return built
