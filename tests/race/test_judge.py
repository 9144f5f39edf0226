"""The judge: what counts as equal, at which grain, and which verdict follows from which runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from tests.peers.contestant import Core, Identity, Model, Shown
from tests.race.difference import difference
from tests.race.grain import DIMENSIONS, Grain, grain_of
from tests.race.results import Cell, Entrant, Line, Results, differences, merged
from tests.race.table import readme_part, readme_part_of
from tests.race.verdict import Ran, Verdict, verdict, with_aftermath

DAY = dt.date(2026, 11, 20)
BEFORE = DAY - dt.timedelta(days=1)
WHO: Identity = (DAY, "org", "user_actor", "mira", "api", "team", "vscode", False)
CORE = Core(WHO, 4, 160, 28, 2, 1, (("edit_tool", 20, 4),))
MODEL = Model(WHO, "opus", "USD", (1, 2, 3, 4), Decimal("1.50"))
TRUE = Shown([CORE], [MODEL])


def moved(**dimensions: object) -> Identity:
    values = dict(zip(DIMENSIONS, WHO, strict=True)) | dimensions
    return cast("Identity", tuple(values[name] for name in DIMENSIONS))


def differs(shown: Shown, true: Shown = TRUE, grain: Grain | None = None) -> str | None:
    return difference(shown, true, grain or Grain(), BEFORE, DAY)


@pytest.mark.parametrize(
    "shown",
    [
        TRUE,
        Shown([CORE], [replace(MODEL, cents=Decimal("1.5"))]),
        Shown([replace(CORE, tools=(("edit_tool", 20, 4), ("write_tool", 0, 0)))], [MODEL]),
        Shown(
            [
                replace(CORE, sessions=1),
                Core(WHO, 3, 0, 0, 0, 0, ()),
                Core(moved(date=DAY + dt.timedelta(days=1)), 9, 0, 0, 0, 0, ()),
            ],
            [MODEL],
        ),
    ],
    ids=["the same", "trailing zeros", "an unused tool", "equal identities add up"],
)
def test_equal(shown: Shown) -> None:
    assert differs(shown) is None


@pytest.mark.parametrize(
    ("shown", "phrase"),
    [
        (Shown(), "shows nothing"),
        (Shown([CORE, CORE], [MODEL]), "day 2: sessions 8, API says 4"),
        (Shown([CORE], []), "day 2: cents 0, API says 1.5"),
        (Shown([CORE], [replace(MODEL, currency="EUR")]), 'day 2: currency "EUR", API says "USD"'),
        (Shown([CORE], [replace(MODEL, tokens=(1, 2, 9, 4))]), "day 2: cache read tokens 9, API "),
        (
            Shown([replace(CORE, identity=moved(is_remote=None))], [MODEL]),
            "day 2: is_remote null, API says false",
        ),
        (
            Shown([CORE, Core(moved(date=BEFORE), 0, 0, 0, 0, 0, ())], [MODEL]),
            "day 1: rows 1, API says 0",
        ),
    ],
)
def test_different(shown: Shown, phrase: str) -> None:
    assert (differs(shown) or "").startswith(phrase)


def test_nobody_is_judged_by_a_dimension_that_is_not_kept() -> None:
    remote, local = moved(is_remote=True), moved(is_remote=False)
    true = Shown([replace(CORE, identity=remote), replace(CORE, identity=local)], [MODEL])
    unknown = moved(is_remote=None)
    kept = Shown([Core(unknown, 8, 320, 56, 4, 2, (("edit_tool", 40, 8),))], None)
    kept.cents = {unknown: Decimal("1.5")}
    grain = grain_of(kept)
    assert grain.left_out == ("is_remote", "models")
    assert differs(kept, true, grain) is None
    overwritten = Shown([replace(CORE, identity=unknown)], None, kept.cents)
    assert differs(overwritten, true, grain) == "day 2: sessions 4, API says 8"


GOOD, FAILED, LATE = Ran(0, None), Ran(5, "hole"), Ran(None, "hole")


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([GOOD, GOOD], Verdict("right")),
        ([FAILED, GOOD], Verdict("right", "", "exit 5 first, mended by the next run")),
        ([Ran(-9, "hole", killed=True), GOOD], Verdict("right")),
        ([replace(LATE, outage=True), GOOD], Verdict("right", "", "still trying when cut off")),
        ([GOOD, Ran(4, None)], Verdict("right", "", "although its last run says exit 4")),
        ([GOOD, FAILED], Verdict("refused", "exit 5")),
        ([Ran(0, "hole"), GOOD], Verdict("wrong", "hole", "a later run mends it")),
        ([GOOD, Ran(0, "hole")], Verdict("wrong", "hole")),
        ([LATE], Verdict("wrong", "hangs: no end within 60 s")),
    ],
)
def test_verdict(runs: Sequence[Ran], expected: Verdict) -> None:
    judged = verdict(runs, 60)
    assert (judged.kind, judged.phrase) == (expected.kind, expected.phrase)
    assert judged.note.startswith(expected.note)
    assert bool(judged.note) == bool(expected.note)


def test_what_one_more_run_makes_of_it() -> None:
    refused = Verdict("refused", "exit 5")
    assert with_aftermath(refused, GOOD).note == "the next run mends it"
    assert with_aftermath(refused, FAILED).note == "the next run does not mend it"


def a_race(cell: Cell) -> Results:
    entrants = (Entrant("ours 1"), Entrant("theirs 2", left_out=("models",)))
    absent = Entrant("others 3", absent="not installed")
    cells = {"ours 1": Cell("right"), "theirs 2": cell}
    return Results((*entrants, absent), (Line("zero", "a zero", "A story.", cells),))


def test_the_readme_part_is_found_again() -> None:
    part = readme_part(a_race(Cell("wrong", "day 5: rows 1, API says 2", "for ever")))
    assert "| a zero | right | **wrong**: day 5: rows 1, API says 2 |" in part
    assert "| right | 1 of 1 | 0 of 1 |" in part
    assert "others 3: absent" in part
    assert readme_part_of(f"# Title\n\n{part}\n\nMore.\n") == part
    assert readme_part_of("# Title\n") is None


def test_two_races_are_compared() -> None:
    one, other = a_race(Cell("right")), a_race(Cell("refused", "exit 5"))
    assert differences(one, one) == []
    assert differences(one, other)[0].startswith("theirs 2, a zero: ")


def test_some_contestants_may_race_again() -> None:
    published = a_race(Cell("wrong", "day 5: rows 1, API says 2"))
    cells = {"theirs 2": Cell("right")}
    line = Line("zero", "a zero", "A story.", cells)
    found = Results((Entrant("theirs 2", left_out=("models",)),), (line,))
    assert merged(published, found) == a_race(Cell("right"))
    other = Results(found.contestants, (Line("one", "a one", "A story.", cells),))
    with pytest.raises(ValueError, match="race with every contestant"):
        merged(published, other)
