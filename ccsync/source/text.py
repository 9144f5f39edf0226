"""Foreign text, made fit for an error message."""

from __future__ import annotations

from ccsync.redact import redact

_LONGEST = 300


def one_line(text: str) -> str:
    """Give the text as one line of printable characters, of bounded length, without keys."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _LONGEST]).split())
    shown = redact(shown)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."
