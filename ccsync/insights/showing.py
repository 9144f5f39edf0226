"""A summary as text for this terminal: its width, colours and characters."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ccsync.insights.report import render
from ccsync.insights.summary import Summary
from ccsync.printable import printable

_WIDEST = 100
"""Columns: wider text is harder to read."""


class PlainConsole(Console):
    """A console that leaves it to the command what happens when its reader goes away."""

    def on_broken_pipe(self) -> None:
        """Raise `BrokenPipeError` on, where rich would end the process with exit code 1."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error


def as_text(title: str, summary: Summary, *, top: int = 5) -> str:
    """Write the report as standard output can show it; to be printed by `click.echo`.

    Not printed by rich, which would end the process in its own way when the reader has gone.
    """
    console = PlainConsole(highlight=False)
    width = min(console.width, _WIDEST)
    with console.capture() as captured:
        console.print(Text(printable(title), style="bold"), width=width)
        console.print(render(summary, top=top), width=width)
    return "".join(f"{line.rstrip(' ')}\n" for line in captured.get().splitlines())
