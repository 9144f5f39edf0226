"""Tells the demo's story on standard error, in words, at any width; data goes elsewhere."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping

import click
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ccsync.insights.showing import PlainConsole

_WIDEST = 100
_INDENT = 3
_NAMES = 17
"""Columns of names: of the longest file that is left."""


class Teller:
    """Writes each line as soon as it is told. That nobody listens is no reason to fail."""

    def __init__(self, colours: Mapping[str, str] | None = None) -> None:
        """Start with step one; `colours` are those of characters in what commands write."""
        self._colours = colours or {}
        self._console = PlainConsole(stderr=True, highlight=False)
        self._steps = 0

    def title(self, text: str) -> None:
        """Say what this is."""
        self._print(Text(text, style="bold"))

    def step(self, text: str) -> None:
        """Begin the next step."""
        self._steps += 1
        self.blank()
        self._print(Text.assemble((f"{self._steps}. ", "bold cyan"), (text, "bold")))

    @property
    def columns(self) -> int:
        """How wide an indented line may be."""
        return min(self._console.width, _WIDEST) - _INDENT

    @property
    def encoding(self) -> str:
        """What the output's characters are written in."""
        return self._console.encoding

    def command(self, typed: str = "ccsync sync >> usage.jsonl", remark: str = "") -> None:
        """Show what is run."""
        shown = Text(f"$ {typed}", style="cyan")
        self._indented(shown.append(f"   # {remark}", "red") if remark else shown)

    def line(self, text: str) -> None:
        """Tell what happened."""
        self._indented(Text(text))

    def result(self, text: str, *, good: bool) -> None:
        """Tell what it comes to."""
        self._indented(Text(text, style="bold green" if good else "bold red"))

    def output(self, text: str) -> None:
        """Show what a command wrote, line by line."""
        for line in text.splitlines():
            shown = Text(line)
            for mark, colour in self._colours.items():
                shown.highlight_words([mark], colour)
            self._indented(shown)

    def entry(self, name: str, text: str) -> None:
        """Say what a name stands for; the text is broken beside it."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, min_width=_NAMES)
        grid.add_column()
        grid.add_row(Text(name), Text(text))
        self._indented(grid)

    def blank(self) -> None:
        """Leave a line empty."""
        self._print(Text(""))

    def verbatim(self, text: str) -> None:
        """Write something to be copied: it is not broken into lines."""
        with contextlib.suppress(OSError, ValueError):
            click.echo(" " * _INDENT + text, err=True)

    def _indented(self, text: Text | Table) -> None:
        self._print(Padding(text, (0, 0, 0, _INDENT)))

    def _print(self, what: Text | Padding) -> None:
        width = min(self._console.width, _WIDEST)
        with contextlib.suppress(OSError, ValueError):
            with self._console.capture() as captured:
                self._console.print(what, width=width, crop=False)
            text = "\n".join(line.rstrip(" ") for line in captured.get().splitlines())
            click.echo(text, err=True, color=True)


def count(number: int, one: str) -> str:
    """Write a number and what it counts."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def day_name(day: dt.date) -> str:
    """Write a day as people say it."""
    return f"{day:%a %d %b}"


def listed(days: Mapping[dt.date, int]) -> str:
    """Write days with their numbers of records."""
    if not days:
        return "nothing"
    return ", ".join(
        f"{day_name(day)} ({count(records, 'record')})" for day, records in sorted(days.items())
    )
