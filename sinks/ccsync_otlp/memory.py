"""What may be shown somewhere: the sink's note about one day, kept beside the ledger.

A note remembers identities, not values. From it a later revision knows which series have to be set
to zero, also after an attempt that was killed half-way, and which times are used up.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from ccsync.errors import SinkRefused
from ccsync_otlp.series import Attributes, Cell, Values

FORMAT = 1
"""Rises when this version's notes could not be read, or would be misread, by the one before."""

_HEAD = b"ccsync-otlp "

Shown: TypeAlias = dict[Attributes, frozenset[Cell]]
"""By who and where: the cells that may be shown with something else than nothing."""


class Place(msgspec.Struct, frozen=True):
    """What may be shown at one destination."""

    last_time_ns: int
    """The time of the last points that were sent, or were about to be."""

    fetched_at: dt.datetime
    """Of the newest revision that was tried, in UTC."""

    shown: Shown


class Note(msgspec.Struct, frozen=True):
    """All that is remembered of one day, by the identity of the destination."""

    places: dict[str, Place] = {}


def shown_by(values: Values) -> Shown:
    """Give the identities of values."""
    same: dict[frozenset[Cell], frozenset[Cell]] = {}
    found: Shown = {}
    for base, sums in values.items():
        cells = frozenset(sums)
        found[base] = same.setdefault(cells, cells)
    return found


def union(first: Shown, second: Shown) -> Shown:
    """Give what is in one or the other."""
    both = dict(first)
    for base, cells in second.items():
        known = both.get(base)
        both[base] = cells if known is None or known == cells else known | cells
    return both


def tombstones(shown: Shown, values: Values) -> Shown:
    """Give what may be shown and has no value any more."""
    gone: Shown = {}
    for base, cells in shown.items():
        current = values.get(base)
        left = cells if current is None else cells.difference(current)
        if left:
            gone[base] = left
    return gone


class _Group(msgspec.Struct, array_like=True):
    """Bases with the same attribute names: a table, by columns, because that packs well."""

    names: tuple[str, ...]
    columns: list[list[str]]
    sets: list[int]
    """For each base: index of its set of cells."""


class _Stored(msgspec.Struct, array_like=True):
    """One place, as stored."""

    last_time_ns: int
    fetched_at_us: int
    cells: list[Cell]
    sets: list[list[int]]
    """Each a set of cells: the gaps between their indices, ascending; few gaps are not 0."""
    groups: list[_Group]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, _Stored])
_MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def encode(note: Note) -> bytes:
    """Write a note; equal notes give equal bytes."""
    stored = {name: _store(note.places[name]) for name in sorted(note.places)}
    return b"%s%d\n%s" % (_HEAD, FORMAT, zlib.compress(_encoder.encode(stored), 9))


def decode(content: bytes) -> Note:
    """Read a note.

    Raises:
        SinkRefused: it is damaged, or was written by a later version.
    """
    head, _, packed = content.partition(b"\n")
    number = head.removeprefix(_HEAD)
    if head.startswith(_HEAD) and number.isdigit() and int(number) > FORMAT:
        raise SinkRefused(
            f"what is remembered of this day was written by a later version of ccsync (format "
            f"{int(number)}; this one reads {FORMAT}): use that version, or a newer one"
        )
    try:
        stored = _decoder.decode(zlib.decompress(packed if head == _HEAD + b"%d" % FORMAT else b""))
        return Note({name: _restore(place) for name, place in stored.items()})
    except (ValueError, LookupError, OverflowError, zlib.error) as error:
        raise SinkRefused(
            f"what is remembered of this day cannot be read ({error}): restore the state from a "
            "copy; or delete it, then series that vanished meanwhile keep their last value"
        ) from None


def _store(place: Place) -> _Stored:
    cells = sorted({cell for some in set(place.shown.values()) for cell in some})
    numbers = {cell: number for number, cell in enumerate(cells)}
    sets: dict[frozenset[Cell], int] = {}
    groups: dict[tuple[str, ...], _Group] = {}
    for base in sorted(place.shown):
        names = tuple(name for name, _ in base)
        group = groups.get(names)
        if group is None:
            group = groups[names] = _Group(names, [[] for _ in names], [])
        for column, (_, value) in zip(group.columns, base, strict=True):
            column.append(value)
        group.sets.append(sets.setdefault(place.shown[base], len(sets)))
    return _Stored(
        place.last_time_ns,
        (place.fetched_at - _EPOCH) // _MICROSECOND,
        cells,
        [_gaps(numbers, some) for some in sets],
        list(groups.values()),
    )


def _gaps(numbers: Mapping[Cell, int], cells: frozenset[Cell]) -> list[int]:
    gaps: list[int] = []
    following = 0
    for number in sorted(numbers[cell] for cell in cells):
        gaps.append(number - following)
        following = number + 1
    return gaps


def _restore(stored: _Stored) -> Place:
    sets: list[frozenset[Cell]] = []
    for gaps in stored.sets:
        number, members = -1, list[Cell]()
        for gap in gaps:
            number += gap + 1
            members.append(stored.cells[number])
        sets.append(frozenset(members))
    shown: Shown = {}
    for group in stored.groups:
        known: dict[tuple[str, str], tuple[str, str]] = {}
        columns = [
            [known.setdefault((name, value), (name, value)) for value in column]
            for name, column in zip(group.names, group.columns, strict=True)
        ]
        bases = zip(*columns, strict=True) if columns else [()] * len(group.sets)
        for base, number in zip(bases, group.sets, strict=True):
            shown[base] = sets[number]
    fetched_at = _EPOCH + stored.fetched_at_us * _MICROSECOND
    return Place(stored.last_time_ns, fetched_at, shown)
