"""Many runs' lines are read as one: the newest snapshot of each day, exactly, or a refusal."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from pathlib import Path

import pytest

from ccsync.errors import Exit
from ccsync.insights import UnreadableLinesError, read
from ccsync.testing import a_record
from ccsync.testing.builders import DAY, ORGANIZATION
from ccsync_stdout.lines import csv_header
from tests.unit.insights.conftest import Stream, same

MIRA, NOOR = a_record("mira@northwind.example"), a_record("noor@northwind.example", sessions=7)


def test_records_come_back_as_they_were(stream: Stream) -> None:
    odd = a_record("", is_remote=None, terminal_type="", extra={"date": "x", "n": [1]})
    stream.deliver(MIRA, odd)
    assert same(read(stream.path).records(), [MIRA, odd])


def test_the_newest_snapshot_wins_wherever_it_stands(stream: Stream) -> None:
    later = a_record("mira@northwind.example", sessions=9)
    stream.deliver(later, minutes=5)
    stream.deliver(MIRA, NOOR)
    found = read(stream.path)
    assert same(found.records(), [later])
    assert found.shown[ORGANIZATION, DAY].fetched_at.minute == 5


def test_days_and_sources_are_apart(stream: Stream) -> None:
    other_day = a_record(date=DAY - dt.timedelta(days=1))
    other_source = "11111111-2222-4333-8444-555555555555"
    stream.deliver(MIRA, minutes=9)
    stream.deliver(other_day, day=other_day.date)
    stream.deliver(NOOR, source_id=other_source)
    found = read(stream.path)
    assert same(found.records(), [MIRA, other_day, NOOR])
    assert set(found.shown) == {
        (ORGANIZATION, DAY), (ORGANIZATION, other_day.date), (other_source, DAY)
    }  # fmt: skip


def test_equal_lines_count_once_also_across_files(stream: Stream, tmp_path: Path) -> None:
    printed = stream.deliver(MIRA, NOOR)
    stream.append(printed)
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(printed)
    assert same(read(stream.path, copy).records(), [MIRA, NOOR])


def test_half_a_day_is_replaced_by_the_whole_one(stream: Stream) -> None:
    half = stream.deliver(MIRA, NOOR).splitlines(keepends=True)[0]
    stream.path.write_bytes(half)
    stream.deliver(MIRA, NOOR, minutes=1)
    assert same(read(stream.path).records(), [MIRA, NOOR])


@pytest.mark.parametrize("cut", [3, 10, 30, 200, -20, -1], ids=lambda at: f"cut at {at}")
@pytest.mark.parametrize("broken", [True, False], ids=["a break behind", "nothing behind"])
def test_a_torn_line_counts_for_nothing(stream: Stream, cut: int, broken: bool) -> None:
    printed = stream.deliver(MIRA, NOOR).splitlines()
    stream.path.write_bytes(printed[0] + b"\n" + printed[1][:cut])
    if broken:
        stream.append(b"\n")
    yesterday = a_record("ravi@northwind.example", date=DAY - dt.timedelta(days=1))
    # The next run's first line may stand right behind what is torn.
    stream.deliver(yesterday, day=yesterday.date, minutes=1)
    stream.deliver(MIRA, NOOR, minutes=2)
    assert same(read(stream.path).records(), [MIRA, NOOR, yesterday])


def test_a_torn_last_line_is_refused(stream: Stream) -> None:
    printed = stream.deliver(MIRA, NOOR).splitlines(keepends=True)
    stream.path.write_bytes(printed[0] + printed[1][:-9])
    with pytest.raises(UnreadableLinesError) as caught:
        read(stream.path)
    message = str(caught.value)
    assert f"usage.jsonl:2: a line of {DAY} is torn" in message
    assert f"append the day once more, as ccsync sync --from {DAY} --to {DAY} --force" in message
    assert caught.value.exit is Exit.DATA_REFUSED


def test_another_day_behind_a_torn_line_mends_nothing(stream: Stream) -> None:
    stream.path.write_bytes(stream.deliver(MIRA)[:-40] + b"\n")
    other = a_record(date=DAY - dt.timedelta(days=1))
    stream.deliver(other, day=other.date, minutes=1)
    with pytest.raises(UnreadableLinesError, match=f"of {DAY} is torn"):
        read(stream.path)


def test_nor_does_an_older_snapshot(stream: Stream) -> None:
    stream.deliver(NOOR, minutes=3)
    torn = stream.deliver(MIRA, minutes=4)
    stream.path.write_bytes(stream.path.read_bytes()[: -len(torn)] + torn[:-40] + b"\n")
    stream.deliver(NOOR, minutes=2)
    with pytest.raises(UnreadableLinesError, match=f"usage.jsonl:2: a line of {DAY} is torn"):
        read(stream.path)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"level":"info","msg":"hello"}', "missing required field"),
        (b"hello", "malformed"),
        (b"[1, 2]", "Expected `object`"),
        (csv_header().strip(), "malformed"),
        (b'{"date":"2026-11-19","sessions":1.5}', ""),
        (b"\xff\xfe", ""),
    ],
)
def test_a_line_of_another_program_is_refused(stream: Stream, line: bytes, why: str) -> None:
    stream.deliver(MIRA)
    stream.append(line + b"\n")
    stream.deliver(MIRA, minutes=1)
    with pytest.raises(UnreadableLinesError) as caught:
        read(stream.path)
    message = str(caught.value)
    assert message.startswith(f"{stream.path}:2: not a JSON line of ccsync's stdout sink: ")
    assert why in message


@pytest.mark.parametrize(
    ("printed", "edited", "why"),
    [
        (f'"date":"{DAY}"', '"date":"9999-12-31"', "9999-12-31 is no day of usage"),
        (f'"date":"{DAY}"', '"date":"0001-01-01"', "0001-01-01 is no day of usage"),
        ('"estimated_cost":"', '"estimated_cost":"NaN","was":"', "an estimated cost is no number"),
        (
            '"estimated_cost_minor":"',
            '"estimated_cost_minor":"-Infinity","was":"',
            "an estimated cost is no number",
        ),
    ],
)
def test_a_line_that_somebody_edited_is_refused(
    stream: Stream, printed: str, edited: str, why: str
) -> None:
    stream.deliver(MIRA)
    text = stream.path.read_text()
    assert printed in text
    stream.path.write_text(text.replace(printed, edited, 1))
    with pytest.raises(UnreadableLinesError, match=why):
        read(stream.path)


def test_two_sinks_that_write_into_one_file_are_noticed(stream: Stream) -> None:
    stream.deliver(MIRA)
    stream.deliver(NOOR)
    with pytest.raises(UnreadableLinesError, match="two snapshots of 2026-11-19"):
        read(stream.path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLinesError, match=r"nothing\.jsonl: cannot be read: No such file"):
        read(tmp_path / "nothing.jsonl")


def test_blank_lines_and_nothing_at_all(stream: Stream) -> None:
    assert list(read(stream.path).records()) == []
    stream.append(b"\n \n")
    stream.deliver(MIRA)
    assert same(read(stream.path).records(), [MIRA])


def test_a_long_file_is_not_held_in_memory(stream: Stream) -> None:
    people = [a_record(f"person{number}@northwind.example") for number in range(400)]
    for minutes in range(25):
        stream.deliver(*people, minutes=minutes)
    size = stream.path.stat().st_size
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(stream.path).records()) == len(people)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 20, f"{peak:,} bytes for a file of {size:,}"
