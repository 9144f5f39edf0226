"""Reads rows in tests."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from ccsync.errors import SourceDrift
from ccsync.records import Record
from ccsync.settings.model import OnBad
from ccsync.source.pages import PageContent, read_page

from .fake_api import DAY, Row, a_row


def read(body: bytes, day: dt.date = DAY, on_bad_row: OnBad = "refuse") -> PageContent:
    return read_page(body, day=day, number=3, on_bad_row=on_bad_row)


def one(row: Any) -> Record:
    """Read a page of this one row."""
    body = json.dumps({"data": [row], "has_more": False, "next_page": None}).encode()
    (record,) = read(body).records
    return record


def refusal(row: Any) -> str:
    """Give what is said about a row that cannot be read."""
    with pytest.raises(SourceDrift) as caught:
        one(row)
    return str(caught.value)


def changed(path: str, value: Any) -> Row:
    """Give a documented row with another value somewhere; `...` takes the field away."""
    row = a_row()
    *way, last = path.split(".")
    place: Any = row
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return row
