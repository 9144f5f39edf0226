"""The results as a file: verdicts and phrases, the same in every run that ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.race.cases import Case
from tests.race.play import Played
from tests.race.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
LATEST = ROOT / "dist" / "race.json"
PUBLISHED = Path(__file__).with_name("results") / "race.json"


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one contestant made of one case."""

    verdict: str
    phrase: str = ""
    note: str = ""


class Line(msgspec.Struct, frozen=True):
    """One case, and what each contestant made of it."""

    name: str
    title: str
    story: str
    verdicts: dict[str, Cell]
    """By the contestant's name; absent ones are left out."""


class Entrant(msgspec.Struct, frozen=True, omit_defaults=True):
    """One contestant."""

    name: str
    """With its exact version."""

    absent: str | None = None
    left_out: tuple[str, ...] = ()
    """What it does not keep of what the API says; it is not judged by that."""


class Results(msgspec.Struct, frozen=True):
    """One race."""

    contestants: tuple[Entrant, ...]
    cases: tuple[Line, ...]


def results(played: Sequence[Played], cases: Sequence[Case]) -> Results:
    """Gather what all contestants did."""
    entrants = tuple(Entrant(one.contestant, one.absent, one.grain.left_out) for one in played)
    lines = tuple(
        Line(
            case.name,
            case.title,
            case.story,
            {
                one.contestant: _cell(one.verdicts[case.name])
                for one in played
                if case.name in one.verdicts
            },
        )
        for case in cases
    )
    return Results(entrants, lines)


def write(found: Results, path: Path) -> None:
    """Write a file that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


def read(path: Path) -> Results:
    """Read such a file."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def merged(published: Results, found: Results) -> Results:
    """Put what was found of some contestants in the place of what was published of them.

    Raises:
        ValueError: the cases are not the same, so the others have to play again too.
    """
    if [one.name for one in published.cases] != [one.name for one in found.cases]:
        raise ValueError("the cases are others than those published: race with every contestant")
    anew = {one.name: one for one in found.contestants}
    known = [one.name for one in published.contestants]
    entrants = [anew.get(one.name, one) for one in published.contestants]
    entrants += [one for one in found.contestants if one.name not in known]
    lines: list[Line] = []
    for old, new in zip(published.cases, found.cases, strict=True):
        kept = {name: cell for name, cell in old.verdicts.items() if name not in anew}
        cells = {**kept, **new.verdicts}
        ordered = {one.name: cells[one.name] for one in entrants if one.name in cells}
        lines.append(msgspec.structs.replace(new, verdicts=ordered))
    return Results(tuple(entrants), tuple(lines))


def differences(first: Results, second: Results) -> list[str]:
    """Say where two races ended differently."""
    found: list[str] = []
    for one, other in zip(first.cases, second.cases, strict=True):
        for name in one.verdicts.keys() | other.verdicts.keys():
            cells = one.verdicts.get(name), other.verdicts.get(name)
            if cells[0] != cells[1]:
                found.append(f"{name}, {one.title}: {cells[0]} and then {cells[1]}")
    return sorted(found)


def _cell(judged: Verdict) -> Cell:
    return Cell(judged.kind, judged.phrase, judged.note)
