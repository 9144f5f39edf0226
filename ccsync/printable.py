"""Text of others on a terminal, which obeys what it does not print."""

from __future__ import annotations


def printable(text: str, *, breaks: bool = False) -> str:
    """Make foreign text harmless: terminals, API keys and models are named by whoever uses them.

    Args:
        text: what somebody wrote.
        breaks: whether lines may be broken.
    """
    kept = "\n" if breaks else ""
    return "".join(one if one.isprintable() or one in kept else "?" for one in text)
