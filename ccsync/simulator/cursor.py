"""The opaque cursor: a place in a day's rows, and the data boundary that it was read at."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib

import msgspec

_PREFIX = "page_"
_MARK_BYTES = 8


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Leads to one page. Bound to its query; later restatements do not move what it shows."""

    day: dt.date
    limit: int
    until: dt.datetime
    """Activity from this moment on was not known yet when the first page was served."""

    revision: int
    """The day's revision when the first page was served."""

    offset: int
    """Index of the page's first row."""

    @property
    def page(self) -> int:
        """Which page of its day, from 1."""
        return self.offset // self.limit + 1


def write(cursor: Cursor) -> str:
    """Spell a cursor; the spelling needs percent-encoding in a query, as real ones do."""
    content = msgspec.json.encode(cursor)
    while (_MARK_BYTES + len(content)) % 3 == 0:
        content += b" "
    return _PREFIX + base64.b64encode(_mark(content) + content).decode("ascii")


def read(text: str) -> Cursor | None:
    """Read a cursor; None when it was not written by `write`."""
    if not text.startswith(_PREFIX):
        return None
    try:
        raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    mark, content = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
    if mark != _mark(content):
        return None
    return msgspec.json.decode(content, type=Cursor)


def _mark(content: bytes) -> bytes:
    """Tell our cursors from garbage and from edited ones."""
    return hashlib.blake2s(content, digest_size=_MARK_BYTES, person=b"ccsyncPg").digest()
