"""From rows to the bodies of `tabledata.insertAll` requests.

A body is built once, and the same bytes are sent again when an answer was lost. It says no more
than the rows, on purpose:

- no `insertId`: BigQuery drops repeated ones for about a minute and as best it can, which no
  correctness can rest on, and allows fewer rows a second with them. A row that is there twice is
  seen once: the views show one row for each `record_key` of a snapshot.
- no `skipInvalidRows`: a request of which a part was taken would have to be told from one that
  was taken whole.
- no `ignoreUnknownValues`: it drops what a table has no column for, and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ccsync.records import Record

_BEGIN = b'{"rows":[{"json":'
_BETWEEN = b'},{"json":'
_END = b"}]}"


class Row(NamedTuple):
    """One row on its way."""

    record: Record | None
    """That it shows; None for a commit."""

    line: bytes
    """A JSON object."""


class Batch:
    """The rows of one request. Holds their bytes once, as the body."""

    def __init__(self, records: Sequence[Record | None], lengths: list[int], body: bytes) -> None:
        """Take what `_Growing` put together."""
        self.records = records
        self.body = body
        self._lengths = lengths

    @classmethod
    def of(cls, rows: Iterable[tuple[Record | None, bytes]]) -> Batch:
        """Build the body of at least one row."""
        growing = _Growing()
        for record, line in rows:
            growing.add(record, line)
        return growing.take()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.records)

    def rows(self) -> list[Row]:
        """Take the rows out of the body again."""
        found: list[Row] = []
        at = len(_BEGIN)
        for record, length in zip(self.records, self._lengths, strict=True):
            found.append(Row(record, self.body[at : at + length]))
            at += length + len(_BETWEEN)
        return found

    def only(self, indexes: Iterable[int]) -> Batch:
        """Give a batch of some of the rows, at least one, in their order."""
        rows = self.rows()
        return Batch.of(rows[index] for index in sorted(set(indexes)))

    def halves(self) -> tuple[Batch, Batch]:
        """Give two batches of half the rows; there have to be two rows at least."""
        rows = self.rows()
        middle = len(rows) // 2
        return Batch.of(rows[:middle]), Batch.of(rows[middle:])


def batches(
    rows: Iterable[tuple[Record | None, bytes]], *, max_rows: int, max_bytes: int
) -> Iterator[Batch]:
    """Put rows together, in their order, pulling no more of them than the next batch needs.

    Args:
        rows: records and their lines.
        max_rows: most rows of a batch.
        max_bytes: most bytes of a body. A row that is larger by itself gets a batch of its own:
            only BigQuery can say whether it is too large.
    """
    growing = _Growing()
    for record, line in rows:
        rows_so_far = len(growing.records)
        if rows_so_far and (
            rows_so_far >= max_rows or len(growing.body) + len(line) + len(_END) > max_bytes
        ):
            yield growing.take()
        growing.add(record, line)
    if growing.records:
        yield growing.take()


class _Growing:
    """A body that grows row by row: each is copied while it is in the processor's cache."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.records: list[Record | None] = []
        self.lengths: list[int] = []
        self.body = bytearray(_BEGIN)
        """Ready for the next row."""

    def add(self, record: Record | None, line: bytes) -> None:
        self.records.append(record)
        self.lengths.append(len(line))
        self.body += line
        self.body += _BETWEEN

    def take(self) -> Batch:
        """Make a batch of it, and keep nothing: a generator that waits holds no rows."""
        self.body[-len(_BETWEEN) :] = _END
        batch = Batch(self.records, self.lengths, bytes(self.body))
        self._clear()
        return batch
