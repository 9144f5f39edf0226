"""The table: on a terminal, and as the README's part between its markers."""

from __future__ import annotations

import re

from rich.table import Table
from rich.text import Text

from tests.race.results import Cell, Entrant, Results

BEGIN, END = "<!-- race: begin -->", "<!-- race: end -->"

_STYLES = {"right": "green", "refused": "yellow", "wrong": "bold red", "n/a": "dim"}


def terminal_table(found: Results) -> Table:
    """Show every verdict with its phrase and note."""
    table = Table(title="The correctness race", title_justify="left", show_lines=True)
    table.add_column("case")
    present = _present(found)
    for one in present:
        table.add_column(one.name)
    for line in found.cases:
        cells = (line.verdicts[one.name] for one in present)
        table.add_row(line.title, *map(_terminal_cell, cells))
    table.add_row("right", *(_score(found, one) for one in present))
    return table


def readme_part(found: Results) -> str:
    """Write the README's part, markers included."""
    present = _present(found)
    rows = [
        ["case", *(one.name for one in present)],
        ["---"] * (len(present) + 1),
        *(
            [line.title, *(_readme_cell(line.verdicts[one.name]) for one in present)]
            for line in found.cases
        ),
        ["right", *(_score(found, one) for one in present)],
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    notes = [_footnote(one) for one in found.contestants if one.absent or one.left_out]
    return "\n".join([BEGIN, *lines, *([""] if notes else []), *notes, END])


def readme_part_of(text: str) -> str | None:
    """Find the part in a README; None when it has no markers."""
    part = re.search(f"{re.escape(BEGIN)}.*?{re.escape(END)}", text, re.DOTALL)
    return part[0] if part else None


def _present(found: Results) -> list[Entrant]:
    return [one for one in found.contestants if one.absent is None]


def _terminal_cell(cell: Cell) -> Text:
    said = Text(cell.verdict, _STYLES[cell.verdict])
    for words in filter(None, (cell.phrase, cell.note)):
        said.append(f"\n{words}", "default")
    return said


def _readme_cell(cell: Cell) -> str:
    if cell.verdict == "wrong":
        return f"**wrong**: {cell.phrase}"
    said = "; ".join(filter(None, (cell.phrase, cell.note)))
    return f"{cell.verdict} ({said})" if said and cell.verdict != "right" else cell.verdict


def _score(found: Results, one: Entrant) -> str:
    cells = [line.verdicts[one.name] for line in found.cases]
    return f"{sum(cell.verdict == 'right' for cell in cells)} of {_judged(cells)}"


def _judged(cells: list[Cell]) -> int:
    return sum(cell.verdict != "n/a" for cell in cells)


def _footnote(one: Entrant) -> str:
    if one.absent is not None:
        return f"- {one.name}: absent when this was measured."
    return f"- {one.name}: does not keep {', '.join(one.left_out)}, and is not judged by it."
