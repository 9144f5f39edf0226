"""The README's tables."""

from __future__ import annotations

import pytest

from tests.benchmarks.results import Result
from tests.benchmarks.sample import BARE, CCSYNC, measured, report
from tests.benchmarks.table import BEGIN, END, insert, markdown

REPORT = report(
    measured(CCSYNC, cpu=3.0),
    measured(BARE, cpu=2.0),
    measured("dlt 1.31.0, merge", wall=30.0, cpu=27.0, differs="9 model rows missing"),
    Result(contestant="singer-sdk 0.54.9", why="absent: needs `make peers`"),
)


def row(text: str, start: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {start}")][:1]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_program_is_compared_with_ccsync_and_the_bare_loop() -> None:
    cells = row(markdown(REPORT), "dlt")
    assert cells[1:6] == ["30.0 s", "27.0 s", "9.00", "13.50", "60 MB"]


def test_wrong_rows_are_marked_and_stay() -> None:
    text = markdown(REPORT)
    assert row(text, "dlt")[6] == "**9 model rows missing**"
    assert row(text, "ccsync")[6] == "as the API"


def test_an_absent_program_is_named() -> None:
    assert row(markdown(REPORT), "singer-sdk")[1] == "absent: needs `make peers`"


def test_every_table_is_as_wide_as_its_heading() -> None:
    for block in markdown(REPORT).split("\n\n"):
        widths = {line.count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(widths) <= 1, block


def test_fewer_rounds_are_said() -> None:
    assert "fewer" not in markdown(REPORT)
    slow = measured("dlt 1.31.0, merge")
    fewer = report(measured(CCSYNC), Result(contestant="x 1", rounds=3, measure=slow.measure))
    assert "in slow cases fewer, down to 3: x 1" in markdown(fewer)


def test_an_api_that_held_others_up_is_said() -> None:
    assert "held nobody up" in markdown(REPORT)
    assert "may have held others up" in markdown(report(measured(CCSYNC, wall=0.31)))


def test_the_text_around_the_markers_stays() -> None:
    text = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    made = insert(text, REPORT)
    assert made == f"before\n\n{BEGIN}\n{markdown(REPORT)}{END}\n\nafter\n"
    assert insert(made, REPORT) == made


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_text_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the text needs one line"):
        insert(text, REPORT)
