from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.records import Record
from ccsync.testing import a_record
from ccsync_bigquery.batches import Batch, Row, batches

Rows = list[tuple[Record | None, bytes]]


def rows_of(*sizes: int) -> Rows:
    """Make rows of so many bytes each, at least eight, that differ."""
    lines = [
        b'{"a":"%s"}' % (b"%d" % number).ljust(size - 8, b"x")[: size - 8]
        for number, size in enumerate(sizes)
    ]
    return [(None, line) for line in lines]


def test_the_body_holds_rows_and_says_nothing_else() -> None:
    body = json.loads(Batch.of(rows_of(10, 12)).body)
    assert list(body) == ["rows"]
    assert [list(row) for row in body["rows"]] == [["json"], ["json"]]
    assert [row["json"]["a"] for row in body["rows"]] == ["0x", "1xxx"]


def test_rows_come_out_of_the_body_as_they_went_in() -> None:
    record = a_record()
    rows: Rows = [(record, b'{"a":1}'), (None, b'{"b":"},{\\"json\\":"}')]
    assert Batch.of(rows).rows() == [Row(*row) for row in rows]
    assert Batch.of(rows).rows()[0].record is record


@given(st.lists(st.integers(9, 60), max_size=30), st.integers(1, 7), st.integers(30, 200))
def test_every_row_is_in_one_batch_and_none_is_larger_than_need_be(
    sizes: list[int], max_rows: int, max_bytes: int
) -> None:
    rows = rows_of(*sizes)
    found = list(batches(rows, max_rows=max_rows, max_bytes=max_bytes))
    assert [tuple(row) for batch in found for row in batch.rows()] == rows
    for batch in found:
        assert len(batch) <= max_rows
        assert len(batch.body) <= max_bytes or len(batch) == 1
        assert json.loads(batch.body)["rows"]
    for batch, after in itertools.pairwise(found):
        more = len(batch.body) + len(after.rows()[0].line) + len(b'},{"json":')
        assert len(batch) == max_rows or more > max_bytes, "it had room for the next row"


def test_no_rows_make_no_batch() -> None:
    assert list(batches([], max_rows=10, max_bytes=1000)) == []


def test_rows_are_pulled_only_as_they_are_needed() -> None:
    pulled = 0

    def source() -> Iterator[tuple[None, bytes]]:
        nonlocal pulled
        for _, line in rows_of(*[20] * 100):
            pulled += 1
            yield None, line

    found = batches(source(), max_rows=10, max_bytes=10_000)
    assert len(next(found)) == 10
    assert pulled == 11, "one more, to know that the batch is full"


def test_some_rows_of_a_batch() -> None:
    batch = Batch.of(rows_of(10, 11, 12, 13))
    assert batch.only([3, 1, 3]).rows() == [batch.rows()[1], batch.rows()[3]]


@pytest.mark.parametrize("rows", [2, 3, 7])
def test_halves_hold_everything_in_order(rows: int) -> None:
    batch = Batch.of(rows_of(*[15] * rows))
    first, second = batch.halves()
    assert first.rows() + second.rows() == batch.rows()
    assert 0 <= len(second) - len(first) <= 1
