"""Pages of a day, rendered once and kept as bytes."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from ccsync.simulator import cursor as cursors
from ccsync.simulator.contract import Query, Refusal
from ccsync.simulator.cursor import Cursor
from ccsync.simulator.shapes import Row, Shape, catalogue
from ccsync.simulator.usage import Usage

DELAY = dt.timedelta(hours=1)
"""Only activity older than this is served."""

LATE_STEP = dt.timedelta(hours=6)
"""In such steps late activity of a day that has ended comes to light."""

EMPTY_BODY = b'{"data":[],"has_more":false,"next_page":null}'

_KEPT_BYTES = 512 * 1024 * 1024
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered page."""

    body: bytes
    cursor: str
    """Leads to this page."""


class Pages:
    """Renders the pages of one organization's days."""

    def __init__(self, usage: Usage, shape: Shape, *, keep_bytes: int = _KEPT_BYTES) -> None:
        """Take whose days, in which shape, and how many bytes of pages may be kept."""
        self._usage = usage
        self._shape: Shape = shape
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[Cursor, tuple[Page, ...]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder(decimal_format="number")

    def page(self, query: Query, now: dt.datetime) -> Page:
        """Give the page that a query asks for.

        Raises:
            Refusal: 400 for a cursor that points past the data.
        """
        at = query.cursor or Cursor(
            query.day,
            query.limit,
            boundary(query.day, now, self._usage.settles_after),
            self._usage.revision(query.day),
            0,
        )
        first = msgspec.structs.replace(at, offset=0)
        with self._lock:
            pages = self._kept.get(first) or self._render(first)
            self._kept.move_to_end(first)
        if at.page > len(pages):
            raise Refusal(400, "page: the cursor points past the data")
        return pages[at.page - 1]

    def _render(self, first: Cursor) -> tuple[Page, ...]:
        """Render all pages of a day and keep them, forgetting the longest unused ones."""
        pages = tuple(self._pages(first))
        self._kept[first] = pages
        self._bytes += _size(pages)
        while self._bytes > self._keep_bytes and len(self._kept) > 1:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= _size(forgotten)
        return pages

    def _pages(self, first: Cursor) -> Iterator[Page]:
        rows = map(self._encode, self._rows(first))
        at, chunk = first, list(islice(rows, first.limit))
        while True:
            following = list(islice(rows, first.limit))
            after = msgspec.structs.replace(at, offset=at.offset + first.limit)
            next_page = cursors.write(after) if following else None
            yield Page(envelope(b",".join(chunk), next_page), cursors.write(at))
            if not following:
                return
            at, chunk = after, following

    def _rows(self, first: Cursor) -> Iterable[Row]:
        if first.until <= _midnight(first.day):
            return ()
        return self._usage.rows(first.day, first.until, first.revision)

    def _encode(self, row: Row) -> bytes:
        return self._encoder.encode(row if self._shape == "documented" else catalogue(row))


def boundary(
    day: dt.date, now: dt.datetime, settles_after: dt.timedelta = dt.timedelta()
) -> dt.datetime:
    """Say up to which moment a day's activity is served: its end, once that is old enough.

    Whole minutes, so that requests of the same minute see the same page. After the day's end it
    goes on, in whole steps of `LATE_STEP`, until the day can not grow any more.
    """
    begin = _midnight(day)
    end = begin + _DAY
    served = (now.astimezone(dt.UTC) - DELAY).replace(second=0, microsecond=0)
    if served < end:
        return max(begin, served)
    return end + min(served - end, settles_after) // LATE_STEP * LATE_STEP


def envelope(rows: bytes, next_page: str | None, has_more: bool | None = None) -> bytes:
    """Wrap encoded rows; `has_more` follows from `next_page` unless given."""
    more = next_page is not None if has_more is None else has_more
    return b'{"data":[%b],"has_more":%b,"next_page":%b}' % (
        rows,
        b"true" if more else b"false",
        msgspec.json.encode(next_page),
    )


def rows_of(body: bytes) -> bytes:
    """Take the encoded rows out of an envelope that `envelope` made."""
    return body.removeprefix(b'{"data":[').rpartition(b'],"has_more":')[0]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _size(pages: tuple[Page, ...]) -> int:
    return sum(len(page.body) for page in pages)
