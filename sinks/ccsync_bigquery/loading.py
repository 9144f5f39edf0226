"""`mode: load`: rows by load jobs, a bounded part at a time.

Each part is one job, which loads all of it or nothing. Parts of a day that died half-way stay
behind as rows without a commit, which no view shows.
"""

from __future__ import annotations

import bisect
import hashlib
import io
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ccsync.errors import RecordsRefused
from ccsync.records import Record
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.load_errors import Fault, LoadRefusedError
from ccsync_bigquery.row_errors import InvalidRow, InvalidRowsError, RowError, described

PART_BYTES = 16_000_000
"""Of one job. Few jobs, for BigQuery allows 1,500 a day and table; and bounded memory."""


class Loader:
    """Loads rows into the tables of one dataset."""

    def __init__(self, jobs: Jobs, *, part_bytes: int = PART_BYTES) -> None:
        """Take what runs jobs.

        Args:
            jobs: of the dataset.
            part_bytes: most bytes of a job; a larger row gets a job of its own.
        """
        self._jobs = jobs
        self._part_bytes = part_bytes

    def load(self, table: str, rows: Iterable[tuple[Record | None, bytes]], *, name: str) -> None:
        """Load all rows.

        Args:
            table: name within the dataset, as `usage_raw`.
            rows: each as a record (None: a commit) and a JSON object without a newline.
            name: names this delivery. The same rows under the same name are loaded once, however
                often they are tried.

        Raises:
            InvalidRowsError: BigQuery will never take some of the rows.
            RecordsRefused: the same, but it does not say which rows.
            SinkUnavailable: the outcome is unknown.
            SinkRefused: nothing will be taken until someone changes something.
        """
        loaded = number = 0
        for part in _parts(rows, self._part_bytes):
            self._load_part(table, part, f"{name} {number}", loaded)
            loaded, number = loaded + len(part), number + 1
            del part  # or it would stay while the next one is put together

    def _load_part(self, table: str, part: _Part, name: str, before: int) -> None:
        lines = part.lines()
        # The content is part of the id: tried again later, rows name another moment of writing,
        # and parts may be cut elsewhere.
        this = [str(self._jobs.service.place), table, name, hashlib.sha256(lines).hexdigest()]
        digest = hashlib.sha256("\n".join(this).encode()).hexdigest()
        doing = f"load rows {before + 1:,} to {before + len(part):,}"
        try:
            self._jobs.load(doing, table, lines, f"ccsync_{digest[:32]}")
        except LoadRefusedError as error:
            raise _refused(part, error) from None


class _Part:
    """Lines of one job, and where each begins. Records are read from them again if need be."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._starts = array("Q")
        self._commits: set[int] = set()

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def size(self) -> int:
        return self._buffer.tell()

    def add(self, record: Record | None, line: bytes) -> None:
        if record is None:
            self._commits.add(len(self))
        self._starts.append(self.size)
        self._buffer.write(line)
        self._buffer.write(b"\n")

    def lines(self) -> bytes:
        return self._buffer.getvalue()

    def index_at(self, position: int) -> int:
        """Give the row that a byte belongs to."""
        return max(0, bisect.bisect_right(self._starts, position) - 1)

    def row(self, index: int, errors: list[RowError]) -> InvalidRow:
        self._buffer.seek(self._starts[index])
        line = self._buffer.readline().removesuffix(b"\n")
        record = None if index in self._commits else _record_of(line)
        return InvalidRow(record, line, errors)


def _parts(rows: Iterable[tuple[Record | None, bytes]], most: int) -> Iterator[_Part]:
    """Put rows together, in their order."""
    waiting = [_Part()]
    for record, line in rows:
        if len(waiting[0]) and waiting[0].size + len(line) + 1 > most:
            yield waiting.pop()  # a generator that waits keeps nothing of what it gave
            waiting.append(_Part())
        waiting[0].add(record, line)
    if len(waiting[0]):
        yield waiting.pop()


def _refused(part: _Part, error: LoadRefusedError) -> Exception:
    by_row: dict[int, list[RowError]] = {}
    for fault in error.faults:
        index = _index_of(fault, part)
        if index is not None:
            by_row.setdefault(index, []).append(fault.error)
    if by_row:
        return InvalidRowsError([part.row(index, found) for index, found in by_row.items()])
    what = "; ".join(dict.fromkeys(described(fault.error) for fault in error.faults))
    return RecordsRefused(f"{error}, and does not say which: {what}")


def _index_of(fault: Fault, part: _Part) -> int | None:
    if fault.position is not None:
        return part.index_at(fault.position)
    return 0 if len(part) == 1 else None


def _record_of(line: bytes) -> Record | None:
    """Read the record back from its row: the columns have the names of its fields.

    Cheaper than to keep all records of a part, for the one that may be refused. None: the row is
    not as `ccsync.warehouse.rows` writes it.
    """
    try:
        row: dict[str, Any] = msgspec.json.decode(line)
        if isinstance(row.get("extra"), str):
            row["extra"] = msgspec.json.decode(row["extra"])
        return msgspec.convert(row, Record, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
