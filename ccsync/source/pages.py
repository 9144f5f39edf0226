"""From the body of an answer to the records of one page.

The envelope has to be right. Each row is read by itself: strictly, or, if it is not in the
documented shape, tidied first. (To decode a whole page in one go is no faster.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from ccsync.errors import SourceDrift
from ccsync.records import Record
from ccsync.settings.model import OnBad
from ccsync.source import wire
from ccsync.source.normalize import normalize
from ccsync.source.numerals import Numeral
from ccsync.source.text import one_line
from ccsync.source.tidy import tidy

T = TypeVar("T")


def _verbatim(number: Numeral) -> msgspec.Raw:
    """Write a number of a tidied row as it was written."""
    return msgspec.Raw(number.text.encode())


_encode = msgspec.json.Encoder(enc_hook=_verbatim).encode
_skim = msgspec.json.Decoder(msgspec.Raw).decode


class NotJsonError(Exception):
    """The body is no JSON: cut off, garbled, or written by somebody else than the API."""

    def __init__(self, body: bytes) -> None:
        """Say what the body looks like, without quoting it."""
        self.web_page = body.lstrip()[:1] == b"<"
        """It looks like HTML."""
        size = len(body)
        super().__init__(
            "a web page" if self.web_page else f"no JSON, or not all of it ({size:,} bytes)"
        )


class PageContent(msgspec.Struct, frozen=True):
    """What one page says."""

    records: Sequence[Record]
    rows: int
    """Rows on the page, the skipped ones included."""

    skipped_rows: Sequence[str]
    """Why rows were left out, each naming day, page and row; empty under `on_bad_row: refuse`."""

    has_more: bool
    next_page: str | None


def read_page(body: bytes, *, day: dt.date, number: int, on_bad_row: OnBad) -> PageContent:
    """Read page `number` (from 1 on) of the answer for `day`.

    Raises:
        NotJsonError: ask again.
        SourceDrift: the envelope is not as documented, or a row cannot be read.
    """
    try:
        page = wire.decode_page(body)
    except (ValueError, RecursionError) as error:
        _check_json(body)
        raise SourceDrift(_misshapen(f"{day}: page {number}", error)) from None
    is_json = False
    records: list[Record] = []
    skipped: list[str] = []
    for index, raw in enumerate(page.data):
        try:
            try:
                record = normalize(wire.decode_row(raw), day)
            except ValueError:
                if not is_json:
                    _check_json(body)
                    is_json = True
                record = _read_odd_row(raw, day)
        except (ValueError, RecursionError) as error:
            reason = one_line(str(error) or "it is nested too deeply")
            where = f"{day}: page {number}, row {index} (the first is 0) cannot be read: {reason}"
            if on_bad_row == "refuse":
                raise SourceDrift(
                    f"{where}. The day is refused for all sinks; with source.on_bad_row: skip "
                    "such rows are left out and reported"
                ) from None
            skipped.append(where)
        else:
            records.append(record)
    return PageContent(records, len(page.data), tuple(skipped), page.has_more, page.next_page)


def read_json(body: bytes, shape: type[T], *, what: str) -> T:
    """Read a small answer of another kind.

    Raises:
        NotJsonError: ask again.
        SourceDrift: it is JSON of another shape.
    """
    _check_json(body)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise SourceDrift(_misshapen(what, error)) from None


def _read_odd_row(raw: msgspec.Raw, day: dt.date) -> Record:
    documented, extra = tidy(raw)
    return normalize(wire.decode_row(_encode(documented)), day, extra)


def _check_json(body: bytes) -> None:
    """Tell a body that is no JSON from one that says the wrong thing."""
    try:
        body.decode("utf-8")  # skimming does not look into strings
        _skim(body)
    except (ValueError, RecursionError):
        raise NotJsonError(body) from None


def _misshapen(what: str, error: Exception) -> str:
    return (
        f"{what}: the answer is JSON, but not as the API documents it: {one_line(str(error))}. "
        "Is something else than the API answering at source.base_url, or is this a newer API "
        "than this version of ccsync knows?"
    )
