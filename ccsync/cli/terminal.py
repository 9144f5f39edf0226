"""What the terminal can show: its width, colours, marks; plain text where there is none."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

import click

WIDTH = 80
"""Columns where nobody says how many there are."""


def width() -> int:
    """Give the columns of standard output: the variable COLUMNS, else the terminal's, else 80."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def is_terminal() -> bool:
    """Tell whether a person looks at standard output."""
    return sys.stdout.isatty()


def can_show(text: str) -> bool:
    """Tell whether standard output has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(text: str) -> None:
    """Write a line; its colours go where a terminal is, unless NO_COLOR is set."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def hanging(text: str, first: str, *, widest: int = 1000) -> str:
    """Wrap a text for a person; `first` begins its first line, the others stand below the text.

    Where no terminal is, each fact stays on a line of its own, for programs that look for it.
    """
    if not is_terminal():
        return first + text
    return textwrap.fill(
        text,
        max(min(width(), widest), len(first) + 30),
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
