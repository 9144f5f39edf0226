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

    def __init__(self, rows: Sequence[tuple[Record | None, bytes]]) -> None:
        """Build the body of at least one row."""
        self.records = tuple(record for record, _ in rows)
        self.body = _BEGIN + _BETWEEN.join([line for _, line in rows]) + _END
        self._lengths = [len(line) for _, line in rows]

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
        return Batch([rows[index] for index in sorted(set(indexes))])

    def halves(self) -> tuple[Batch, Batch]:
        """Give two batches of half the rows; there have to be two rows at least."""
        rows = self.rows()
        middle = len(rows) // 2
        return Batch(rows[:middle]), Batch(rows[middle:])


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
    waiting: list[tuple[Record | None, bytes]] = []
    bare = len(_BEGIN) + len(_END) - len(_BETWEEN)
    size = bare
    for row in rows:
        more = len(_BETWEEN) + len(row[1])
        if waiting and (len(waiting) >= max_rows or size + more > max_bytes):
            yield _taken(waiting)
            size = bare
        waiting.append(row)
        size += more
    if waiting:
        yield _taken(waiting)


def _taken(waiting: list[tuple[Record | None, bytes]]) -> Batch:
    """Empty the list: a generator that waits keeps nothing of what it gave."""
    batch = Batch(waiting)
    waiting.clear()
    return batch
