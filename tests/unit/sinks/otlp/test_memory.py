from __future__ import annotations

import datetime as dt
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.errors import SinkRefused
from ccsync.records import Record, ToolActions
from ccsync.testing import a_record
from ccsync_otlp.catalogue import COMMITS, DIMENSIONS, SESSIONS
from ccsync_otlp.memory import (
    Note,
    Place,
    Shown,
    decode,
    encode,
    shown_by,
    tombstones,
    union,
)
from ccsync_otlp.series import Attributes, Cell, Rules, Shaping, Values, values_of
from tests.unit.sinks.otlp.strategies import a_usage, shown, values

FETCHED_AT = dt.datetime(2026, 11, 20, 4, 0, 0, 123456, dt.UTC)
MIRA: Attributes = (("user.email", "mira@northwind.example"),)
OMAR: Attributes = (("user.email", "omar@northwind.example"),)
SESSION, COMMIT = Cell(SESSIONS, ()), Cell(COMMITS, ())

text = st.text(max_size=8)
places = st.builds(
    Place,
    st.integers(0, 2**62),
    st.datetimes(timezones=st.just(dt.UTC)),
    shown(text),
)
notes = st.builds(Note, st.dictionaries(st.text(max_size=20), places, max_size=3))


@given(notes)
def test_a_note_comes_back_as_it_was(note: Note) -> None:
    assert decode(encode(note)) == note


@given(notes)
def test_equal_notes_are_equal_bytes(note: Note) -> None:
    other = Note(
        {
            name: Place(place.last_time_ns, place.fetched_at, dict(reversed(place.shown.items())))
            for name, place in reversed(note.places.items())
        }
    )
    assert encode(other) == encode(note)


def test_destinations_are_kept_apart() -> None:
    first = Place(5, FETCHED_AT, {MIRA: frozenset({SESSION})})
    second = Place(7, FETCHED_AT, {OMAR: frozenset({COMMIT})})
    found = decode(encode(Note({"https://a.example": first, "https://b.example": second})))
    assert found.places == {"https://a.example": first, "https://b.example": second}


def test_the_empty_note() -> None:
    assert decode(encode(Note())) == Note()


def test_a_note_of_a_later_version_says_so() -> None:
    later = b"ccsync-otlp 2\n" + encode(Note()).partition(b"\n")[2]
    with pytest.raises(SinkRefused, match=r"later version of ccsync \(format 2; this one reads 1"):
        decode(later)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"ccsync-otlp 1\n",
        b"ccsync-otlp 1\nabc",
        b"ccsync-otlp \n" + zlib.compress(b"\x80"),
        b"ccsync-otlp 1\n" + zlib.compress(b"\x90"),
        b"ccsync-otlp 1\n" + zlib.compress(b"\x81\xa0\x95\x00\x00\x90\x91\x91\x05\x90"),
        encode(Note({"x": Place(5, FETCHED_AT, {MIRA: frozenset({SESSION})})}))[:-6],
        b"other" + encode(Note()),
    ],
)
def test_a_damaged_note_says_so(content: bytes) -> None:
    with pytest.raises(SinkRefused, match=r"cannot be read .*restore the state"):
        decode(content)


@given(shown(text), shown(text))
def test_a_union_holds_both_and_nothing_else(first: Shown, second: Shown) -> None:
    before = dict(first)
    both = union(first, second)
    assert first == before
    assert pairs(both) == pairs(first) | pairs(second)


@given(shown(text), values(text))
def test_tombstones_are_what_is_shown_and_has_no_value(before: Shown, current: Values) -> None:
    gone = tombstones(before, current)
    assert pairs(gone) == pairs(before) - pairs(shown_by(current))
    assert all(gone.values())


@given(values(text))
def test_what_is_current_needs_no_tombstone(current: Values) -> None:
    assert tombstones(shown_by(current), current) == {}


def test_somebody_who_vanished() -> None:
    before = {MIRA: frozenset({SESSION, COMMIT}), OMAR: frozenset({SESSION})}
    assert tombstones(before, {MIRA: {SESSION: 3}}) == {
        MIRA: frozenset({COMMIT}),
        OMAR: frozenset({SESSION}),
    }


def pairs(found: Shown) -> set[tuple[Attributes, Cell]]:
    return {(base, cell) for base, cells in found.items() for cell in cells}


FIRST = [
    "mira",
    "ana",
    "jonas",
    "lukas",
    "priya",
    "wei",
    "kenji",
    "sofia",
    "omar",
    "lena",
    "tom",
    "ines",
    "pavel",
    "ruth",
    "noah",
    "emma",
]
LAST = [
    "okafor",
    "lindqvist",
    "tanaka",
    "fischer",
    "rossi",
    "haddad",
    "novak",
    "silva",
    "nguyen",
    "patel",
    "moreau",
    "costa",
]


def somebody(number: int) -> Record:
    mixed = number * 2_654_435_761 % 2**32 >> 7
    first, last = FIRST[mixed % 16], LAST[mixed // 16 % 12]
    models = [f"claude-{family}-5" for family in ("opus", "sonnet", "haiku")][: 1 + mixed % 3]
    return a_record(
        f"{first}.{last}{number}@northwind.example",
        sessions=1 + mixed % 7,
        terminal_type=["vscode", "iterm", "tmux", "jetbrains"][mixed // 7 % 4],
        customer_type=["api", "subscription"][mixed // 5 % 2],
        tool_actions=(
            ToolActions("edit_tool", mixed % 5, mixed // 3 % 3),
            ToolActions("write_tool", mixed // 11 % 3, mixed // 13 % 2),
        ),
        model_usage=tuple(a_usage(model, "USD", (9, 9, 9, mixed % 2), 5) for model in models),
    )


def test_a_thousand_people_are_a_small_note() -> None:
    rows = [somebody(number) for number in range(1_000)]
    found = shown_by(values_of(rows, Shaping(Rules(), DIMENSIONS)))
    assert len(found) == 1_000
    size = len(encode(Note({"https://otlp.example/v1/metrics": Place(1, FETCHED_AT, found)})))
    assert size < 12_000
