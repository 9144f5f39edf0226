"""Tables that fit: in a narrow place columns go, the least important first; numbers stay whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from ccsync.insights.drawing import Bar
from ccsync.printable import printable

_BAR = 3
"""Columns of the terminal below which a bar says nothing."""

_BETWEEN = 2
"""Blanks between two columns."""


class Column(NamedTuple):
    """One column. Without a heading it holds bars."""

    heading: str
    leaves: int = 0
    """Its place in the order in which columns leave where there is little room; 0: it stays."""

    right: bool = True
    """Whether its cells stand at the right, as numbers do."""


class FittedTable:
    """A table of which as many columns are shown as fit; the first one holds names."""

    def __init__(self, title: str, names: str, *columns: Column) -> None:
        """Take the headings."""
        self._title = printable(title)
        self._columns = (
            Column(names, right=False),
            *(one._replace(heading=printable(one.heading)) for one in columns),
        )
        self._rows: list[Sequence[str | Bar]] = []

    @property
    def is_empty(self) -> bool:
        """True as long as it has no row."""
        return not self._rows

    def add(self, *cells: str | Bar) -> None:
        """Add a row with a cell for each column; all but the first may be of several lines."""
        self._rows.append(
            [
                printable(cell, breaks=place > 0) if isinstance(cell, str) else cell
                for place, cell in enumerate(cells)
            ]
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the first choice that fits; when none does, the last one, whose names are broken."""
        last = max(column.leaves for column in self._columns)
        for gone in range(last + 1):
            shown = [one for one in self._columns if not 0 < one.leaves <= gone]
            if self._width(shown) <= options.max_width:
                yield self._table(shown)
                return
        yield self._table([one for one in self._columns if not one.leaves], breaks=True)

    def _width(self, shown: Sequence[Column]) -> int:
        """Give the columns of the terminal that are needed at least."""
        widths = [cell_len(column.heading) or _BAR for column in shown]
        for row in self._rows:
            cells = [
                cell for column, cell in zip(self._columns, row, strict=True) if column in shown
            ]
            widths = [
                max(width, *map(cell_len, cell.split("\n"))) if isinstance(cell, str) else width
                for width, cell in zip(widths, cells, strict=True)
            ]
        return sum(widths) + _BETWEEN * (len(widths) - 1)

    def _table(self, shown: Sequence[Column], *, breaks: bool = False) -> Table:
        table = Table(
            title=Text(self._title, style="bold"),
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            show_edge=False,
            header_style="",
        )
        # Text, for rich would take what is in brackets in a plain string for its markup.
        for number, column in enumerate(shown):
            table.add_column(
                Text(column.heading),
                justify="right" if column.right and column.heading else "left",
                no_wrap=bool(column.heading) and not (breaks and number == 0),
                overflow="fold",
            )
        for row in self._rows:
            pairs = zip(self._columns, row, strict=True)
            table.add_row(
                *(
                    Text(cell) if isinstance(cell, str) else cell
                    for column, cell in pairs
                    if column in shown
                )
            )
        return table
