"""The order of a command line: which words stand before the command, and which after it."""

from __future__ import annotations

import shlex
from collections.abc import Container, Sequence


def command_in(args: Sequence[str], commands: Container[str]) -> int | None:
    """Give the place of the first word that names a command."""
    return next((place for place, word in enumerate(args) if word in commands), None)


def reordered(args: Sequence[str], place: int, stay: Sequence[str]) -> str:
    """Write the command line with everything after the command but the options that `stay`.

    Each option that stays takes one value, as its next word or after `=`.
    """
    before: list[str] = []
    moved: list[str] = []
    words = iter(args[:place])
    for word in words:
        if word in stay:
            before += [word, *(value for value in [next(words, None)] if value is not None)]
        elif word.partition("=")[0] in stay:
            before.append(word)
        else:
            moved.append(word)
    return shlex.join(["ccsync", *before, args[place], *moved, *args[place + 1 :]])
