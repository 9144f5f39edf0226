"""The story in words."""

from __future__ import annotations

import datetime as dt
import sys

import pytest

from ccsync.demo.telling import Teller, count, day_name, listed

DAY = dt.date(2026, 11, 20)


def test_words() -> None:
    assert (count(1, "day"), count(2000, "day")) == ("1 day", "2,000 days")
    assert day_name(DAY) == "Fri 20 Nov"
    assert listed({}) == "nothing"
    assert listed({DAY: 1, DAY - dt.timedelta(days=1): 2}) == (
        "Thu 19 Nov (2 records), Fri 20 Nov (1 record)"
    )


def test_it_goes_to_standard_error_and_numbers_its_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    teller = Teller({"?": "yellow"})
    teller.title("a title")
    teller.step("one")
    teller.command()
    teller.command("kill -9 7", "a remark")
    teller.output("file  ??\nin doubt")
    teller.entry("name", "what it stands for " * 8)
    teller.step("two")
    teller.line("[bold] is no markup " * 8)
    teller.result("good", good=True)
    teller.verbatim("x" * 300)
    said = capsys.readouterr()
    assert said.out == ""
    spoken = said.err.splitlines()
    assert spoken[:5] == [
        *("a title", "", "1. one", "   $ ccsync sync >> usage.jsonl"),
        "   $ kill -9 7   # a remark",
    ]
    assert spoken[5:7] == ["   file  ??", "   in doubt"]
    assert spoken[7].startswith("   name               what it stands for")
    assert spoken[8].startswith(" " * 22 + "what"), "the text is broken beside the name"
    assert "2. two" in spoken
    assert "[bold] is no markup" in said.err
    assert spoken[-1] == "   " + "x" * 300, "what is copied is not broken"
    assert all(len(line) <= 100 for line in spoken[:-1])


def test_nobody_has_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        encoding = "utf-8"

        def write(self, _: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Gone())
    Teller().line("to nobody")
