"""The proof is one: whatever differs is found, down to a fraction of a cent."""

from __future__ import annotations

import ast
import datetime as dt
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccsync.demo import plain
from ccsync.demo.plain import PlainDay
from ccsync.demo.proof import changed, compare, of_records
from ccsync.records import Record
from ccsync.simulator import SIMULATED_KEY, ScriptedOrganization, Simulator, model_usage
from tests.end_to_end.truth import a_row, record_of

DAY = dt.date(2026, 11, 19)
EMPTY = dt.date(2026, 11, 18)

ROWS = [
    a_row(DAY, "mira", 4),
    a_row(DAY, "noor", 5, terminal_type="tmux", is_remote=True),
    a_row(DAY, "ravi", 6, models=[model_usage("m", tokens=(1, 2, 3, 4), cents=Decimal("0.0001"))]),
]
RECORDS = [msgspec.convert(record_of(row), Record) for row in ROWS]

Change = Callable[[Record], Record]


@pytest.fixture(scope="module")
def days() -> dict[dt.date, PlainDay]:
    organization = ScriptedOrganization({DAY: ROWS})
    with Simulator(organization) as api:
        return {day: plain.ask(api.base_url, SIMULATED_KEY, day) for day in (EMPTY, DAY)}


def test_equal_days(days: dict[dt.date, PlainDay]) -> None:
    found = compare([EMPTY, DAY], RECORDS[::-1], days.__getitem__)
    assert (found.days, found.differing) == (2, {})
    totals = found.totals
    assert (totals.records, totals.sessions) == (3, 15)
    assert totals.lines == sum(one.lines_added + one.lines_removed for one in RECORDS)
    assert totals.tokens == 11_100 * 9 + 10
    assert totals.cents == {"USD": Decimal("131.25") * 9 + Decimal("0.0001")}


def with_usage(record: Record, **changes: Any) -> Record:
    usage = msgspec.structs.replace(record.model_usage[0], **changes)
    return msgspec.structs.replace(record, model_usage=(usage,))


DIFFERENCES: list[tuple[Change, str]] = [
    (lambda one: msgspec.structs.replace(one, sessions=7), "the API says 6, the file 7"),
    (lambda one: with_usage(one, estimated_cost=Decimal("0.00000101")), "cents: the API"),
    (lambda one: with_usage(one, output_tokens=0), "output: the API says 2, the file 0"),
    (lambda one: with_usage(one, currency="EUR"), "model m EUR"),
    (lambda one: msgspec.structs.replace(one, tool_actions=()), "tool edit_tool accepted"),
    (lambda one: msgspec.structs.replace(one, terminal_type=""), "the API has it"),
]


@pytest.mark.parametrize(("change", "said"), DIFFERENCES)
def test_every_difference_is_found(
    days: dict[dt.date, PlainDay], change: Change, said: str
) -> None:
    found = compare([DAY], [*RECORDS[:2], change(RECORDS[2])], days.__getitem__)
    assert list(found.differing) == [DAY]
    assert "user_actor ravi@northwind.example" in found.differing[DAY]
    assert said in found.differing[DAY]


def test_records_too_many_or_too_few(days: dict[dt.date, PlainDay]) -> None:
    asked = days.__getitem__
    assert "the file does not show it" in compare([DAY], RECORDS[1:], asked).differing[DAY]
    moved = msgspec.structs.replace(RECORDS[0], date=EMPTY)
    found = compare([EMPTY, DAY], [*RECORDS, moved], asked).differing
    assert "the API does not have it" in found[EMPTY]
    half = msgspec.structs.replace(RECORDS[0], sessions=2)
    rest = dict.fromkeys(("lines_added", "lines_removed", "commits", "pull_requests"), 0)
    other_half = msgspec.structs.replace(half, tool_actions=(), model_usage=(), **rest)
    found = compare([DAY], [half, other_half, *RECORDS[1:]], asked).differing
    assert found[DAY] == "4 records are shown, the API has 3", "though together they are right"


def test_every_page_is_read_and_rows_of_one_identity_are_added_up() -> None:
    rows = [a_row(DAY, f"person{number % 1500}", 2) for number in range(2500)]
    with Simulator(ScriptedOrganization({DAY: rows})) as api:
        found = plain.ask(api.base_url, SIMULATED_KEY, DAY)
        assert len(api.requests) == 3
    assert len(found) == 1500
    assert sum(int(numbers[("sessions",)]) for numbers in found.values()) == 5000


def test_the_second_reader_is_the_standard_library_alone() -> None:
    tree = ast.parse(Path(plain.__file__).read_text("utf-8"))
    named = {
        one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names
    }
    named |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "urllib.request" in named
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names | {"__future__"}


def test_changes_are_counted() -> None:
    before = of_records(RECORDS)
    after = of_records([RECORDS[0], msgspec.structs.replace(RECORDS[1], commits=90)])
    assert changed(before, after) == (1, 1)
