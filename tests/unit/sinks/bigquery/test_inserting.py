from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccsync.errors import LeaseLost, SinkRefused, SinkUnavailable, Stopped
from ccsync.records import Record
from ccsync_bigquery import inserting
from ccsync_bigquery.batches import Batch
from ccsync_bigquery.inserting import InvalidRowsError
from tests.unit.sinks.bigquery.scripted import (
    Decide,
    Desk,
    Rows,
    Table,
    failing,
    invalid,
    refusing,
    rows_of,
    take_all,
    too_large,
    unavailable,
)

WAIT = 10.0
"""Seconds after which a test that hangs is given up."""


@pytest.fixture(autouse=True)
def _no_thread_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def once(number: int, error: Exception) -> Decide:
    """Raise at one request, and take all others."""

    def decide(_rows: Rows, asked: int) -> Rows:
        if asked == number:
            raise error
        return []

    return decide


# ----------------------------------------------------------------------------- what is taken


@pytest.mark.parametrize("in_flight", [1, 3, 8])
def test_every_row_gets_in_once(in_flight: int) -> None:
    table = Table()
    desk = Desk(table, in_flight=in_flight)
    desk.insert(rows_of(95))
    assert table.taken == dict.fromkeys(range(95), 1)
    assert table.tables == {"usage_raw"}
    assert sorted(map(len, table.sent())) == [5, *[10] * 9]
    assert desk.proceeds == 1 + 10, "once for the attempt, once before each request"


def test_no_rows_are_no_request() -> None:
    table = Table()
    Desk(table).insert([])
    assert table.bodies == []


def test_requests_are_under_way_at_once_but_never_more_than_allowed() -> None:
    together = threading.Barrier(3)
    at_once: list[int] = []
    lock = threading.Lock()
    now = 0

    def decide(_rows: Rows, _number: int) -> Rows:
        nonlocal now
        with lock:
            now += 1
            at_once.append(now)
        together.wait(WAIT)
        with lock:
            now -= 1
        return []

    table = Table(decide)
    Desk(table, in_flight=3).insert(rows_of(90))
    assert max(at_once) == 3
    assert len(table.threads) == 3
    assert threading.get_ident() not in table.threads


def test_a_small_day_starts_one_thread() -> None:
    table = Table()
    Desk(table, in_flight=8).insert(rows_of(3))
    assert len(table.threads) == 1


def batches_in_memory() -> int:
    return sum(isinstance(one, Batch) for one in gc.get_objects())


def test_no_more_is_in_memory_than_what_is_under_way() -> None:
    pulled = finished = 0
    alive: list[int] = []
    ahead: list[int] = []
    lock = threading.Lock()

    def source() -> Iterator[tuple[Record, bytes]]:
        nonlocal pulled
        for row in rows_of(300):
            pulled += 1
            yield row

    def decide(_rows: Rows, _number: int) -> Rows:
        nonlocal finished
        with lock:  # what `gc` gives holds everything for as long
            alive.append(batches_in_memory())
            ahead.append(pulled - 10 * finished)
            finished += 1
        return []

    gc.freeze()  # what other tests of this process keep, in a traceback say, is not looked at
    try:
        Desk(Table(decide), in_flight=3).insert(source())
    finally:
        gc.unfreeze()
    assert max(alive) <= 3 + 1
    assert max(ahead) <= 3 * 10 + 1, "rows are pulled as they are needed"


# ----------------------------------------------------------------------------- unavailable


@pytest.mark.parametrize("arrived", [True, False])
def test_what_failed_is_sent_again_first_and_byte_for_byte(arrived: bool) -> None:
    def decide(rows: Rows, number: int) -> Rows:
        if number == 2:
            if arrived:
                table.keep(rows, [])
            raise unavailable()
        return []

    table = Table(decide)
    desk = Desk(table, in_flight=1)
    desk.insert(rows_of(50))
    assert table.bodies[2] == table.bodies[1]
    assert len(desk.runtime.pauses) == 1
    assert set(table.taken) == set(range(50))
    twice = set(range(10, 20)) if arrived else set[int]()
    assert {n for n, times in table.taken.items() if times > 1} == twice


def test_nothing_new_is_sent_while_it_is_unavailable() -> None:
    pulled: list[int] = []

    def source() -> Iterator[tuple[Record, bytes]]:
        for number, row in enumerate(rows_of(100)):
            pulled.append(number)
            yield row

    def decide(_rows: Rows, _number: int) -> Rows:
        raise unavailable()

    table = Table(decide)
    desk = Desk(table, in_flight=2, patience=30.0)
    with pytest.raises(SinkUnavailable, match="503"):
        desk.insert(source())
    assert len(pulled) == 21
    assert {tuple(numbers) for numbers in table.sent()} == {
        tuple(range(10)),
        tuple(range(10, 20)),
    }
    assert len(desk.runtime.pauses) > 2
    assert sum(desk.runtime.pauses) == pytest.approx(30.0)


