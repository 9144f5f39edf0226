"""Reads the stdout sink's JSON lines as one: of each source and day the newest snapshot only.

Every run appends; nothing that was printed is taken back. So a file is read twice: once to learn
which snapshot of each day is the newest, once to give its records. Neither pass holds the file, nor
the records of a day; the second remembers 16 bytes of each line that it gave.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from ccsync.errors import CcsyncError, Exit
from ccsync.records import Record

Key: TypeAlias = tuple[str, dt.date]
"""A source id and a day."""


class UnreadableLinesError(CcsyncError):
    """These are not whole lines of the stdout sink; says which file and line, why, and what to do.

    The sink's format is described in sinks/ccsync_stdout/README.md.
    """

    exit = Exit.DATA_REFUSED


class Newest(msgspec.Struct, frozen=True):
    """The newest snapshot of one source and day."""

    snapshot_id: str
    fetched_at: dt.datetime


class NewestLines:
    """Files of JSON lines, seen as a reader should: each day once, as it was last fetched."""

    def __init__(self, paths: Sequence[Path], shown: Mapping[Key, Newest]) -> None:
        """Take what `read` found out."""
        self._paths = tuple(paths)
        self.shown = shown
        """The newest snapshot of each source and day."""

    def records(self) -> Iterator[Record]:
        """Give the records, in the order of the lines; equal lines once.

        Raises:
            UnreadableLinesError: a file cannot be read (any more).
        """
        given: set[bytes] = set()
        for path in self._paths:
            for _, text in _lines(path):
                line = _decoded(text)
                if line is None:
                    continue
                shown = self.shown.get((line.source_id, line.date))
                if shown is None or line.fetched_at != shown.fetched_at:
                    continue
                mark = hashlib.blake2b(text.strip(), digest_size=16).digest()
                if mark not in given:
                    given.add(mark)
                    yield line


def read(*paths: Path, name: Callable[[Path], str] = str) -> NewestLines:
    """Find out which lines count; `name` says how the user calls a file.

    A line that a killed writer left torn is left out if a newer snapshot of its day follows: the
    run that mended the day printed all of it again. The next run's first line may stand behind
    the torn one without a line break; it counts.

    Raises:
        UnreadableLinesError: a file cannot be read, a line is of another program, a torn line has
            no newer snapshot behind it, or two snapshots of a day were fetched at one moment.
    """
    survey = _Survey()
    for path in paths:
        for number, text in _lines(path):
            survey.add(name(path), number, text)
    return NewestLines(paths, survey.result())


# A record first, so that a line is one; read by name, whatever else a later version writes.
class _Line(Record, frozen=True, kw_only=True, gc=False):
    source_id: str
    snapshot_id: str
    fetched_at: dt.datetime

    def __post_init__(self) -> None:
        """Refuse what a type allows and no run prints: it could not be added up."""
        if self.date.year not in _YEARS:
            raise ValueError(f"{self.date} is no day of usage")
        for usage in self.model_usage:
            if not (usage.estimated_cost.is_finite() and usage.estimated_cost_minor.is_finite()):
                raise ValueError("an estimated cost is no number")


_YEARS = range(2000, 3000)


class _Torn(msgspec.Struct, frozen=True):
    name: str
    number: int
    day: dt.date | None
    """None when the piece is too short to tell."""

    after: dt.datetime | None
    """The newest line so far of that day (of any day, when the day is not known)."""


_decode = msgspec.json.Decoder(_Line).decode

_BEGINNING = re.compile(rb'\{\s*"date"\s*:\s*"')
"""How each line begins. Inside a text the quotes would be escaped."""

_DAY = re.compile(rb'\{\s*"date"\s*:\s*"(\d{4}-\d{2}-\d{2})"')

_WHOLE_BEGINNING = b'{"date":"'


class _Survey:
    """The first pass."""

    def __init__(self) -> None:
        self._shown: dict[Key, Newest] = {}
        self._newest_of_day: dict[dt.date | None, dt.datetime] = {}
        self._torn: list[_Torn] = []

    def add(self, name: str, number: int, text: bytes) -> None:
        line: _Line | None
        try:
            line = _decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            line = _behind_a_tear(text)
            if line is None and not _may_be_torn(text):
                raise _foreign(name, number, str(error)) from None
            day = _day_of(text)
            self._torn.append(_Torn(name, number, day, self._newest_of_day.get(day)))
        if line is not None:
            self._see(name, number, line)

    def _see(self, name: str, number: int, line: _Line) -> None:
        key = (line.source_id, line.date)
        known = self._shown.get(key)
        if known is None or known.fetched_at < line.fetched_at:
            self._shown[key] = Newest(line.snapshot_id, line.fetched_at)
        elif known.fetched_at == line.fetched_at and known.snapshot_id != line.snapshot_id:
            raise UnreadableLinesError(
                f"{name}:{number}: two snapshots of {line.date} were fetched at one moment, "
                f"{known.snapshot_id} and {line.snapshot_id}. Do two stdout sinks, with different "
                "privacy, write here? Give each a file of its own (ccsync sync --sink NAME)"
            )
        for day in (line.date, None):
            newest = self._newest_of_day.get(day)
            if newest is None or newest < line.fetched_at:
                self._newest_of_day[day] = line.fetched_at

    def result(self) -> Mapping[Key, Newest]:
        for torn in self._torn:
            newest = self._newest_of_day.get(torn.day)
            if newest is None or (torn.after is not None and newest <= torn.after):
                which = f"of {torn.day}" if torn.day else "of a day that cannot be told"
                day = torn.day or "DAY"
                raise UnreadableLinesError(
                    f"{torn.name}:{torn.number}: a line {which} is torn, and no newer snapshot of "
                    "that day follows: a writer was killed or is still at work, or the file was "
                    "cut short. Read the whole file, or append the day once more, as "
                    f"ccsync sync --from {day} --to {day} --force writes it"
                )
        return self._shown


def _decoded(text: bytes) -> _Line | None:
    """Read a line, or the whole line behind a torn one; None if there is none."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _behind_a_tear(text)


def _behind_a_tear(text: bytes) -> _Line | None:
    """Give the line that a later run wrote behind a torn one, without a break between them."""
    for found in reversed(list(_BEGINNING.finditer(text, 1))):
        try:
            return _decode(text[found.start() :])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return None


def _may_be_torn(text: bytes) -> bool:
    """Tell whether this begins as a line does, and ends too early."""
    if _BEGINNING.match(text) is None and not _WHOLE_BEGINNING.startswith(text.strip()):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return False


def _day_of(text: bytes) -> dt.date | None:
    found = _DAY.match(text)
    try:
        return dt.date.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None


def _foreign(name: str, number: int, why: str) -> UnreadableLinesError:
    return UnreadableLinesError(
        f"{name}:{number}: not a JSON line of ccsync's stdout sink: {why}. Is the sink's format "
        "jsonl, and does nothing else write into this file?"
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the lines that are not blank, with their numbers."""
    try:
        with path.open("rb") as stream:
            for number, text in enumerate(stream, start=1):
                if not text.isspace():
                    yield number, text
    except OSError as error:
        raise UnreadableLinesError(f"{path}: cannot be read: {error.strerror or error}") from error
