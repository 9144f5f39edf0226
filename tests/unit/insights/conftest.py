"""Files as the stdout sink writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ccsync.records import Record
from ccsync.testing import a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT
from ccsync_stdout.lines import jsonl


class Stream:
    """A file that run after run is appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def deliver(self, *records: Record, minutes: int = 0, day: dt.date = DAY, **more: Any) -> bytes:
        """Append a day that was fetched so many minutes later than the first; give its lines."""
        fetched_at = FETCHED_AT + dt.timedelta(minutes=minutes)
        printed = b"".join(jsonl(a_snapshot(records, day=day, fetched_at=fetched_at, **more)))
        self.append(printed)
        return printed

    def append(self, content: bytes) -> None:
        with self.path.open("ab") as stream:
            stream.write(content)


def same(records: Iterable[Record], expected: Iterable[Record]) -> bool:
    """Tell whether two collections hold equal records; order and kind of struct do not matter."""
    names = Record.__struct_fields__

    def values(some: Iterable[Record]) -> list[tuple[Any, ...]]:
        return sorted((tuple(getattr(one, name) for name in names) for one in some), key=repr)

    return values(records) == values(expected)


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(tmp_path / "usage.jsonl")