def test_the_longest_pause_that_was_asked_for_counts() -> None:
    together = threading.Barrier(3)

    def decide(_rows: Rows, number: int) -> Rows:
        if number <= 3:
            together.wait(WAIT)
            raise unavailable([7.0, None, 3.0][number - 1])
        return []

    desk = Desk(Table(decide), in_flight=3)
    desk.insert(rows_of(30))
    assert desk.runtime.pauses == [7.0]


def test_rows_that_failed_are_sent_again_alone() -> None:
    def decide(_rows: Rows, number: int) -> Rows:
        return failing(3, 7) if number == 1 else []

    table = Table(decide)
    desk = Desk(table, in_flight=1)
    desk.insert(rows_of(10))
    assert table.sent() == [list(range(10)), [3, 7]]
    assert table.taken == dict.fromkeys(range(10), 1)
    assert len(desk.runtime.pauses) == 1


def test_rows_that_keep_failing_are_told() -> None:
    desk = Desk(Table(lambda _rows, _number: failing(0, reason="timeout")), in_flight=1)
    with pytest.raises(SinkUnavailable, match=r"claude_code\.usage_raw: .* 1 of 1 row: timeout"):
        desk.insert(rows_of(5))


@pytest.mark.parametrize(
    "answer",
    [
        [{"index": 10, "errors": [invalid("")]}],
        [{"index": -1, "errors": [invalid("")]}],
        [{"errors": [invalid("")]}],
        [{"index": 0, "errors": []}],
        [{"index": 0}],
        ["what"],
        "what",
        {"index": 0},
        None,
    ],
)
def test_an_answer_that_says_nothing_sensible_is_no_success(answer: Any) -> None:
    def decide(_rows: Rows, number: int) -> Rows:
        odd: Rows = answer
        return odd

    class Odd(Table):
        def keep(self, rows: Rows, errors: Rows) -> None:
            pass

    table = Odd(decide)
    with pytest.raises(SinkUnavailable, match="does not say what became of the rows"):
        Desk(table).insert(rows_of(10))
    assert len(table.bodies) > 1, "it was tried again"


# ----------------------------------------------------------------------------- too large


def test_requests_that_are_too_large_are_halved_and_the_size_is_remembered() -> None:
    def decide(rows: Rows, _number: int) -> Rows:
        if len(rows) > 6:
            raise too_large()
        return []

    table = Table(decide)
    Desk(table, in_flight=1).insert(rows_of(100))
    assert table.taken == dict.fromkeys(range(100), 1)
    assert sum(len(numbers) > 6 for numbers in table.sent()) == 1
    assert [n for numbers in table.sent() if len(numbers) <= 6 for n in numbers] == [*range(100)]


def test_a_single_row_that_is_too_large_is_refused_by_name() -> None:
    def decide(rows: Rows, _number: int) -> Rows:
        if any(len(row["x"]) > 1000 for row in rows):
            raise too_large()
        return []

    rows = rows_of(30)
    rows[17] = (rows[17][0], b'{"n":17,"x":"%s"}' % (b"x" * 2000))
    table = Table(decide)
    with pytest.raises(InvalidRowsError, match="1 row: the row is too large") as caught:
        Desk(table).insert(rows)
    assert [row.record for row in caught.value.rows] == [rows[17][0]]
    assert set(table.taken) == set(range(30)) - {17}


# ----------------------------------------------------------------------------- refused rows


def test_all_refused_rows_of_a_day_are_named_and_no_value_is_told() -> None:
    bad = {3, 4, 25, 61, 99}
    table = Table(lambda rows, _number: refusing(rows, lambda row: row["n"] in bad))
    rows = rows_of(100)
    with pytest.raises(InvalidRowsError) as caught:
        Desk(table).insert(rows)
    assert {row.record for row in caught.value.rows} == {rows[n][0] for n in bad}
    assert {row.line for row in caught.value.rows} == {rows[n][1] for n in bad}
    assert not caught.value.untried
    words = str(caught.value)
    assert "5 rows" in words
    assert "model_usage.x: the value is no BIGNUMERIC" in words
    assert "1..2" not in words
    assert caught.value.rows[0].errors[0].message.startswith("Invalid BIGNUMERIC value: 1..2")
    assert len(table.bodies) == 10, "rows that were only stopped need not be sent again"


def test_with_too_many_refused_rows_the_rest_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserting, "MOST_INVALID", 20)
    table = Table(lambda rows, _number: refusing(rows, lambda row: row["n"] % 2 == 0))
    with pytest.raises(InvalidRowsError, match="not every row was tried") as caught:
        Desk(table, in_flight=2).insert(rows_of(1000))
    assert 20 <= len(caught.value.rows) <= 30
    assert len(table.bodies) <= 6


def test_a_table_that_takes_not_one_row_is_refused_and_no_record_is_blamed() -> None:
    table = Table(lambda rows, _number: refusing(rows, lambda _row: True))
    with pytest.raises(SinkRefused, match=r"not one of 40 rows: model_usage.x.*init --upgrade"):
        Desk(table).insert(rows_of(40))


def test_a_single_refused_row_is_its_own_fault() -> None:
    table = Table(lambda rows, _number: refusing(rows, lambda _row: True))
    with pytest.raises(InvalidRowsError):
        Desk(table).insert([(None, b'{"n": 1}')], "sync_days")


def test_refused_rows_are_told_even_when_it_becomes_unavailable() -> None:
    def decide(rows: Rows, number: int) -> Rows:
        if number > 1:
            raise unavailable()
        return refusing(rows, lambda row: row["n"] == 4)

    with pytest.raises(InvalidRowsError, match="not every row was tried") as caught:
        Desk(Table(decide), in_flight=1).insert(rows_of(50))
    assert len(caught.value.rows) == 1
    assert isinstance(caught.value.__cause__, SinkUnavailable)


def test_stopped_rows_with_no_refused_one_are_sent_again() -> None:
    table = Table(lambda _rows, number: failing(*range(10), reason="stopped") if number < 2 else [])
    Desk(table, in_flight=1).insert(rows_of(10))
    assert table.sent() == [[*range(10)]] * 2
    assert set(table.taken) == set(range(10))


# ----------------------------------------------------------------------------- schema lag

LAG = invalid("no such field: is_remote.", "is_remote")


def test_a_column_of_ours_that_streaming_does_not_know_yet_is_waited_for() -> None:
    def decide(rows: Rows, number: int) -> Rows:
        return refusing(rows, lambda row: row["n"] % 2 == 0, LAG) if number <= 3 else []

    table = Table(decide)
    desk = Desk(table, in_flight=1)
    desk.insert(rows_of(20))
    assert len(desk.runtime.pauses) == 3
    assert table.taken == dict.fromkeys(range(20), 1)


def test_a_column_that_stays_unknown_is_told_with_the_remedy() -> None:
    desk = Desk(Table(lambda rows, _number: refusing(rows, lambda _row: True, LAG)))
    with pytest.raises(SinkUnavailable, match=r"no column is_remote.*init --upgrade"):
        desk.insert(rows_of(20))


# ----------------------------------------------------------------------------- ends early


def test_a_refusal_ends_it_after_what_is_under_way() -> None:
    begun = threading.Barrier(3)

    def decide(_rows: Rows, number: int) -> Rows:
        begun.wait(WAIT)
        if number <= 3:
            raise SinkRefused("no permission")
        return []

    table = Table(decide)
    with pytest.raises(SinkRefused, match="no permission"):
        Desk(table, in_flight=3).insert(rows_of(200))
    assert len(table.bodies) == 3


def test_a_bug_of_the_service_comes_through_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        Desk(Table(once(2, ZeroDivisionError()))).insert(rows_of(50))


@pytest.mark.parametrize("error", [Stopped(15), LeaseLost("another run took the days")])
def test_a_wish_to_stop_is_heard_before_the_next_request(error: Exception) -> None:
    def stop(proceeds: int) -> None:
        if proceeds == 4:
            raise error

    table = Table()
    desk = Desk(table, in_flight=2)
    desk.before_request = stop
    with pytest.raises(type(error)):
        desk.insert(rows_of(200))
    assert len(table.bodies) == 2


def test_a_fault_of_whoever_gives_the_rows_leaves_no_thread() -> None:
    def source() -> Iterator[tuple[Record, bytes]]:
        yield from rows_of(35)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Desk(Table()).insert(source())


# ----------------------------------------------------------------------------- all together


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["fine", "away", "lost", "rows", "stopped", "lag"]), max_size=12),
    st.integers(0, 60),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 12),
)
def test_whatever_happens_on_the_way_every_row_is_there_in_the_end(
    story: list[str], count: int, batch_rows: int, in_flight: int, most: int
) -> None:
    lock = threading.Lock()
    chapters = list(reversed(story))

    def decide(rows: Rows, _number: int) -> Rows:
        if len(rows) > most:
            raise too_large()
        with lock:
            chapter = chapters.pop() if chapters else "fine"
        match chapter:
            case "away":
                raise unavailable()
            case "lost":
                with lock:
                    table.keep(rows, [])
                raise unavailable(1.0)
            case "rows":
                return failing(*range(0, len(rows), 2))
            case "stopped":
                return failing(*range(len(rows)), reason="stopped")
            case "lag":
                return refusing(rows, lambda _row: True, LAG)
            case _:
                return take_all(rows, 0)

    table = Table(decide)
    desk = Desk(table, batch_rows=batch_rows, in_flight=in_flight, patience=3600.0)
    desk.insert(rows_of(count))
    assert set(table.taken) == set(range(count))
